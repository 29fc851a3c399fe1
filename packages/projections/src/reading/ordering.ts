import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'

/** What a list is sorted by: the expression, and how its values are written in a keyset. */
export type Ordering = {
  readonly expression: RawBuilder<unknown>
  readonly id: RawBuilder<unknown>
  readonly direction: 'asc' | 'desc'
  /** The keyset's value of a selected value. */
  write(value: unknown): string
  /** @throws RangeError when the text is no value of this order: a cursor that was not made here. */
  read(text: string): RawBuilder<unknown>
}

type Sorted = Pick<Ordering, 'expression' | 'id' | 'direction'>

/** By an instant, ties by id. */
export function byInstant(sorted: Sorted): Ordering {
  return { ...sorted, write: (value) => toInstant(value as Date), read: (text) => sql`${instant(text)}::timestamptz` }
}

/** By a whole number, ties by id. */
export function byNumber(sorted: Sorted): Ordering {
  return {
    ...sorted,
    write: String,
    read: (text) => {
      if (!/^-?\d{1,18}$/.test(text)) throw new RangeError(`not a whole number: ${text}`)
      return sql`${text}::bigint`
    },
  }
}

/** By a text in the order of its bytes, ties by id. */
export function byText(sorted: Sorted): Ordering {
  return { ...sorted, write: String, read: (text) => sql`${text}::text` }
}

/** The instant of a value of `timestamptz`. */
export const toInstant = (value: Date): Instant => value.toISOString() as Instant
