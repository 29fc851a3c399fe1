import type { GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'
import type { Role } from '../../auth/index.ts'
import { fieldRights, rights } from '../../auth/index.ts'

import type { Audience } from './decisions.ts'
import { decisions } from './decisions.ts'

const audiences: Readonly<Record<Audience, readonly Role[]>> = {
  everyone: ['customer', 'agent', 'supervisor', 'admin', 'auditor', 'service'],
  desk: ['agent', 'supervisor', 'admin', 'auditor', 'service'],
  oversight: ['supervisor', 'admin', 'auditor'],
}

const rolesOf = (row: Readonly<Record<Role, string>>): readonly Role[] =>
  audiences.everyone.filter((role) => row[role] !== 'none')

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const rows = Object.entries(decisions).flatMap(([type, decision]) =>
  (Object.entries(decision) as [Audience, string][]).flatMap(([audience, fields]) =>
    words(fields).map((field) => [`${type}.${field}`, audiences[audience]] as [string, readonly Role[]]),
  ),
)

/** The roles that may read a field, by `Type.field`. */
export const readers: ReadonlyMap<string, readonly Role[]> = new Map<string, readonly Role[]>([
  ...rows,
  ...Object.entries(fieldRights).map(([field, row]): [string, readonly Role[]] => [field, rolesOf(row)]),
])

const roots = new Set(['Query', 'Mutation', 'Subscription'])

/** What is wrong with the table, by the name of the field: undecided, decided twice, or not there. */
export function undecided(schema: GraphQLSchema): readonly string[] {
  const decided = rows.map(([field]) => field)
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
  const expected = fields.filter((field) => !roots.has(field.split('.')[0] ?? ''))
  const operations = fields
    .filter((field) => roots.has(field.split('.')[0] ?? ''))
    .map((field) => field.split('.')[1] ?? '')
  return [
    ...expected.filter((field) => !decided.includes(field)).map((field) => `${field} is undecided`),
    ...decided.filter((field) => !expected.includes(field)).map((field) => `${field} is decided and does not exist`),
    ...decided.filter((field, n) => decided.indexOf(field) !== n).map((field) => `${field} is decided twice`),
    ...operations.filter((name) => !Object.hasOwn(rights, name)).map((name) => `${name} has no row in auth/rights.ts`),
  ]
}
