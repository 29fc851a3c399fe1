import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { limits } from '@guichet/domain'
import { builtInMappings } from './built-in-mappings.ts'
import type { ImportRequest } from './import-log.ts'
import type { MappingInput } from './mapping.ts'
import { bringInFile, bringInTogether, deeds, eventsOf, inFolder, inWords, newDesk } from '../testing/index.ts'

/** Imports CSV files as one, and returns the history of ticket A. */
const bringInCsv = (
  files: readonly (readonly [mapping: MappingInput, ...lines: readonly string[]])[],
  options: Partial<ImportRequest> = {},
) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const sources = files.map(([mapping], index) => [join(folder, `${index}.csv`), mapping] as const)
    for (const [index, [, ...lines]] of files.entries()) await writeFile(join(folder, `${index}.csv`), lines.join('\n'))
    const account = await bringInTogether(desk, sources, options)
    const events = await eventsOf(desk, 'A')
    return { ...account, events, lines: events.map(inWords) }
  })

const bringInJson = (mapping: string, content: unknown) =>
  bringInFile(`${mapping}.json`, builtInMappings[mapping] ?? deeds, (file) => writeFile(file, JSON.stringify(content)))

const note = (name: string, text: string): string =>
  `Written by ${name}, who is neither the customer nor of the desk:\n\n${text}`

describe('in a forum of two files', () => {
  const { customer: _, ...common } = deeds
  const values = { asked: { does: 'open' }, answered: { does: 'reply' } } as const
  const questions: MappingInput = { ...deeds, name: 'questions', activity: { column: 'did', values } }
  const answers: MappingInput = { ...common, name: 'answers', activity: { column: 'did', values }, subject: '{case}' }
  const question = ['case,at,did,by,customer,text', 'A,2024-03-04T08:00:00Z,asked,Jo@example.org,Jo@example.org,Help']
  const said = (hour: string, by: string, text: string) => `A,2024-03-04T${hour}:00:00Z,answered,${by},${text}`

  it('an answer is the customer’s where whoever asked wrote it, and the desk’s where somebody else did', async () => {
    const { lines, ...account } = await bringInCsv([
      [questions, ...question],
      [answers, 'case,at,did,by,text', said('09', 'kim', 'Try this'), said('10', 'jo@example.org', 'It helps')],
    ])
    expect(account).toMatchObject({ applied: 3, refused: 0, repaired: 0, thirdPersons: 0 })
    expect(lines).toEqual([
      '03-04T08:00 Jo@example.org TicketOpened “Help”',
      '03-04T09:00 kim AgentReplied “Try this”',
      '03-04T09:00 kim TicketStarted',
      '03-04T10:00 Jo@example.org CustomerReplied “It helps”',
    ])
  })

  it.each([
    ['Anna Bell', 'anna  bell', 'CustomerReplied'],
    ['bob', 'BOB', 'CustomerReplied'],
    ['77', '77.0', 'CustomerReplied'],
    ['Zoé', 'Zoe\u0301', 'CustomerReplied'],
    ['77', '770', 'AgentReplied'],
    ['0035000001abcDE', '0035000001ABCde', 'AgentReplied'],
  ])('knows the asker in other spellings: %s, %s', async (asker, by, type) => {
    const { lines } = await bringInCsv([
      [questions, 'case,at,did,by,customer,text', `A,2024-03-04T08:00:00Z,asked,${asker},${asker},Help`],
      [answers, 'case,at,did,by,text', said('09', by, 'More')],
    ])
    expect(lines[1]?.split(' ')).toContain(type)
  })

  it('the answers may be imported after the questions', async () => {
    await inFolder(async (folder) => {
      const desk = newDesk()
      const [one, two] = [join(folder, '1.csv'), join(folder, '2.csv')]
      await writeFile(one, question.join('\n'))
      await writeFile(two, ['case,at,did,by,text', said('10', 'jo@example.org', 'It helps')].join('\n'))
      await bringInTogether(desk, [[one, questions]], { importId: 'forum', keepOpen: true })
      await bringInTogether(desk, [[two, answers]], { importId: 'forum' })
      expect((await eventsOf(desk, 'A')).map(inWords).at(-1)).toMatch(/Jo@example.org CustomerReplied/)
    })
  })

  it('a column with the roles tells third persons from the desk', async () => {
    const role = { column: 'role', values: { staff: 'agent', member: 'customer', bot: 'automatic' } } as const
    const { lines, events, ...account } = await bringInCsv([
      [questions, ...question],
      [
        { ...answers, actor: { id: 'by', name: 'name', role } },
        'case,at,did,by,name,role,text',
        'A,2024-03-04T09:00:00Z,answered,zoe,Zoe,member,Same here',
        'A,2024-03-04T10:00:00Z,answered,bot,,bot,We have your question',
        'A,2024-03-04T11:00:00Z,answered,kim,,staff,Try this',
        'A,2024-03-04T12:00:00Z,answered,jo@EXAMPLE.org,,member,Thanks',
        'A,2024-03-04T13:00:00Z,answered,max,,visitor,An answer of somebody without a role',
      ],
    ])
    expect(lines).toEqual([
      expect.stringContaining('TicketOpened'),
      `03-04T09:00 zoe InternalNoteAdded “${note('Zoe (zoe)', 'Same here')}”`,
      '03-04T10:00 bot InternalNoteAdded “Sent automatically by bot:\n\nWe have your question”',
      '03-04T11:00 kim AgentReplied “Try this”',
      '03-04T11:00 kim TicketStarted',
      '03-04T12:00 Jo@example.org CustomerReplied “Thanks”',
      '03-04T13:00 max AgentReplied “An answer of somebody without a role”',
    ])
    expect(events[1]).toMatchObject({ by: { kind: 'system', id: 'zoe', name: 'Zoe' } })
    expect(account).toMatchObject({ applied: 6, repaired: 2, thirdPersons: 1, automatic: { noted: 1, leftOut: 0 } })
    expect(account.repairs).toMatch(/^2,actor,third_person,actor: is neither the customer nor of the desk/m)
    expect(account.repairs).toMatch(/^3,actor,automatic_message,/m)
  })
})

