import type { Desk, RefusalCode, Step, StreamCategories } from '@guichet/domain'

/** The categories whose records are imported from files. */
export type RecordCategory = 'customer' | 'organisation'

type Commands<C extends RecordCategory> = readonly StreamCategories[C]['command'][]

/** Why a row is no record. */
export type RowFault = {
  readonly ok: false
  readonly field: string
  readonly code: RefusalCode
  readonly reason: string
}

/** A row that was read: what it says of the record. */
export type ReadRow<C extends RecordCategory> = {
  readonly ok: true
  /** The record that the identities of the row lead to, if there is one. */
  match(desk: Pick<Desk, 'read'>): Promise<string | undefined>
  /** Whether what a command adds leads to a record already: it is of one that is merged into it. */
  leadsTo(command: Commands<C>[number], id: string, desk: Pick<Desk, 'read'>): Promise<boolean>
  /** The commands that register it. */
  readonly register: Commands<C>
  /** The commands that bring a known record up to the row: an empty cell changes nothing. */
  readonly update: Commands<C>
}

/** The values of a record by their places, as texts: what an import of it can change. */
export type Values = ReadonlyMap<string, string>

/** How the records of one category are read from files, and restored when an import is taken back. */
export type RecordKind<C extends RecordCategory> = {
  readonly category: C
  /** What an import of them records as its mapping, which distinguishes it from one of tickets. */
  readonly mapping: string
  columns(fields: readonly string[]): readonly string[]
  read(columns: readonly string[], values: readonly (string | undefined)[]): ReadRow<C> | RowFault
  valuesOf(state: StreamCategories[C]['state']): Values
  /** The commands that bring values back: undefined where there was none. */
  restore(former: ReadonlyMap<string, string | undefined>, state: StreamCategories[C]['state']): Commands<C>
}

/** Several commands as one. */
export const stepsOf = <T>(commands: readonly T[]): readonly Step<T>[] => commands.map((command) => ({ command }))

/** The cells of a row by their columns, without the quote that an export puts before a formula's first character. */
export function cellsOf(columns: readonly string[], values: readonly (string | undefined)[]) {
  const cell = (column: string): string | undefined =>
    values[columns.indexOf(column)]?.trim().replace(/^'(?=[=+@-])/, '') || undefined
  /** The entries of a list, which `;` separates unless a backslash precedes it. */
  const entries = (column: string): readonly string[] =>
    (cell(column)?.match(/(?:\\[\\;]|[^;])+/g) ?? [])
      .map((entry) => entry.replace(/\\([\\;])/g, '$1').trim())
      .filter((entry) => entry !== '')
  /** The values of own fields. */
  const fields = Object.fromEntries(
    columns.flatMap((column) => {
      const value = column.startsWith(ownField) ? cell(column) : undefined
      return value === undefined ? [] : [[column.slice(ownField.length), value]]
    }),
  )
  return { cell, entries, fields }
}

/** The cell of a list, as `cellsOf` reads it. */
export const listed = (entries: readonly string[]): string =>
  entries.map((entry) => entry.replace(/[\\;]/g, '\\$&')).join(';')

/** A command of a row, as far as it says which columns it is from. */
type OfColumns = { readonly type: string; readonly verified?: boolean | undefined } & {
  readonly [K in 'emails' | 'phones']?: readonly { readonly verified?: boolean | undefined }[] | undefined
}

/** The columns of what identifies a record. */
const identityColumns: ReadonlyMap<string, string> = new Map([
  ['address', 'verifiedEmails'],
  ['number', 'verifiedPhones'],
  ['id', 'externalIds'],
  ['domain', 'domains'],
])

/** The column of a row that a refusal is about. @param command the refused one. */
export function columnOf(
  command: OfColumns,
  { code, field = '' }: { readonly code: RefusalCode; readonly field?: string | undefined },
): string {
  if (code === 'identity_taken') return identityColumns.get(field) ?? field
  const ofVerified = (column: 'emails' | 'phones', verified: boolean | undefined): string =>
    verified ? { emails: 'verifiedEmails', phones: 'verifiedPhones' }[column] : column
  switch (command.type) {
    case 'addEmail':
      return ofVerified('emails', command.verified)
    case 'addPhone':
      return ofVerified('phones', command.verified)
    case 'addExternalId':
      return 'externalIds'
    case 'addDomain':
      return 'domains'
    case 'addManager':
      return 'managers'
  }
  const fieldName = /^(?:changes\.)?fields\.(.+)$/s.exec(field)?.[1]
  if (fieldName !== undefined) return fieldColumn(fieldName)
  const [name = '', index = ''] = field.replace(/^changes\./, '').split('.')
  return name === 'emails' || name === 'phones' ? ofVerified(name, command[name]?.[Number(index)]?.verified) : name
}

const ownField = 'field:'

/** The column of an own field. */
export const fieldColumn = (name: string): string => `${ownField}${name}`

/** The values of a record's details and own fields. */
export const valuesOfDetails = (details: object, fields: object): readonly (readonly [string, string])[] => [
  ...Object.entries(details).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)] as const])),
  ...Object.entries(fields).map(([name, value]) => [fieldColumn(name), String(value)] as const),
]

/** The changes that bring details and own fields back; null removes a detail, an empty text the value of a field. */
export function formerDetails(
  former: ReadonlyMap<string, string | undefined>,
  names: readonly string[],
): { readonly isEmpty: boolean; readonly changes: object } {
  const entries = [...former]
  const details = entries.filter(([place]) => names.includes(place)).map(([place, value]) => [place, value ?? null])
  const fields = entries
    .filter(([place]) => place.startsWith(ownField))
    .map(([place, value]) => [place.slice(ownField.length), value ?? ''])
  return {
    isEmpty: details.length + fields.length === 0,
    changes: { ...Object.fromEntries(details), ...(fields.length > 0 && { fields: Object.fromEntries(fields) }) },
  }
}
