import type { Instant, Person } from '@guichet/domain'
import { id as idSchema, personId } from '@guichet/domain'
import type { LogRow } from './log/log-row.ts'
import type { ReadTime } from './time-format.ts'

/** A value that cannot be read: which column, and why. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly field: string
  constructor(field: string, reason: string) {
    super(`${field}: ${reason}`)
    this.field = field
  }
}

/** The values of one row by their columns. All throw Unreadable. */
export type Cells = {
  /** Without blanks around and with single ones inside; undefined when it is missing. */
  value(column: string): string | undefined
  /** As it was written; undefined when it is missing. */
  written(column: string): string | undefined
  needed(column: string): string
  time(column: string, read: ReadTime): Instant
  id(column: string, prefix?: string): string
  person(columns: PersonColumns | undefined): Person | undefined
  translated<T>(part: Translation<T> | undefined): T | undefined
}

type PersonColumns = {
  readonly id: string
  readonly name?: string | undefined
  readonly email?: string | undefined
}
type Translation<T> = {
  readonly column: string
  readonly values: Readonly<Record<string, T>>
  readonly otherwise?: T | undefined
}

/** Gives access to the cells of rows that hold these columns; some values mean that nothing is known. */
export function cellsOf(
  columns: readonly string[],
  missingValues: readonly string[],
): (values: LogRow['values']) => Cells {
  const places = new Map(columns.map((column, index) => [column, index]))
  const missing = new Set(missingValues)

  return (values) => {
    const cells: Cells = {
      written: (column) => {
        const text = values[places.get(column) ?? -1]
        return text === undefined || missing.has(text.trim()) ? undefined : text
      },
      value: (column) => cells.written(column)?.trim().replaceAll(/\s+/g, ' '),
      needed: (column) => cells.value(column) ?? unreadable(column, 'is missing'),
      time: (column, read) => {
        const text = cells.needed(column)
        return (
          read(text) ??
          unreadable(
            column,
            `${shown(text)} is not a time of the form that the mapping gives, in the years 1000 to 8999`,
          )
        )
      },
      id: (column, prefix = '') => {
        const id = prefix + cells.needed(column)
        return idSchema.safeParse(id).success ? id : unreadable(column, `${shown(id)} cannot be an id`)
      },
      person: (part) => {
        if (part === undefined || cells.value(part.id) === undefined) return undefined
        const name = part.name === undefined ? undefined : cells.value(part.name)
        const email = part.email === undefined ? undefined : cells.value(part.email)
        const id = cells.needed(part.id)
        if (!personId.safeParse(id).success) unreadable(part.id, `${shown(id)} cannot be the id of a person`)
        return { id, ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
      },
      translated: (part) => {
        const text = part && cells.value(part.column)
        if (part === undefined || text === undefined) return undefined
        const known = Object.hasOwn(part.values, text) ? part.values[text] : part.otherwise
        return known ?? unreadable(part.column, `${shown(text)} has no meaning in the mapping`)
      },
    }
    return cells
  }
}

/** @throws Unreadable */
export function unreadable(field: string, reason: string): never {
  throw new Unreadable(field, reason)
}

const shown = (text: string): string => `“${text.length > 60 ? `${text.slice(0, 60)}…` : text}”`
