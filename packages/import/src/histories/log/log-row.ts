import { ImportFault } from '../../fault.ts'
import type { Fault } from '@guichet/desk'

/** One row of a log. */
export type LogRow = {
  /** The line of the file on which the row begins; the header of a CSV file is usually on line 1. */
  readonly row: number
  /** The values of the requested columns, in their order; undefined if the row lacks the column. */
  readonly values: readonly (string | undefined)[]
  /** The original row, under the log's own columns. */
  readonly original: readonly string[]
  /** Why the row is unreadable, if it is. */
  readonly fault?: string | undefined
  /** Whether the row answers a mail that is in none of the mailboxes. */
  readonly unjoined?: true | undefined
  /** Whether the time is not the mail's own, but that of the `From ` line of its mailbox. */
  readonly undated?: true | undefined
  /** The columns whose text is in an encoding that could only be guessed. */
  readonly unclear?: readonly string[] | undefined
}

/** One record of a file, by the paths of its values. */
export type LogRecord = {
  /** Returns the value as text, lists and objects as JSON; undefined if absent or empty. */
  text(path: string): string | undefined
  /**
   * Returns the record once per element of a list, with the element in place of the list; undefined if there is no
   * list.
   */
  unwind(path: string): Iterable<LogRecord> | undefined
  /** Returns the element of an unwound record as JSON. */
  readonly element?: (() => string) | undefined
}

/** An open log: its own columns, and its rows from the first to the last. */
export type Log = {
  readonly columns: readonly string[]
  readonly rows: AsyncIterable<LogRow>
  /** Whether the order of the rows is meaningless: they are then imported in the order of time. */
  readonly unordered?: true | undefined
  /** For a file whose rows name their own columns, after reading: the requested columns that no row has. */
  readonly unseen?: () => { readonly columns: readonly string[]; readonly seen: readonly string[] }
}

/** What to do about a file in another encoding, or with another delimiter. */
export type Advice = {
  encoding(name: string): string
  delimiter(character: string): string
}

/** The longest row that is read, in bytes. */
export const maxRowBytes = 16 * 1024 * 1024

/** The maximum of fields in a row: a parser holds each in memory, even if empty. */
export const maxFields = 10_000

/** Returns the fault of a row that is too long. */
export const tooLong = (file: string, line: number, cause: unknown): Fault =>
  new ImportFault('row_too_long', `${file}, line ${line}: is longer than 16 MiB`, { cause })
