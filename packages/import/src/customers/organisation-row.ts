import type { Organisation, OrganisationState, StreamCategories } from '@guichet/domain'
import { holderOf } from '@guichet/domain'
import { normalDomain } from '@guichet/desk/contacts'
import type { RecordKind, Values } from './record-kind.ts'
import { cellsOf, fieldColumn, formerDetails, valuesOfDetails } from './record-kind.ts'

type Command = StreamCategories['organisation']['command']

const details = ['name', 'plan', 'industry', 'size', 'customerSince', 'sharedWith'] as const

/** The columns of a file of organisations, with those of the desk's own fields. Only `id` is required. */
const columns = (fields: readonly string[]): readonly string[] => [
  'id',
  ...details,
  'domains',
  'managers',
  ...fields.map(fieldColumn),
]

const valuesOf = (state: OrganisationState): Values => {
  if (state.status === 'absent') return new Map()
  const detailValues = Object.fromEntries(details.map((name) => [name, state[name]]))
  return new Map([
    ...valuesOfDetails(detailValues, state.fields),
    ...state.domains.map((domain) => [`domain:${domain}`, domain] as const),
    ...state.managers.map((id) => [`manager:${id}`, id] as const),
  ])
}

/** Files of organisations: a row is about the organisation of its id, else of one of its domains. */
export const organisationKind: RecordKind<'organisation'> = {
  category: 'organisation',
  mapping: 'organisations',
  columns,
  valuesOf,
  read: (names, values) => {
    const { cell, entries, fields } = cellsOf(names, values)
    const fault = (field: string, reason: string) => ({ ok: false, field, code: 'invalid_command', reason }) as const
    const size = cell('size')
    const detailValues: Record<string, unknown> = Object.fromEntries(
      details.flatMap((name) => (cell(name) === undefined ? [] : [[name, cell(name)]])),
    )
    if (size !== undefined) detailValues['size'] = Number(size)
    const domains: string[] = []
    for (const entry of entries('domains')) {
      const domain = normalDomain(entry)
      if (domain === undefined) return fault('domains', 'this is no domain')
      domains.push(domain)
    }
    const parts = [
      ...domains.map((domain) => ({ type: 'addDomain', domain }) as const),
      ...entries('managers').map((customerId) => ({ type: 'addManager', customerId }) as const),
    ]
    return {
      ok: true,
      match: async ({ read }) => {
        for (const value of domains) {
          const holder = await holderOf({ read }, { kind: 'domain', value })
          if (holder !== undefined) return holder
        }
        return undefined
      },
      leadsTo: () => Promise.resolve(false),
      register: [{ type: 'register', ...detailValues, name: cell('name') ?? '', fields }, ...parts],
      update: [{ type: 'change', changes: { ...detailValues, fields } }, ...parts],
    }
  },
  restore: (former, state) => {
    const { isEmpty, changes } = formerDetails(former, details)
    const added = valuesOf(state)
    return [
      ...(isEmpty ? [] : [{ type: 'change', changes: numbered(changes) } as const]),
      ...[...former].flatMap(([place]): readonly Command[] => {
        const [, kind, value = ''] = /^(domain|manager):(.*)$/s.exec(place) ?? []
        if (kind === undefined || !added.has(place)) return []
        return kind === 'domain'
          ? [{ type: 'removeDomain', domain: value }]
          : [{ type: 'removeManager', customerId: value }]
      }),
    ]
  },
}

const numbered = (changes: object): object =>
  'size' in changes && changes.size !== null ? { ...changes, size: Number(changes.size) } : changes

/** An organisation as a row of a file, under its columns. */
export function organisationRow(
  id: string,
  organisation: Organisation,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const row: Record<string, string> = {
    id,
    ...Object.fromEntries(details.map((name) => [name, String(organisation[name] ?? '')])),
    domains: organisation.domains.join(';'),
    managers: organisation.managers.join(';'),
    ...Object.fromEntries(valuesOfDetails({}, organisation.fields)),
  }
  return Object.fromEntries(names.map((column) => [column, row[column] ?? '']))
}
