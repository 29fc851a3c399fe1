import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import { unconfigured } from '@guichet/desk/configuration'
import type { MappingInput } from './mapping.ts'
import { at, bringIn, deeds, inFolder, newDesk } from '../testing/index.ts'

/** A mapping that reads all fields. */
const everything: MappingInput = {
  ...deeds,
  missing: ['', 'NULL'],
  time: { column: 'at', format: 'iso', toleranceMinutes: 5 },
  openedAt: { column: 'opened', format: 'iso' },
  actor: { id: 'by', name: 'byName' },
  openedBy: { id: 'opener', name: 'openerName' },
  customer: { id: 'customer', name: 'customerName', email: 'mail' },
  assignee: { id: 'assignee', name: 'assigneeName', email: 'mail', missingMeans: 'unassigned' },
  team: { column: 'team' },
  priority: { column: 'priority', values: { P1: 'urgent' }, otherwise: 'low' },
  category: { column: 'category' },
  language: { column: 'language', values: { english: 'en' } },
  subject: '{title}',
  tags: [{ column: 'vip', value: 'yes', tag: 'vip' }],
}

const hostile = fc.constantFrom(
  '',
  ' ',
  'NULL',
  'a\u0000b',
  'x'.repeat(201),
  'x'.repeat(65_537),
  '\ud800',
  '[Subject]',
  '__proto__',
)
const mostly = (...values: string[]) => fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...values) }, hostile)
const time = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 59 }).map(at) },
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '0999-12-31T23:59:59Z',
    '9000-01-01T00:00:00Z',
    '+012345-01-01T00:00:00Z',
    'soon',
  ),
)
const anyRow = fc.record({
  case: mostly('A', 'B'),
  at: time,
  opened: fc.oneof(time, fc.constant('')),
  did: mostly('opened', 'answered', 'asked', 'wrote', 'noted', 'solved', 'closed'),
  by: mostly('ann', 'carl'),
  byName: mostly('Ann'),
  opener: mostly('', 'ann'),
  openerName: mostly('Ann'),
  customer: mostly('carl', ''),
  customerName: mostly('Carl'),
  mail: mostly('c@example.org', '', 'no address'),
  assignee: mostly('ann', 'bob', ''),
  assigneeName: mostly('Ann'),
  team: mostly('T1', 'T2', ''),
  priority: mostly('P1', 'P9', ''),
  category: mostly('Printers', ''),
  language: mostly('english', ''),
  title: mostly('Broken'),
  text: mostly('It is broken.'),
  vip: mostly('yes', 'no'),
})
type Row = Partial<Record<keyof typeof everyColumn, string>>
const everyColumn = {
  case: 'A',
  at: at(0),
  opened: '',
  did: 'opened',
  by: 'ann',
  byName: '',
  opener: '',
  openerName: '',
  customer: 'carl',
  customerName: '',
  mail: '',
  assignee: '',
  assigneeName: '',
  team: '',
  priority: '',
  category: '',
  language: '',
  title: 'Broken',
  text: 'It is broken.',
  vip: '',
}

const account = (desk: Desk | undefined, rows: readonly Row[]) =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.ndjson')
    await writeFile(file, rows.map((row) => JSON.stringify({ ...everyColumn, ...row })).join('\n'))
    const { position: _, samples: __, isComplete: ___, ...account } = await bringIn(desk, file, everything)
    return account
  })

describe('a dry run', () => {
  it.each<[string, Row]>([
    ['the null date of a case that was never opened', { opened: '0001-01-01T00:00:00Z' }],
    ['the id of a customer that is too long', { customer: 'x'.repeat(201) }],
  ])('refuses %s as the import into a desk does', async (_, row) => {
    const rows = [{ case: 'B' }, row]
    const dry = await account(undefined, rows)
    expect(dry).toMatchObject({ applied: 1, refused: 1 })
    expect(dry).toEqual(await account(newDesk(unconfigured), rows))
  })

  it('gives the account of an import into an empty desk, whatever the log holds', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 12 }), async (rows) => {
        const readable = [{ case: 'C' }, ...rows]
        expect(await account(undefined, readable)).toEqual(await account(newDesk(unconfigured), readable))
      }),
      { numRuns: 80 },
    ))
})
