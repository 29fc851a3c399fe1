import { inOurWords } from '@guichet/domain'
import { z } from 'zod'
import { edgeError } from '../../errors/index.ts'
import { given } from '../schema/given.ts'

/** The values of a condition, one of which must hold. */
export const list = <T extends z.ZodType>(each: T) => z.array(each).min(1).max(100).optional()

/** Reads the filter of a list; one that is not given asks for nothing. Throws `malformed_input` naming the field. */
export function readFilter<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(typeof input === 'object' && input !== null ? given(input) : {}, inOurWords)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw edgeError('malformed_input', `filter.${issue?.path.join('.')}: ${issue?.message}`)
}
