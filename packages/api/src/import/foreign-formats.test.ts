import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TicketEvent } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import { builtInMappings } from './built-in-mappings.ts'
import { parseMapping } from './find-mapping.ts'
import type { MappingInput } from './mapping.ts'
import { at, bringIn, deeds, eventsOf, inFolder, newDesk } from './testing.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

/** Brings a file in, twice: the second time nothing is new. `told` reads what became of a ticket: when, by whom, what. */
const bringInFile = (name: string, mapping: MappingInput, write: (file: string) => Promise<void>) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const file = join(folder, name)
    await write(file)
    const account = await bringIn(desk, file, mapping)
    expect(await bringIn(desk, file, mapping)).toMatchObject({ applied: 0, events: 0, refused: account.refused })
    const events = (ticketId: string) => eventsOf(desk, ticketId)
    const told = async (ticketId: string) => (await events(ticketId)).map(inWords)
    return { ...account, told, events }
  })

const inWords = (event: TicketEvent): string =>
  [event.at.slice(5, 16), event.by.id, event.type, ...('body' in event && event.body ? [`“${event.body}”`] : [])].join(
    ' ',
  )

const bringInSample = (name: string, mapping: string) =>
  bringInFile(name, builtInMappings[mapping] ?? expect.fail(`no mapping ${mapping}`), (file) =>
    copyFile(fixture(name), file),
  )

