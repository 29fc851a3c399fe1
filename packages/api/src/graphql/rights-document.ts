import type { GraphQLObjectType } from 'graphql'
import type { Role } from '../auth/principal.ts'
import { roles } from '../auth/principal.ts'
import type { Access } from '../auth/rights.ts'
import { fieldRights, rights } from '../auth/rights.ts'
import { createSchema } from './schema.ts'

type Rows = Readonly<Record<string, Readonly<Record<Role, Access>>>>

const words: Readonly<Record<Access, string>> = { any: 'yes', explained: 'reason', own: 'own', none: '–' }

/** The heading before which the text of the document is written by hand. */
const firstHeading = '\n## Queries\n'

/** Returns docs/reference/rights.md with the text of `document` and the tables of the rights. */
export function printedRights(document: string): string {
  const schema = createSchema()
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
    'Everybody who may see an agent gets null for these fields where the table does not allow them.\n',
    table('Field', fieldRights),
    '',
  ].join('\n')
}

/** A Markdown table, aligned as prettier does. */
function table(head: string, rows: Rows): string {
  const cells = [
    [head, ...roles],
    ...Object.entries(rows).map(([name, row]) => [`\`${name}\``, ...roles.map((role) => words[row[role]])]),
  ]
  const widths = [head, ...roles].map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [heads = [], ...body] = cells
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
