import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { MappingInput } from './mapping.ts'
import { at, bringIn, deeds, eventsOf, inFolder, newDesk } from '../testing/index.ts'

const mapping: MappingInput = {
  ...deeds,
  actor: { id: 'by', name: 'byName' },
  customer: { id: 'customer', name: 'customerName', email: 'mail' },
  optional: ['byName', 'customerName', 'mail', 'title', 'category'],
  category: { column: 'category' },
  subject: '{title}',
}

type Row = Readonly<Record<string, string>>
const opening: Row = {
  case: 'D',
  at: at(0),
  did: 'opened',
  by: 'carl',
  customer: 'carl',
  title: 'Broken',
  text: 'It is.',
}

const bringInRows = (rows: readonly Row[], options: { readonly strict?: boolean; readonly dry?: boolean } = {}) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const file = join(folder, 'log.ndjson')
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
    const account = await bringIn(options.dry ? undefined : desk, file, mapping, options)
    return {
      ...account,
      events: await eventsOf(desk, 'D'),
      again: await bringIn(options.dry ? undefined : desk, file, mapping),
    }
  })

/** Returns row, field and code of each entry in a file of repaired or refused rows. */
const entriesOf = (repairs: string): readonly string[] =>
  [...repairs.matchAll(/^(\d+,\w*,\w+),/gm)].map(([, line = '']) => line)

const long = 'é'.repeat(limits.body + 1)

describe('a row with one bad detail', () => {
  it.each<[string, Row, string, object]>([
    [
      'an address in angle brackets',
      { mail: '"Jo" <jo@example.org>' },
      '1,mail,address_with_name',
      { customer: { id: 'carl', name: 'Jo', email: 'jo@example.org' } },
    ],
    ['an address that is none', { mail: 'jo at example' }, '1,mail,address_unreadable', { customer: { id: 'carl' } }],
    ['a form feed', { text: 'It\f is.\u0007' }, '1,text,control_characters', { body: 'It is.' }],
    ['half of a character', { title: 'Broken\ud83d' }, '1,title,control_characters', { subject: 'Broken' }],
    ['too long a first message', { text: long }, '1,body,text_cut', { body: `${'é'.repeat(limits.body - 1)}…` }],
    [
      'too long a name',
      { customerName: 'n'.repeat(201) },
      '1,customerName,text_cut',
      { customer: { id: 'carl', name: `${'n'.repeat(199)}…` } },
    ],
    [
      'too long a subject, whose whole text opens the first message',
      { title: 'Word '.repeat(80).trim() },
      '1,subject,text_cut',
      { subject: `${'Word '.repeat(60).slice(0, 299)}…`, body: `${'Word '.repeat(80).trim()}\n\nIt is.` },
    ],
    ['too long a category', { category: 'c'.repeat(300) }, '1,category,text_cut', { category: `${'c'.repeat(199)}…` }],
  ])('still opens its ticket, and is recorded: %s', async (_, detail, line, opened) => {
    const { events, again, ...account } = await bringInRows([{ ...opening, ...detail }])
    expect(account).toMatchObject({ rows: 1, applied: 1, refused: 0, repaired: 1, rejects: '' })
    expect(entriesOf(account.repairs)).toEqual([line])
    expect(events[0]).toMatchObject({ type: 'TicketOpened', ...opened })
    expect(again).toMatchObject({ applied: 0, unchanged: 1, repaired: 1, repairs: account.repairs })
  })

  it.each<[string, Row]>([
    ['an opening', { did: 'opened' }],
    ['what the customer wrote', { did: 'wrote' }],
    ['a reply of the desk', { did: 'answered', by: 'ann' }],
    ['a status', { did: 'solved', by: 'ann' }],
  ])('opens its ticket at its own time with the subject, and is recorded: %s without words', async (_, detail) => {
    const silent = { ...opening, ...detail, text: '' }
    const later = { ...opening, at: at(5), did: 'wrote', text: 'Hello?' }
    const { events, repairs, ...account } = await bringInRows([silent, later])
    expect(account).toMatchObject({ rows: 2, applied: 2, refused: 0, repaired: 1, rejects: '' })
    expect(entriesOf(repairs)).toEqual(['1,body,words_missing'])
    expect(events[0]).toMatchObject({ type: 'TicketOpened', at: at(0), subject: 'Broken', body: 'Broken' })
    expect(events.at(-1)).toMatchObject({ at: at(5) })
    const strict = await bringInRows([silent, later], { strict: true })
    expect(strict).toMatchObject({ applied: 1, refused: 1 })
    expect(strict.rejects).toContain('words_missing')
  })

  it('stands in the file of repaired rows as a whole', async () => {
    const { repairs } = await bringInRows([{ ...opening, text: long }])
    expect(repairs).toContain(long)
    expect(repairs).toMatch(
      /^row,field,code,reason,record\n1,body,text_cut,body: has 65537 characters; the first 65536 are kept,/,
    )
  })

  it('is recorded once for each detail, and not for details that only the first row of a case has', async () => {
    const reply = {
      ...opening,
      at: at(1),
      did: 'answered',
      by: 'ann',
      mail: 'none',
      text: `a\fb${long}`,
      title: 't'.repeat(400),
    }
    const { repairs, repaired, refused } = await bringInRows([opening, reply])
    expect({ repaired, refused }).toEqual({ repaired: 1, refused: 0 })
    expect(entriesOf(repairs)).toEqual(['2,text,control_characters', '2,text,text_cut'])
  })

  it.each([false, true])('is refused by a strict import, with the code of the repair (dry run: %s)', async (dry) => {
    const { rejects, repairs, ...account } = await bringInRows([opening, { ...opening, case: 'E', mail: 'none' }], {
      strict: true,
      dry,
    })
    expect(account).toMatchObject({ applied: 1, refused: 1, repaired: 0 })
    expect(entriesOf(rejects)).toEqual(['2,mail,address_unreadable'])
    expect(repairs).toBe('')
  })

  it('is refused when its ids hold what no id may hold: a repair would take two people for one', async () => {
    const { refused, repaired } = await bringInRows([opening, { ...opening, case: 'E', customer: 'ca\u0000rl' }])
    expect({ refused, repaired }).toEqual({ refused: 1, repaired: 0 })
  })
})

it('says why the id of a person cannot be theirs: it may be a name of the engine’s own', async () => {
  for (const id of ['chat', 'import', 'relay', 'File']) {
    const { rejects } = await bringInRows([opening, { ...opening, case: 'E', by: id, customer: id }])
    expect(rejects).toContain(`“${id}” cannot be the id of a person: is a name of the engine’s own`)
  }
})
