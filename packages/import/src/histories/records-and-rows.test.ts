import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parseMapping } from './built-in-mappings.ts'
import type { MappingInput } from './mapping.ts'
import { at, bringInFile, deeds } from '../testing/index.ts'

describe('a mapping', () => {
  const record = {
    id: 7,
    who: { asker: 'carl' },
    opened: at(0),
    log: [
      { t: at(2), did: 'answered', by: 'ann', say: '<p>A &lt;b&gt;</p>' },
      { t: at(1), did: 'wrote', by: 'carl', say: 'B' },
    ],
  }
  const nested: MappingInput = {
    ...deeds,
    case: { column: 'id' },
    subject: 'Case {id}',
    columns: { customer: ['who.nobody', 'who.asker'] },
    constants: { team: 'Support', did: 'opened', text: 'Opened.' },
    rows: [
      { columns: { at: 'opened', by: 'who.asker' } },
      { unwind: 'log', columns: { at: 'log.t', did: 'log.did', by: 'log.by', text: 'log.say' } },
    ],
    team: { column: 'team' },
    html: ['text'],
  }
  const bringInRecords = (mapping: MappingInput, ...records: readonly object[]) =>
    bringInFile('log.ndjson', mapping, (file) =>
      writeFile(file, records.map((each) => JSON.stringify(each)).join('\n')),
    )

  it('reads nested paths, makes a row of each element of a list, in the order of their times, with constants', async () => {
    const { lines, ...account } = await bringInRecords(nested, record)
    expect(account).toMatchObject({ rows: 3, refused: 0 })
    expect(await lines('7')).toEqual([
      `${at(0).slice(5, 16)} carl TicketOpened “Opened.”`,
      `${at(0).slice(5, 16)} carl TicketEscalated`,
      `${at(1).slice(5, 16)} carl CustomerReplied “B”`,
      `${at(2).slice(5, 16)} ann AgentReplied “A <b>”`,
      `${at(2).slice(5, 16)} ann TicketStarted`,
    ])
  })

  it('misses no column of rows that no record becomes, but the list that it makes rows of', async () => {
    const rows = nested.rows ?? []
    const [, entries] = rows
    const more = { if: { column: 'id', is: ['8'] }, columns: { at: 'reopened.at', by: 'reopened.by' } }
    expect(await bringInRecords({ ...nested, rows: [...rows, more] }, record)).toMatchObject({ rows: 3, refused: 0 })
    await expect(bringInRecords({ ...nested, rows: [{ ...entries, unwind: 'logs' }] }, record)).rejects.toMatchObject({
      code: 'column_missing',
      message: expect.stringContaining('column logs') as string,
    })
  })

  it('takes a path that no record has for a column that is missing', async () => {
    const typo = { ...nested, columns: { customer: ['who.asked', 'who.nobody'] } }
    await expect(bringInRecords(typo, record)).rejects.toMatchObject({
      code: 'column_missing',
      message: expect.stringContaining('who.asked') as string,
    })
  })

  it('says what an activity that it does not name means, and who has a ticket as of one', async () => {
    const { activity } = deeds
    const mapping: MappingInput = {
      ...deeds,
      activity: {
        ...activity,
        values: {
          ...activity.values,
          answered: { does: 'agentReply', assignee: 'actor' },
          left: { status: 'in_progress', assignee: 'unassigned' },
        },
        otherwise: 'nothing',
      },
    }
    const rows = ['opened', 'answered', 'left', 'viewed'].map((did, minute) => ({
      case: 'D',
      at: at(minute),
      did,
      by: did === 'opened' ? 'carl' : 'ann',
      customer: 'carl',
      text: did,
    }))
    const { events, ...account } = await bringInRecords(mapping, ...rows)
    expect(account).toMatchObject({ applied: 3, unchanged: 1, refused: 0 })
    expect(await events('D')).toMatchObject([
      { type: 'TicketOpened' },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
      { type: 'TicketAssigned', assignee: { id: 'ann' } },
      { type: 'TicketUnassigned' },
    ])
  })

  it('reads lists of tags and the support level', async () => {
    const mapping: MappingInput = {
      ...deeds,
      level: { column: 'level', values: { L1: 1, L2: 2, L3: 3 } },
      team: { column: 'team' },
      tags: [{ column: 'tags', list: true, separator: ';' }],
      optional: ['tags', 'level', 'team'],
    }
    const row = (minute: number, did: string, more: object) => ({
      case: 'D',
      at: at(minute),
      did,
      by: 'ann',
      customer: 'carl',
      text: did,
      ...more,
    })
    const many = Array.from({ length: 60 }, (_, n) => `t${n}`)
    const { events, ...account } = await bringInRecords(
      mapping,
      row(0, 'opened', { tags: ['new', 'vip', 'vip'], level: 'L1', team: 'Desk' }),
      row(1, 'answered', { tags: 'late; vip', level: 'L3' }),
      { ...row(2, 'opened', { tags: many }), case: 'E' },
    )
    expect(account).toMatchObject({ applied: 3, refused: 0, repaired: 1 })
    expect(account.repairs).toMatch(/^3,tags,values_left_out,tags: has 60 values; the first 50 are kept/m)
    const history = await events('D')
    expect(history.flatMap((event) => (event.type === 'TicketTagged' ? [event.tag] : []))).toEqual([
      'new',
      'vip',
      'late',
    ])
    expect(history.findLast(({ type }) => type === 'TicketEscalated')).toMatchObject({ level: 3 })
    expect((await events('E')).filter(({ type }) => type === 'TicketTagged')).toHaveLength(50)
  })

  it('extends a built-in one, and names those that there are when it does not', () => {
    const own = parseMapping(
      { extends: 'freshdesk', name: 'ours', time: { column: 'at', format: 'iso', zone: 'Europe/Berlin' } },
      'm',
    )
    expect(own).toMatchObject({ name: 'ours', time: { zone: 'Europe/Berlin' }, case: { column: 'Ticket ID' } })
    expect(() => parseMapping({ extends: 'lotus', name: 'ours' }, 'm')).toThrow(
      /^m: extends: must be one of servicenow, zendesk,/,
    )
  })
})
