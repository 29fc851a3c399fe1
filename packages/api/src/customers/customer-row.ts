import type { CustomerCommandInput, CustomerRecord, RefusalCode } from '@guichet/domain'
import { personId } from '@guichet/domain'
import { normalEmail, normalPhone } from './contact-details.ts'

const details = [
  'name',
  'firstName',
  'lastName',
  'language',
  'country',
  'timeZone',
  'plan',
  'segment',
  'organisationId',
] as const

const lists = ['emails', 'verifiedEmails', 'phones', 'verifiedPhones', 'externalIds'] as const

/** The column of an own field. */
const fieldColumn = (name: string): string => `field:${name}`

/** The columns of a file of customers, with those of the desk's own fields. Only `id` is required. */
export const customerColumns = (fields: readonly string[]): readonly string[] => [
  'id',
  ...details,
  ...lists,
  ...fields.map(fieldColumn),
]

type Register = Extract<CustomerCommandInput, { type: 'register' }>

/** A row as the customer that it describes, or why it is none. */
type Read =
  | { readonly ok: true; readonly id: string; readonly register: Register }
  | {
      readonly ok: false
      readonly field: string
      readonly code: RefusalCode
      readonly reason: string
    }

/**
 * Reads a row of a file of customers. A quote before a formula's first character is that of an
 * export. Lists are separated by `;`, an external id is written `system:id`. Addresses and
 * numbers are brought into their normal form; a number without a country code is of the country of its row.
 */
export function readCustomerRow(columns: readonly string[], values: readonly (string | undefined)[]): Read {
  const cell = (column: string): string | undefined =>
    values[columns.indexOf(column)]?.trim().replace(/^'(?=[=+@-])/, '') || undefined
  const entries = (column: string): readonly string[] =>
    (cell(column) ?? '')
      .split(';')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
  const id = cell('id') ?? ''
  if (!personId.safeParse(id).success) return fault('id', 'invalid_command', 'is missing or is no id')

  const register: Register & { emails: object[]; phones: object[]; externalIds: object[] } = {
    type: 'register',
    ...Object.fromEntries(details.flatMap((name) => (cell(name) === undefined ? [] : [[name, cell(name)]]))),
    emails: [],
    phones: [],
    externalIds: [],
    fields: Object.fromEntries(
      columns.flatMap((column) => {
        const value = column.startsWith('field:') ? cell(column) : undefined
        return value === undefined ? [] : [[column.slice('field:'.length), value]]
      }),
    ),
  }
  for (const column of ['emails', 'verifiedEmails'] as const) {
    for (const entry of entries(column)) {
      const address = normalEmail(entry)
      if (address === undefined) return fault(column, 'email_invalid', 'this is no e-mail address')
      register.emails.push({ address, verified: column === 'verifiedEmails' })
    }
  }
  for (const column of ['phones', 'verifiedPhones'] as const) {
    for (const entry of entries(column)) {
      const number = normalPhone(entry, cell('country'))
      if (number === undefined) return fault(column, 'phone_invalid', 'this is no telephone number')
      register.phones.push({ number, verified: column === 'verifiedPhones' })
    }
  }
  for (const entry of entries('externalIds')) {
    const colon = entry.indexOf(':')
    register.externalIds.push({ system: entry.slice(0, Math.max(0, colon)), id: entry.slice(colon + 1) })
  }
  return { ok: true, id, register }
}

const fault = (field: string, code: RefusalCode, reason: string): Read => ({ ok: false, field, code, reason })

/** A customer as a row of a file, under `customerColumns`. */
export function customerRow(
  id: string,
  { details: own, emails, phones, externalIds, fields }: CustomerRecord,
  columns: readonly string[],
): Readonly<Record<string, string>> {
  const of = <T>(all: readonly T[], matches: (one: T) => boolean, shown: (one: T) => string): string =>
    all.filter(matches).map(shown).join(';')
  const row: Record<string, string> = {
    id,
    ...Object.fromEntries(details.map((name) => [name, own[name] ?? ''])),
    emails: of(
      emails,
      ({ verified }) => !verified,
      ({ address }) => address,
    ),
    verifiedEmails: of(
      emails,
      ({ verified }) => verified,
      ({ address }) => address,
    ),
    phones: of(
      phones,
      ({ verified }) => !verified,
      ({ number }) => number,
    ),
    verifiedPhones: of(
      phones,
      ({ verified }) => verified,
      ({ number }) => number,
    ),
    externalIds: externalIds.map((each) => `${each.system}:${each.id}`).join(';'),
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [fieldColumn(name), String(value)])),
  }
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? '']))
}
