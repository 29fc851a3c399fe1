import type {
  CustomerCommandInput,
  CustomerIdentity,
  CustomerRecord,
  CustomerState,
  Desk,
  RefusalCode,
} from '@guichet/domain'
import { customerBy, detailNames } from '@guichet/domain'
import { normalEmail, normalPhone } from '@guichet/desk/contacts'
import type { ReadRow, RecordKind, RowFault, Values } from './record-kind.ts'
import { cellsOf, fieldColumn, formerDetails, listed, valuesOfDetails } from './record-kind.ts'

const lists = ['emails', 'verifiedEmails', 'phones', 'verifiedPhones', 'externalIds'] as const

/** The columns of a file of customers, with those of the desk's own fields. Only `id` is required. */
export const customerColumns = (fields: readonly string[]): readonly string[] => [
  'id',
  ...detailNames,
  ...lists,
  ...fields.map(fieldColumn),
]

type Register = Extract<CustomerCommandInput, { type: 'register' }>
type Parts = { readonly [K in 'emails' | 'phones' | 'externalIds']: NonNullable<Register[K]> }

const fault = (field: string, code: RefusalCode, reason: string): RowFault => ({ ok: false, field, code, reason })

/**
 * Reads a row of a file of customers. Lists are separated by `;`, an external id is written `system:id`. Addresses and
 * numbers are brought into their normal form; a number without a country code is of the country of its row.
 */
function readCustomerRow(
  columns: readonly string[],
  values: readonly (string | undefined)[],
): ReadRow<'customer'> | RowFault {
  const { cell, entries, fields } = cellsOf(columns, values)
  const parts: Parts = { emails: [], phones: [], externalIds: [] }
  for (const column of ['emails', 'verifiedEmails'] as const) {
    for (const entry of entries(column)) {
      const address = normalEmail(entry)
      if (address === undefined) return fault(column, 'email_invalid', 'this is no e-mail address')
      parts.emails.push({ address, verified: column === 'verifiedEmails' })
    }
  }
  for (const column of ['phones', 'verifiedPhones'] as const) {
    for (const entry of entries(column)) {
      const number = normalPhone(entry, cell('country'))
      if (number === undefined) return fault(column, 'phone_invalid', 'this is no telephone number')
      parts.phones.push({ number, verified: column === 'verifiedPhones' })
    }
  }
  for (const entry of entries('externalIds')) {
    const colon = entry.indexOf(':')
    parts.externalIds.push({ system: entry.slice(0, Math.max(0, colon)), id: entry.slice(colon + 1) })
  }
  const details = Object.fromEntries(
    detailNames.flatMap((name) => (cell(name) === undefined ? [] : [[name, cell(name)]])),
  )
  const additions = [
    ...parts.externalIds.map((each) => ({ type: 'addExternalId' as const, ...each })),
    ...parts.emails.map((each) => ({ type: 'addEmail' as const, ...each })),
    ...parts.phones.map((each) => ({ type: 'addPhone' as const, ...each })),
  ]
  return {
    ok: true,
    match: async (desk) => {
      for (const command of additions) {
        const holder = await holderBy(command, desk)
        if (holder !== undefined) return holder
      }
      return undefined
    },
    leadsTo: async (command, holder, desk) => (await holderBy(command, desk)) === holder,
    register: [{ type: 'register', ...details, ...parts, fields }],
    update: [{ type: 'change', changes: { ...details, fields } }, ...additions],
  }
}

/** The customer whom the identity that a command adds leads to, merges followed; undefined if nobody. */
async function holderBy(command: CustomerCommandInput, desk: Pick<Desk, 'read'>): Promise<string | undefined> {
  const identity = identityIn(command)
  return identity && customerBy(desk, identity)
}

function identityIn(command: CustomerCommandInput): CustomerIdentity | undefined {
  if (command.type === 'addExternalId') return { externalId: { system: command.system, id: command.id } }
  if (command.type === 'addEmail' && command.verified) return { email: command.address }
  return command.type === 'addPhone' && command.verified ? { phone: command.number } : undefined
}

const verification = ({ verified }: { readonly verified: boolean }): string => (verified ? 'verified' : 'unverified')

const valuesOf = (state: CustomerState): Values =>
  state.status === 'absent'
    ? new Map()
    : new Map([
        ...valuesOfDetails(state.details, state.fields),
        ...state.emails.map((each) => [`email:${each.address.toLowerCase()}`, verification(each)] as const),
        ...state.phones.map((each) => [`phone:${each.number}`, verification(each)] as const),
        ...state.externalIds.map(({ system, id }) => [`external:${system}:${id}`, id] as const),
      ])

/** Files of customers: a row is about the customer of its id, else of one of its identities. */
export const customerKind: RecordKind<'customer'> = {
  category: 'customer',
  mapping: 'customers',
  columns: customerColumns,
  read: readCustomerRow,
  valuesOf,
  restore: (former, state) => {
    if (state.status === 'absent') return []
    const { isEmpty, changes } = formerDetails(former, detailNames)
    const was = (place: string) => former.get(place) === 'unverified'
    const commands: CustomerCommandInput[] = isEmpty ? [] : [{ type: 'change', changes }]
    for (const { address } of state.emails) {
      const place = `email:${address.toLowerCase()}`
      if (former.has(place)) commands.push({ type: 'removeEmail', address })
      if (was(place)) commands.push({ type: 'addEmail', address, verified: false })
    }
    for (const { number } of state.phones) {
      const place = `phone:${number}`
      if (former.has(place)) commands.push({ type: 'removePhone', number })
      if (was(place)) commands.push({ type: 'addPhone', number, verified: false })
    }
    for (const { system, id } of state.externalIds)
      if (former.has(`external:${system}:${id}`)) commands.push({ type: 'removeExternalId', system, id })
    return commands
  },
}

/** A customer as a row of a file, under `customerColumns`. */
export function customerRow(
  id: string,
  { details, emails, phones, externalIds, fields }: CustomerRecord,
  columns: readonly string[],
): Readonly<Record<string, string>> {
  const of = <T>(all: readonly T[], matches: (one: T) => boolean, textOf: (one: T) => string): string =>
    listed(all.filter(matches).map(textOf))
  const row: Record<string, string> = {
    id,
    ...Object.fromEntries(detailNames.map((name) => [name, details[name] ?? ''])),
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
    externalIds: listed(externalIds.map((each) => `${each.system}:${each.id}`)),
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [fieldColumn(name), String(value)])),
  }
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? '']))
}
