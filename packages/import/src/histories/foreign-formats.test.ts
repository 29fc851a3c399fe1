import { copyFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fold, ticketAggregate } from '@guichet/domain'
import { builtInMappings, parseMapping } from './built-in-mappings.ts'
import { bringInFile, deeds } from '../testing/index.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

const bringInSample = (name: string, mapping: string) =>
  bringInFile(name, builtInMappings[mapping] ?? expect.fail(`no mapping ${mapping}`), (file) =>
    copyFile(fixture(name), file),
  )

describe('the built-in mapping', () => {
  it('zendesk brings in a full export: comments by whoever wrote them, notes, people, tags and the status', async () => {
    const { lines, events, ...account } = await bringInSample('zendesk-export.ndjson', 'zendesk')
    expect(account).toMatchObject({ rows: 9, refused: 0, repaired: 0, ticketIds: ['zendesk-35', 'zendesk-36'] })
    expect(await lines('zendesk-35')).toEqual([
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
    const { lines, ...account } = await bringInSample('zendesk-incremental.json', 'zendesk')
    expect(account).toMatchObject({ rows: 4, refused: 0, repaired: 0 })
    expect(await lines('zendesk-35')).toEqual([
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
    const { lines, events, ...account } = await bringInSample('zammad-tickets.json', 'zammad')
    expect(account).toMatchObject({ rows: 8, refused: 0, repaired: 0, ticketIds: ['zammad-31003', 'zammad-31004'] })
    expect(await lines('zammad-31003')).toEqual([
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

  it('freshdesk imports an export as CSV, with several events per line', async () => {
    const { lines, events, ...account } = await bringInSample('freshdesk-tickets.csv', 'freshdesk')
    expect(account).toMatchObject({ rows: 10, refused: 0, repaired: 0 })
    expect(await lines('freshdesk-101')).toEqual([
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
    expect(await lines('freshdesk-103')).toContain('03-06T08:30 Ann Agent AgentReplied')
  })

  it('discourse brings in a topic: the asker is the customer, and the accepted answer resolves it', async () => {
    const { lines, ...account } = await bringInSample('discourse-topic.json', 'discourse')
    expect(account).toMatchObject({ rows: 7, refused: 0, repaired: 0 })
    expect(await lines('topic-77')).toEqual([
      '03-04T08:00 jo TicketOpened “My lamp does not shine.\n\nWhat now?”',
      '03-04T08:00 jo TicketTagged',
      '03-04T09:00 max AgentReplied “Is it plugged in?”',
      '03-04T09:00 max TicketStarted',
      '03-04T10:00 jo CustomerReplied “It is.”',
      '03-04T11:00 kim AgentReplied “> It is.\n\nThen change the bulb.”',
      '03-04T11:00 import-discourse TicketResolved',
      '03-04T12:00 import-discourse TicketClosed',
    ])
  })

  const topic = (more: object, ...posts: readonly object[]) => ({
    id: 77,
    title: 'Lamp',
    details: { created_by: { username: 'jo' } },
    last_posted_at: '2024-03-04T12:00:00.000Z',
    post_stream: {
      posts: posts.map((post, index) => ({
        id: 501 + index,
        post_type: 1,
        username: 'jo',
        cooked: '<p>Words</p>',
        created_at: `2024-03-04T1${index}:00:00.000Z`,
        ...post,
      })),
    },
    ...more,
  })
  const bringInTopic = (record: object) =>
    bringInFile('topic.json', builtInMappings['discourse'] ?? deeds, (file) => writeFile(file, JSON.stringify(record)))
  const answered = [{}, { username: 'kim', accepted_answer: true }, { cooked: '<p>Thanks!</p>' }] as const
  const accepted = { accepted_answer: { post_number: 2, username: 'kim' } }

  it('discourse leaves a topic as the forum has it, whatever was posted after the accepted answer', async () => {
    const { lines, refused } = await bringInTopic(topic(accepted, ...answered))
    expect(refused).toBe(0)
    expect((await lines('topic-77')).slice(-3)).toEqual([
      '03-04T12:00 jo CustomerReplied “Thanks!”',
      '03-04T12:00 jo TicketReopened',
      '03-04T12:00 import-discourse TicketResolved',
    ])
    const closing = {
      username: 'system',
      post_type: 3,
      action_code: 'closed.enabled',
      created_at: '2024-03-06T10:00:00Z',
    }
    const closed = await bringInTopic(topic({ ...accepted, closed: true }, ...answered, closing))
    expect((await closed.lines('topic-77')).at(-1)).toBe('03-06T10:00 system TicketClosed')
    const unanswered = await bringInTopic(topic({ closed: true, last_posted_at: '2024-03-04T10:30:00Z' }, {}, {}))
    expect((await unanswered.lines('topic-77')).at(-1)).toBe('03-04T11:00 import-discourse TicketClosed')
    const archived = await bringInTopic(topic({ archived: true }, {}))
    expect((await archived.lines('topic-77')).at(-1)).toBe('03-04T12:00 import-discourse TicketClosed')
  })

  it('discourse takes the names of tags that are objects, and records those without one', async () => {
    const tags = [{ id: 1, name: 'lamp', slug: 'l' }, 'red', { id: 2 }, null, ['x']]
    const { events, repairs } = await bringInTopic(topic({ tags }, {}))
    const tagged = (await events('topic-77')).flatMap((event) => (event.type === 'TicketTagged' ? [event.tag] : []))
    expect(tagged).toEqual(['lamp', 'red'])
    expect(repairs).toMatch(/^\d+,tags,values_left_out,tags: has 2 values without a name; they are left out/m)
  })

  it('zammad knows by which channel a ticket came', async () => {
    const ticket = (number: string, type: object) => ({
      number,
      title: 'T',
      customer: 'c@example.org',
      state: 'new',
      group: 'Users',
      priority: '2 normal',
      created_at: '2024-03-04T10:00:00Z',
      updated_at: '2024-03-04T10:00:00Z',
      articles: [
        { id: 1, created_at: '2024-03-04T10:00:00Z', sender: 'Customer', body: 'x', created_by: 'c@example.org' },
      ],
      ...type,
    })
    const types = ['email', 'phone', 'web', 'twitter status', undefined]
    const tickets = types.map((type, n) => ticket(`${n}`, type === undefined ? {} : { create_article_type: type }))
    const { events } = await bringInFile('t.json', builtInMappings['zammad'] ?? deeds, (file) =>
      writeFile(file, JSON.stringify(tickets)),
    )
    const opened = await Promise.all(types.map(async (_, n) => (await events(`zammad-${n}`))[0]))
    expect(opened.map((event) => event?.type === 'TicketOpened' && event.channel)).toEqual([
      'email',
      'phone',
      'web',
      'other',
      'web',
    ])
  })

  it('zendesk leaves out what was deleted, and accounts for it', async () => {
    const ticket = (id: number, status: string) => ({
      id,
      status,
      subject: 'S',
      description: 'D',
      requester_id: 901,
      submitter_id: 901,
      created_at: '2024-03-04T10:00:00Z',
      updated_at: '2024-03-05T10:00:00Z',
    })
    const page = { tickets: [ticket(1, 'open'), ticket(2, 'deleted')] }
    const { ticketIds, ...account } = await bringInFile('z.json', builtInMappings['zendesk'] ?? deeds, (file) =>
      writeFile(file, JSON.stringify(page)),
    )
    expect(ticketIds).toEqual(['zendesk-1'])
    expect(account).toMatchObject({ rows: 3, applied: 2, refused: 1 })
    expect(account.rejects).toContain('“deleted” has no meaning in the mapping')
  })

  it('freshdesk leaves a ticket in the status that the export names, whatever its older times say', async () => {
    const columns = ['Ticket ID', 'Status', 'Created time', 'Resolved time', 'Closed time', 'Last update time', 'Email']
    const [created, resolved, closed, updated] = [4, 5, 6, 7].map((day) => `2024-03-0${day} 10:00:00`)
    const line = (id: number, status: string, ...times: readonly (string | undefined)[]) =>
      [id, status, created, ...times.map((time) => time ?? ''), updated, 'c@example.org'].join(',')
    const lines = [
      line(1, 'Open', resolved, closed),
      line(2, 'Open', resolved, undefined),
      line(3, 'Open', undefined, undefined),
      line(4, 'In review', resolved, closed),
      line(5, 'Closed', resolved, closed),
      line(6, 'Resolved', resolved, undefined),
      line(7, 'Pending', resolved, closed),
    ]
    const { events, refused } = await bringInFile('f.csv', builtInMappings['freshdesk'] ?? deeds, (file) =>
      writeFile(file, [columns.join(','), ...lines, ''].join('\n')),
    )
    expect(refused).toBe(0)
    const statuses = lines.map(async (_, n) => {
      const state = fold(ticketAggregate, await events(`freshdesk-${n + 1}`))
      return state.status
    })
    expect(await Promise.all(statuses)).toEqual([
      'in_progress',
      'in_progress',
      'new',
      'in_progress',
      'closed',
      'resolved',
      'waiting_customer',
    ])
    expect((await events('freshdesk-1')).map(({ type }) => type)).toContain('TicketClosed')
  })

  it('mbox brings in a mailbox: threads by what a mail refers to, or by its subject', async () => {
    const { lines, events, ticketIds, ...account } = await bringInSample('support.mbox', 'mbox')
    expect({ ...account, tickets: ticketIds.length }).toMatchObject({ rows: 5, refused: 0, repaired: 0, tickets: 2 })
    const opened = await Promise.all(ticketIds.map(async (id) => ({ id, event: (await events(id))[0] })))
    const [printer, invoice] = ['carl@example.org', 'zoe@example.net'].map(
      (customer) => opened.find(({ event }) => event?.by.id === customer)?.id ?? '',
    )
    expect(await lines(printer ?? '')).toEqual([
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
    expect(await lines(invoice ?? '')).toEqual([
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

  it('mbox refuses text that is no e-mail, and continues', async () => {
    const mail =
      'From a@example.org Mon Mar  4 08:00:00 2024\nFrom: a@example.org\nDate: Mon, 04 Mar 2024 08:00:00 +0000\nSubject: x\n\nHi\n\n'
    const content = `${mail}From b@example.org Mon Mar  4 08:00:00 2024\n\n\n${mail.replaceAll('a@', 'c@')}`
    const account = await bringInFile('mail.mbox', builtInMappings['mbox'] ?? deeds, (file) => writeFile(file, content))
    expect(account).toMatchObject({ rows: 3, applied: 2, refused: 1 })
    expect(account.rejects).toMatch(/^8,,row_malformed,is no e-mail,/m)
  })
})