describe('a row by a third person', () => {
  const role = { column: 'role', values: { c: 'customer', a: 'agent', o: 'other', m: 'automatic' } } as const
  const mapping: MappingInput = { ...deeds, actor: { id: 'by', email: 'mail', role } }
  const header = 'case,at,did,by,mail,role,customer,text'
  const opening = 'A,2024-03-04T08:00:00Z,opened,carl,,c,carl,Help'

  it.each(['answered', 'asked', 'wrote', 'noted', 'opened'])(
    'is a note, whatever it is said to be: %s',
    async (did) => {
      const row = `A,2024-03-04T09:00:00Z,${did},zoe,zoe@example.net,o,carl,Me too`
      const { lines } = await bringInCsv([[mapping, header, opening, row]])
      expect(lines.slice(1)).toEqual([`03-04T09:00 zoe InternalNoteAdded “${note('zoe@example.net', 'Me too')}”`])
    },
  )

  it('is a note where the ticket begins with it: the ticket opens with its subject', async () => {
    const row = 'A,2024-03-04T08:00:00Z,opened,zoe,,c,carl,About Carl'
    const { lines } = await bringInCsv([[mapping, header, row]])
    expect(lines).toEqual([
      '03-04T08:00 carl TicketOpened “Case A”',
      `03-04T08:00 zoe InternalNoteAdded “${note('zoe', 'About Carl')}”`,
    ])
  })

  it('does not become the assignee, and does not let the ticket wait', async () => {
    const does = { does: 'reply', then: 'waiting_customer', assignee: 'actor' } as const
    const values = { opened: { does: 'open' }, said: does } as const
    const assigning = { ...mapping, activity: { column: 'did', values } } as const
    const by = (who: string, as: string) => `A,2024-03-04T09:00:00Z,said,${who},,${as},carl,x`
    const { events } = await bringInCsv([[assigning, header, opening, by('zoe', 'o'), by('ann', 'a')]])
    expect(events.map(({ type }) => type)).toEqual([
      'TicketOpened',
      'InternalNoteAdded',
      'AgentReplied',
      'TicketStarted',
      'CustomerWaitStarted',
      'TicketAssigned',
    ])
  })

  it('is the customer’s where the address is that of the customer', async () => {
    const withMail: MappingInput = { ...mapping, customer: { id: 'customer', email: 'address' } }
    const { lines } = await bringInCsv([
      [
        withMail,
        `${header},address`,
        `${opening},carl@example.org`,
        'A,2024-03-04T09:00:00Z,wrote,17,Carl@Example.org,c,carl,Again,carl@example.org',
      ],
    ])
    expect(lines.at(-1)).toBe('03-04T09:00 carl CustomerReplied “Again”')
  })

  it('is refused by a strict import', async () => {
    const row = 'A,2024-03-04T09:00:00Z,wrote,zoe,,o,carl,Me too'
    const account = await bringInCsv([[mapping, header, opening, row]], { strict: true })
    expect(account).toMatchObject({ applied: 1, refused: 1, thirdPersons: 0 })
    expect(account.rejects).toMatch(/^3,actor,third_person,/m)
  })

  it('fits into a note, however long it is', async () => {
    const row = `A,2024-03-04T09:00:00Z,wrote,zoe,,o,carl,${'x'.repeat(limits.body)}`
    const { events } = await bringInCsv([[mapping, header, opening, row]])
    expect(events.at(-1)).toMatchObject({ type: 'InternalNoteAdded', body: expect.stringMatching(/x…$/) as string })
  })

  it('is one whose customer is another than the ticket’s, where the log names no author', async () => {
    const { actor: _, ...authorless } = deeds
    const rows = ['A,2024-03-04T08:00:00Z,opened,carl,Help', 'A,2024-03-04T09:00:00Z,wrote,zoe,Me too']
    const { lines, thirdPersons } = await bringInCsv([[authorless, 'case,at,did,customer,text', ...rows]])
    expect(lines.at(-1)).toBe(`03-04T09:00 zoe InternalNoteAdded “${note('zoe', 'Me too')}”`)
    expect(thirdPersons).toBe(1)
  })

  it('is the customer’s where the log did not know the customer before', async () => {
    const rows = ['A,2024-03-04T08:00:00Z,opened,,,Help', 'A,2024-03-04T09:00:00Z,wrote,,zoe,Me too']
    const { lines } = await bringInCsv([[deeds, 'case,at,did,by,customer,text', ...rows]])
    expect(lines.at(-1)).toBe('03-04T09:00 zoe CustomerReplied “Me too”')
  })

  it('opens no ticket where a machine sent it, and is counted', async () => {
    const rows = [
      'A,2024-03-04T07:00:00Z,wrote,carl,,m,carl,I am away',
      opening,
      'A,2024-03-04T09:00:00Z,wrote,carl,,m,carl,I am away',
      'B,2024-03-04T09:00:00Z,wrote,carl,,m,carl,I am away',
    ]
    const { lines, ticketIds, ...account } = await bringInCsv([[mapping, header, ...rows]])
    expect(account).toMatchObject({ applied: 2, refused: 2, automatic: { noted: 1, leftOut: 2 } })
    expect(account.rejects).toMatch(/^2,actor,automatic_left_out,/m)
    expect(ticketIds).toEqual(['A'])
    expect(lines).toEqual([
      '03-04T08:00 carl TicketOpened “Help”',
      '03-04T09:00 carl InternalNoteAdded “Sent automatically by carl:\n\nI am away”',
    ])
  })
})

