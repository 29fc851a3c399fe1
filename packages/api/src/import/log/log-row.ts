import { Fault } from '../../fault.ts'

/** One row of a log. */
export type LogRow = {
  /** The line of the file on which the row begins; the header of a CSV file is on line 1 as a rule. */
  readonly row: number
  /** The values of the columns that were asked for, in that order; undefined when the row does not have it. */
  readonly values: readonly (string | undefined)[]
  /** The row as it stands in the file, under the log's own columns. */
  readonly original: readonly string[]
  /** Why nothing can be read from the row, if so. */
  readonly fault?: string | undefined
  /** The row answers a mail that is in none of the mailboxes. */
  readonly unjoined?: true | undefined
}

/** One record of a file, by the paths of its values. */
export type LogRecord = {
  /** As text; lists and objects as JSON. Undefined when the record does not have it, or holds nothing there. */
  text(path: string): string | undefined
  /** The record once for each element of a list, which then stands in its place; undefined when there is no list. */
  unwind(path: string): Iterable<LogRecord> | undefined
  /** Of an element that stands in the place of its list: the element by itself, as JSON. */
  readonly element?: (() => string) | undefined
}

/** A log that has been opened: its own columns, and its rows from the first to the last. */
export type Log = {
  readonly columns: readonly string[]
  readonly rows: AsyncIterable<LogRow>
  /** The order in which the rows stand means nothing: they are told in that of their times. */
  readonly unordered?: true | undefined
  /** Of a file whose rows name their columns themselves, once it has been read: those that were asked for and that no row has. */
  readonly unseen?: () => { readonly columns: readonly string[]; readonly seen: readonly string[] }
}

/** The longest row that is read, in bytes. */
export const maxRowBytes = 16 * 1024 * 1024

/** The most fields of a row: a parser keeps each, even when it is empty. */
export const maxFields = 10_000

/** The fault of a row that is longer. */
export const tooLong = (file: string, line: number, cause: unknown): Fault =>
  new Fault('row_too_long', `${file}, line ${line}: is longer than 16 MiB`, { cause })
