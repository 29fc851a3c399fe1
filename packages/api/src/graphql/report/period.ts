import type { Instant } from '@guichet/domain'
import type { TimeRange } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import { given } from '../schema/given.ts'

type Bound = Instant | null | undefined

/**
 * The period of a report, from `from`, included, to `to`, not included; of all time without them.
 * @throws `malformed_input` for one that ends before it begins, or where it begins.
 */
export function periodOf({ from, to }: { readonly from?: Bound; readonly to?: Bound }): TimeRange {
  if (from && to && from >= to) throw edgeError('malformed_input', `from: must be before to, ${to}`)
  return given({ from, to })
}
