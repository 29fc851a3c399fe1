import type { GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Role } from '../auth/principal.ts'
import { isCustomer, roles } from '../auth/principal.ts'
import type { Access } from '../auth/rights.ts'
import { fieldRights, rights } from '../auth/rights.ts'
import { objectTypesOf, readersOf } from './readers.ts'
import { sharedSchema } from './schema.ts'

type Rows = Readonly<Record<string, Readonly<Record<Role, Access>>>>

const texts: Readonly<Record<Access, string>> = { any: 'yes', explained: 'reason', own: 'own', none: '–' }

/** The heading before which the text of the document is written by hand. */
const firstHeading = '\n## Queries\n'

/** Returns docs/reference/rights.md with the text of `document` and the tables of the rights. */
export function printedRights(document: string): string {
  const schema = sharedSchema()
  const text = document.split(firstHeading, 1)[0] ?? ''
  const rootFields = (type: GraphQLObjectType | null | undefined): Rows => {
    const fields = type?.getFields() ?? {}
    return Object.fromEntries(Object.entries(rights).filter(([operation]) => operation in fields))
  }
  return [
    text + firstHeading,
    table('Operation', rootFields(schema.getQueryType())),
    '\n## Mutations\n',
    table('Operation', rootFields(schema.getMutationType())),
    '\n## Subscriptions\n',
    table('Operation', rootFields(schema.getSubscriptionType())),
    '\n## Fields\n',
    'Everybody who may see the object gets null for these fields where the table does not allow them.\n',
    table('Field', fieldRights),
    '\n## What customers and visitors are shown\n',
    'The fields that they read of what is theirs, and those of the same types that only the desk reads: for customers these are null or empty. Types that are not listed are for the desk alone. Connections, edges and payloads follow their types; the version in a payload is for the desk.\n',
    ...shownToCustomers(schema),
    '',
  ].join('\n')
}

/** The types that customers read, each with its fields: those for everybody, and those for the desk. */
function shownToCustomers(schema: GraphQLSchema): readonly string[] {
  const readers = readersOf(schema)
  const isShown = (field: string): boolean => [...(readers.get(field) ?? [])].some((role) => isCustomer({ role }))
  const listed = objectTypesOf(schema).filter(({ name }) => !/(Connection|Edge|Payload|^PageInfo)$/.test(name))
  return listed
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .flatMap((type) => {
      const names = Object.keys(type.getFields()).toSorted()
      const [ofAll, ofDesk] = [true, false].map((is) => names.filter((name) => isShown(`${type.name}.${name}`) === is))
      if (!ofAll?.length) return []
      return `- \`${type.name}\`: ${ofAll.join(', ')}${ofDesk?.length ? `; the desk: ${ofDesk.join(', ')}` : ''}`
    })
}

/** A Markdown table, aligned as prettier does. */
function table(head: string, rows: Rows): string {
  const cells = [
    [head, ...roles],
    ...Object.entries(rows).map(([name, row]) => [`\`${name}\``, ...roles.map((role) => texts[row[role]])]),
  ]
  const widths = [head, ...roles].map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [heads = [], ...body] = cells
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