describe('zendesk', () => {
  const comment = (id: number, hour: number, author: object, isPublic = true) => ({
    id,
    ...author,
    plain_body: `Comment ${id}`,
    public: isPublic,
    created_at: `2024-03-04T0${hour}:00:00Z`,
  })
  const ticket = (more: object, ...comments: readonly object[]) => ({
    id: 1,
    status: 'open',
    subject: 'S',
    description: 'D',
    requester_id: 901,
    submitter_id: 901,
    assignee_id: 11,
    created_at: '2024-03-04T08:00:00Z',
    updated_at: '2024-03-05T10:00:00Z',
    comments: [comment(1, 8, { author_id: 901 }), ...comments],
    ...more,
  })
  const users = [
    { id: 901, role: 'end-user', name: 'Carl', email: 'carl@example.org', locale: 'nl-BE' },
    { id: 902, role: 'end-user', name: 'Zoe', email: 'zoe@example.net' },
    { id: 11, role: 'agent', name: 'Ann' },
    { id: 12, role: 'admin', name: 'Bea' },
  ]
  const typesBy = (events: readonly { type: string; by: { id: string } }[]) =>
    events.filter(({ type }) => /Repl|Note/.test(type)).map(({ type, by }) => `${by.id} ${type}`)

  it('reads a comment of somebody who is copied in as a note, by the users of the page', async () => {
    const comments = [901, 902, 11, 12].map((author_id, n) => comment(n + 2, 9, { author_id }))
    const secret = comment(9, 9, { author_id: 902 }, false)
    const { events, lines } = await bringInJson('zendesk', { tickets: [ticket({}, ...comments, secret)], users })
    expect(typesBy(await events('zendesk-1'))).toEqual([
      '901 CustomerReplied',
      '902 InternalNoteAdded',
      '11 AgentReplied',
      '12 AgentReplied',
      '902 InternalNoteAdded',
    ])
    expect(await lines('zendesk-1')).toContain(
      `03-04T09:00 902 InternalNoteAdded “${note('Zoe (zoe@example.net)', 'Comment 3')}”`,
    )
    const opened = { language: 'nl-BE', customer: { id: '901', name: 'Carl', email: 'carl@example.org' } }
    expect((await events('zendesk-1'))[0]).toMatchObject(opened)
  })

  it('reads it so by the role of the author in a full export', async () => {
    const author = (id: number, role: string) => ({ author_id: id, author: { id, role, name: `N${id}` } })
    const full = ticket({}, comment(2, 9, author(902, 'end-user')), comment(3, 9, author(11, 'agent')))
    const { events } = await bringInJson('zendesk', full)
    expect(typesBy(await events('zendesk-1'))).toEqual(['902 InternalNoteAdded', '11 AgentReplied'])
  })

  it.each(['email_cc_ids', 'collaborator_ids'])('reads it so by %s where no roles are known', async (list) => {
    const comments = [902, 11, 13, 14].map((author_id, n) => comment(n + 2, 9, { author_id }))
    const { events } = await bringInJson('zendesk', {
      tickets: [ticket({ [list]: [902, 11, 13], follower_ids: [13] }, ...comments)],
    })
    expect(typesBy(await events('zendesk-1'))).toEqual([
      '902 InternalNoteAdded',
      '11 AgentReplied',
      '13 AgentReplied',
      '14 AgentReplied',
    ])
  })

  it('reads a comment of the system, and of somebody who is not among the users of the page, as notes', async () => {
    const comments = [-1, 404, 11].map((author_id, n) => comment(n + 2, 9, { author_id }))
    const { lines } = await bringInJson('zendesk', { tickets: [ticket({}, ...comments)], users })
    expect((await lines('zendesk-1')).slice(1, 4)).toEqual([
      '03-04T09:00 -1 InternalNoteAdded “Sent automatically by -1:\n\nComment 2”',
      `03-04T09:00 404 InternalNoteAdded “${note('404', 'Comment 3')}”`,
      '03-04T09:00 11 AgentReplied “Comment 4”',
    ])
  })

  it('knows the requester by the address of a comment, and their private comment, without users', async () => {
    const via = { channel: 'email', source: { from: { address: 'Carl@example.org' } } }
    const requester = { id: 901, email: 'carl@example.org' }
    const comments = [comment(2, 9, { author_id: 777, via }), comment(3, 9, { author_id: 901 }, false)]
    const { lines } = await bringInJson('zendesk', ticket({ requester }, ...comments))
    expect((await lines('zendesk-1')).slice(1, 3)).toEqual([
      '03-04T09:00 901 CustomerReplied “Comment 2”',
      expect.stringMatching(/901 InternalNoteAdded “Noted by .*, the customer:\n\nComment 3”/),
    ])
  })

  it('does not make an agent of the requester whose ticket has tags', async () => {
    const { events } = await bringInJson('zendesk', { tickets: [ticket({ tags: ['screen'] })], users })
    const tagged = (await events('zendesk-1')).find(({ type }) => type === 'TicketTagged')
    expect(tagged?.by).toMatchObject({ kind: 'system', id: '901' })
  })

  it('counts what was closed as solved, also where the page has no metric_set', async () => {
    const { events } = await bringInJson('zendesk', { tickets: [ticket({ status: 'closed' })], users })
    expect((await events('zendesk-1')).at(-1)).toMatchObject({ type: 'TicketClosed', reason: 'solved' })
  })
})