describe('the built-in mapping', () => {
  it('zendesk brings in a full export: comments by whoever wrote them, notes, people, tags and the status', async () => {
    const { told, events, ...account } = await bringInSample('zendesk-export.ndjson', 'zendesk')
    expect(account).toMatchObject({ rows: 9, refused: 0, repaired: 0, ticketIds: ['zendesk-35', 'zendesk-36'] })
    expect(await told('zendesk-35')).toEqual([
      '03-04T08:00 901 TicketOpened “Since the update the screen stays dark.”',
      '03-04T08:00 901 TicketTagged',
      '03-04T08:00 901 TicketTagged',
      '03-04T08:30 11 AgentReplied “Which version do you use?”',
      '03-04T08:30 11 TicketStarted',
      '03-04T08:31 11 InternalNoteAdded “He has called before.”',
      '03-04T10:00 901 CustomerReplied “Version 7 – of course.”',
      '03-05T09:00 11 AgentReplied “Version 8 mends it.”',
      '03-05T09:00 import-zendesk TicketAssigned',
      '03-05T09:00 import-zendesk TicketEscalated',
      '03-05T09:00 import-zendesk TicketResolved',
    ])
    expect((await events('zendesk-35'))[0]).toMatchObject({
      subject: 'The screen stays dark',
      channel: 'email',
      priority: 'high',
      customer: { id: '901', name: 'Carl Customer', email: 'carl@example.org' },
    })
    const [opened, ...rest] = await events('zendesk-36')
    expect(opened).toMatchObject({ by: { kind: 'agent', id: '11' }, customer: { id: '902' }, channel: 'phone' })
    expect(rest.find(({ type }) => type === 'TicketTagged')).toMatchObject({ tag: 'on-hold' })
  })

  it('zendesk brings in a page of the incremental export, which holds ids and no comments', async () => {
    const { told, ...account } = await bringInSample('zendesk-incremental.json', 'zendesk')
    expect(account).toMatchObject({ rows: 4, refused: 0, repaired: 0 })
    expect(await told('zendesk-35')).toEqual([
      '03-04T08:00 901 TicketOpened “Since the update the screen stays dark.”',
      '03-04T08:00 901 TicketTagged',
      '03-04T08:00 901 TicketTagged',
      '03-05T12:00 import-zendesk TicketAssigned',
      '03-05T12:00 import-zendesk TicketEscalated',
      expect.stringMatching(/TicketStarted$/),
      '03-05T12:00 import-zendesk TicketResolved',
    ])
  })

  it('zammad brings in tickets with their articles, HTML as text', async () => {
    const { told, events, ...account } = await bringInSample('zammad-tickets.json', 'zammad')
    expect(account).toMatchObject({ rows: 8, refused: 0, repaired: 0, ticketIds: ['zammad-31003', 'zammad-31004'] })
    expect(await told('zammad-31003')).toEqual([
      '03-04T08:00 emily@example.net TicketOpened “Help!\nIt burns & smokes.\n\n * red\n * hot”',
      '03-04T08:10 nicole@example.com InternalNoteAdded “Fire brigade is <called>.”',
      '03-04T08:20 nicole@example.com AgentReplied “Read what to do [https://example.com/fire].”',
      '03-04T08:20 nicole@example.com TicketStarted',
      '03-04T09:00 emily@example.net CustomerReplied “It is out. Thanks!”',
      '03-04T11:00 import-zammad TicketAssigned',
      '03-04T11:00 import-zammad TicketEscalated',
      '03-04T11:00 import-zammad TicketResolved',
      '03-08T11:00 import-zammad TicketClosed',
    ])
    expect((await events('zammad-31004'))[0]).toMatchObject({ subject: 'A question', body: 'When do you open?' })
  })

  it('freshdesk brings in an export as CSV, of which each line tells several events', async () => {
    const { told, events, ...account } = await bringInSample('freshdesk-tickets.csv', 'freshdesk')
    expect(account).toMatchObject({ rows: 10, refused: 0, repaired: 0 })
    expect(await told('freshdesk-101')).toEqual([
      expect.stringMatching(/^03-04T08:00 15001 TicketOpened “Ticket 101, imported without the words/),
      '03-04T08:00 import-freshdesk TicketTagged',
      '03-04T08:00 import-freshdesk TicketTagged',
      '03-04T09:15 Ann Agent AgentReplied',
      '03-04T09:15 Ann Agent TicketStarted',
      '03-04T09:15 Ann Agent TicketAssigned',
      '03-04T09:15 Ann Agent TicketEscalated',
      '03-04T12:00 Ann Agent TicketResolved',
      '03-06T12:00 Ann Agent TicketClosed',
    ])
    expect((await events('freshdesk-101'))[0]).toMatchObject({
      subject: 'Cannot log in',
      priority: 'high',
      category: 'Incident',
      customer: { id: '15001', name: 'Carl Customer', email: 'carl@example.org' },
    })
    expect((await events('freshdesk-102')).at(-1)).toMatchObject({ type: 'CustomerWaitStarted' })
    expect(await told('freshdesk-103')).toContain('03-06T08:30 Ann Agent AgentReplied')
  })

  it('discourse brings in a topic: the asker is the customer, and the accepted answer resolves it', async () => {
    const { told, ...account } = await bringInSample('discourse-topic.json', 'discourse')
    expect(account).toMatchObject({ rows: 5, refused: 0, repaired: 0 })
    expect(await told('topic-77')).toEqual([
      '03-04T08:00 jo TicketOpened “My lamp does not shine.\n\nWhat now?”',
      '03-04T08:00 jo TicketTagged',
      '03-04T09:00 max AgentReplied “Is it plugged in?”',
      '03-04T09:00 max TicketStarted',
      '03-04T10:00 jo CustomerReplied “It is.”',
      '03-04T11:00 kim AgentReplied “> It is.\n\nThen change the bulb.”',
      '03-04T11:00 import-discourse TicketResolved',
    ])
  })

  it('mbox brings in a mailbox: threads by what a mail refers to, or by its subject', async () => {
    const { told, events, ticketIds, ...account } = await bringInSample('support.mbox', 'mbox')
    expect({ ...account, tickets: ticketIds.length }).toMatchObject({ rows: 5, refused: 0, repaired: 0, tickets: 2 })
    const opened = await Promise.all(ticketIds.map(async (id) => ({ id, event: (await events(id))[0] })))
    const [printer, invoice] = ['carl@example.org', 'zoe@example.net'].map(
      (customer) => opened.find(({ event }) => event?.by.id === customer)?.id ?? '',
    )
    expect(await told(printer ?? '')).toEqual([
      '03-04T08:00 carl@example.org TicketOpened “Schönen Tag, er druckt nicht.\n\nFrom hier an geht nichts mehr.”',
      '03-04T09:00 ann@example.com AgentReplied “Welches Modell?\n\nSiehe Anhang.\n\nAttachments: modelle.pdf”',
      '03-04T09:00 ann@example.com TicketStarted',
      '03-05T10:00 carl@example.org CustomerReplied “Modell 7.”',
    ])
    expect(opened.find(({ id }) => id === printer)?.event).toMatchObject({
      subject: 'Drucker drückt nicht',
      channel: 'email',
      customer: { id: 'carl@example.org', name: 'Carl Müller', email: 'carl@example.org' },
    })
    expect(await told(invoice ?? '')).toEqual([
      '03-05T08:00 zoe@example.net TicketOpened “Where is it?”',
      '03-05T11:00 billing@example.com AgentReplied “It is attached to the mail of last week.”',
      '03-05T11:00 billing@example.com TicketStarted',
    ])
  })

  it('mbox knows the addresses of the desk from a mapping of one’s own: others write notes', async () => {
    const mapping = parseMapping({ extends: 'mbox', name: 'our-mail', mail: { desk: ['ann@example.com'] } }, 'test')
    const { events, ticketIds } = await bringInFile('mail.mbox', mapping, (file) =>
      copyFile(fixture('support.mbox'), file),
    )
    const types = (await Promise.all(ticketIds.map(events))).flat().map(({ by, type }) => `${by.id} ${type}`)
    expect(types).toContain('billing@example.com InternalNoteAdded')
    expect(types).toContain('ann@example.com AgentReplied')
  })

  it('mbox refuses what is no e-mail, and goes on', async () => {
    const mail =
      'From a@example.org Mon Mar  4 08:00:00 2024\nFrom: a@example.org\nDate: Mon, 04 Mar 2024 08:00:00 +0000\nSubject: x\n\nHi\n\n'
    const content = `${mail}From b@example.org Mon Mar  4 08:00:00 2024\n\n\n${mail.replaceAll('a@', 'c@')}`
    const account = await bringInFile('mail.mbox', builtInMappings['mbox'] ?? deeds, (file) => writeFile(file, content))
    expect(account).toMatchObject({ rows: 3, applied: 2, refused: 1 })
    expect(account.rejects).toMatch(/^8,,row_malformed,is no e-mail,/m)
  })
})

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
    const { told, ...account } = await bringInRecords(nested, record)
    expect(account).toMatchObject({ rows: 3, refused: 0 })
    expect(await told('7')).toEqual([
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
    const told = await events('D')
    expect(told.flatMap((event) => (event.type === 'TicketTagged' ? [event.tag] : []))).toEqual(['new', 'vip', 'late'])
    expect(told.findLast(({ type }) => type === 'TicketEscalated')).toMatchObject({ level: 3 })
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