describe('zammad', () => {
  const article = (id: number, hour: number, more: object) => ({
    id,
    sender: 'Customer',
    type: 'email',
    body: `Article ${id}`,
    internal: false,
    created_by: 'carl@example.org',
    created_at: `2024-03-04T${hour < 10 ? '0' : ''}${hour}:00:00Z`,
    ...more,
  })
  const ticket = (more: object, ...articles: readonly object[]) => ({
    number: '1',
    title: 'T',
    state: 'open',
    group: 'Users',
    owner: 'ann@example.com',
    priority: '2 normal',
    customer: 'carl@example.org',
    created_at: '2024-03-04T08:00:00Z',
    updated_at: '2024-03-04T12:00:00Z',
    articles: [article(1, 8, { detected_language: 'nl' }), ...articles],
    ...more,
  })
  const bringIn = async (...parts: Parameters<typeof ticket>) => {
    const { events, lines, ...account } = await bringInJson('zammad', [ticket(...parts)])
    return { ...account, events: await events('zammad-1'), lines: await lines('zammad-1') }
  }

  it('reads internal articles as notes of whoever wrote them', async () => {
    const by = (id: number, created_by: string, sender: string) =>
      article(id, 9, { created_by, sender, internal: true, type: 'note' })
    const { events } = await bringIn(
      {},
      by(2, 'carl@example.org', 'Customer'),
      by(3, 'zoe@example.net', 'Customer'),
      by(4, 'ann@example.com', 'Agent'),
    )
    const notes = events.filter(({ type }) => type === 'InternalNoteAdded')
    expect(notes.map(({ by: { kind, id } }) => [kind, id])).toEqual([
      ['system', 'carl@example.org'],
      ['system', 'zoe@example.net'],
      ['agent', 'ann@example.com'],
    ])
    expect(notes.map(inWords)).toEqual([
      expect.stringContaining('“Noted by carl@example.org, the customer:\n\nArticle 2”'),
      expect.stringContaining(note('zoe@example.net', 'Article 3')),
      expect.stringContaining('“Article 4”'),
    ])
  })

  it('reads an article of a customer who is not the ticket’s as a note', async () => {
    const { lines, events } = await bringIn(
      {},
      article(2, 9, { created_by: 'zoe@example.net' }),
      article(3, 9, { sender: 'Agent', created_by: 'ann@example.com' }),
      article(4, 9, { created_by: 'Carl@Example.org' }),
      article(5, 9, { created_by: 'ann@example.com', type: 'phone' }),
      article(6, 9, { created_by: 'ann@example.com', origin_by: 'zoe@example.net', type: 'phone' }),
      article(7, 9, { preferences: { 'is-auto-response': true } }),
    )
    expect(events[0]).toMatchObject({ language: 'nl' })
    expect(lines.slice(1, 8)).toEqual([
      `03-04T09:00 zoe@example.net InternalNoteAdded “${note('zoe@example.net', 'Article 2')}”`,
      '03-04T09:00 ann@example.com AgentReplied “Article 3”',
      '03-04T09:00 ann@example.com TicketStarted',
      '03-04T09:00 carl@example.org CustomerReplied “Article 4”',
      '03-04T09:00 carl@example.org InternalNoteAdded “Sent automatically by carl@example.org:\n\nArticle 7”',
      '03-04T09:00 carl@example.org CustomerReplied “Article 5”',
      `03-04T09:00 zoe@example.net InternalNoteAdded “${note('zoe@example.net', 'Article 6')}”`,
    ])
  })

  it.each([
    ['pending reminder', 'pending-reminder'],
    ['pending close', 'pending-close'],
  ])('leaves a ticket in work that waits for a date: %s', async (state, tag) => {
    const { events } = await bringIn({ state, pending_time: '2030-01-01T00:00:00Z' })
    const types = events.map(({ type }) => type)
    for (const type of ['CustomerWaitStarted', 'TicketResolved', 'TicketClosed']) expect(types).not.toContain(type)
    expect(events).toContainEqual(expect.objectContaining({ type: 'TicketTagged', tag }))
    const body = 'Pending until 2030-01-01T00:00:00Z'
    expect(events).toContainEqual(expect.objectContaining({ type: 'InternalNoteAdded', body }))
  })

  it('counts a ticket that was closed, reopened and closed again as solved', async () => {
    const dates = { close_at: '2024-03-04T09:00:00Z', last_close_at: '2024-03-04T11:00:00Z' }
    const { events } = await bringIn({ ...dates, state: 'closed' }, article(2, 10, {}))
    const ends = events.flatMap((event) => (/Resolved|Closed|Reopened/.test(event.type) ? [event] : []))
    expect(ends.map(({ type }) => type)).toEqual(['TicketResolved', 'TicketReopened', 'TicketResolved', 'TicketClosed'])
    expect(ends.at(-1)).toMatchObject({ reason: 'solved' })
  })
})

describe('freshdesk', () => {
  it('keeps agent and group of a ticket that was closed without an answer, and its language', async () => {
    const columns =
      'Ticket ID,Status,Created time,Resolved time,Closed time,Last update time,Email,Agent,Group,Language'
    const times = ['2024-03-04 10:00:00', '2024-03-05 10:00:00', '2024-03-06 10:00:00', '2024-03-06 10:00:00']
    const [created = '', resolved = '', closed = '', updated = ''] = times
    const rest = 'c@example.org,Ann Agent,Billing'
    const lines = [
      `1,Closed,${created},${resolved},${closed},${updated},${rest},nl`,
      `2,Resolved,${created},${resolved},,${updated},${rest},pt_BR`,
      `3,Closed,${created},,${closed},${updated},${rest},Klingon`,
    ]
    const { events, repairs } = await bringInFile('f.csv', builtInMappings['freshdesk'] ?? deeds, (file) =>
      writeFile(file, [columns, ...lines, ''].join('\n')),
    )
    for (const id of [1, 2, 3]) {
      const history = await events(`freshdesk-${id}`)
      expect(history).toContainEqual(expect.objectContaining({ type: 'TicketAssigned', assignee: { id: 'Ann Agent' } }))
      expect(history).toContainEqual(expect.objectContaining({ type: 'TicketEscalated', team: 'Billing' }))
      expect(history.map(({ type }) => type)).not.toContain('InternalNoteAdded')
    }
    const opened = await Promise.all([1, 2, 3].map(async (id) => (await events(`freshdesk-${id}`))[0]))
    expect(opened).toMatchObject([{ language: 'nl' }, { language: 'pt-BR' }, { language: 'fr' }])
    expect(repairs).toMatch(/^4,Language,values_left_out,"Language: is no language tag/m)
    expect((await events('freshdesk-3')).at(-1)).toMatchObject({ type: 'TicketClosed', reason: 'solved' })
  })
})

describe('discourse', () => {
  it('knows staff from other members, and the asker, by what the forum says of them', async () => {
    const post = (id: number, username: string, more: object = {}) => ({
      id,
      username,
      created_at: `2024-03-04T0${id}:00:00Z`,
      cooked: `<p>Post ${id}</p>`,
      post_type: 1,
      ...more,
    })
    const member = { staff: false, moderator: false, admin: false }
    const posts = [
      post(1, 'asker', member),
      post(2, 'zoe', member),
      post(3, 'mod', { ...member, moderator: true }),
      post(4, 'root', { ...member, admin: true }),
      post(5, 'Asker', member),
      post(6, 'system', { user_id: -1, staff: true }),
      post(7, 'old', {}),
    ]
    const topic = { id: 9, title: 'T', details: { created_by: { username: 'asker' } }, post_stream: { posts } }
    const { events, lines } = await bringInJson('discourse', topic)
    expect(
      (await events('topic-9'))
        .filter(({ type }) => type !== 'TicketStarted')
        .map(({ by, type }) => `${by.id} ${type}`),
    ).toEqual([
      'asker TicketOpened',
      'zoe InternalNoteAdded',
      'mod AgentReplied',
      'root AgentReplied',
      'asker CustomerReplied',
      'system InternalNoteAdded',
      'old AgentReplied',
    ])
    expect((await lines('topic-9'))[1]).toContain(note('zoe', 'Post 2'))
  })

  it('knows the language of a topic where the forum does', async () => {
    const posts = [
      {
        id: 1,
        post_type: 1,
        username: 'jo',
        cooked: '<p>x</p>',
        created_at: '2024-03-04T10:00:00Z',
        locale: 'pt_BR',
      },
    ]
    const topic = { id: 7, title: 'T', details: { created_by: { username: 'jo' } }, post_stream: { posts } }
    const { events } = await bringInJson('discourse', topic)
    expect((await events('topic-7'))[0]).toMatchObject({ language: 'pt-BR' })
  })
})
