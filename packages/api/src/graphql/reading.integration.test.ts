import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ada, ana, ines, mutate, openTicket, sam, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let replied: string
let ticketId: string
beforeAll(async () => {
  replied = await openTicket(api, zoe)
  ticketId = await openTicket(api, zoe)
  await mutate(api, ana, 'agentReply', { ticketId: replied, body: 'Bonjour', then: 'WAITING_CUSTOMER' })
})

it('counts tickets by status', async () => {
  const query = '{ ticketCounters { total new inProgress waitingCustomer resolved closed } }'
  expect(await api.dataOf(ana, query)).toEqual({
    ticketCounters: { total: 2, new: 1, inProgress: 0, waitingCustomer: 1, resolved: 0, closed: 0 },
  })
})

it('reports response times against the targets', async () => {
  const { responseTimes } = await api.dataOf(
    sam,
    `{ responseTimes {
      firstResponse { count withinTarget overdue unanswered share target targetShare met waiting leftOut }
      resolution { count targetShare met waiting } firstContact { targetShare met waiting leftOut }
    } }`,
  )
  expect(responseTimes).toEqual({
    firstResponse: {
      count: 1,
      withinTarget: 1,
      overdue: 0,
      unanswered: 0,
      share: 1,
      target: 7_200_000,
      targetShare: 1,
      met: true,
      waiting: 1,
      leftOut: 0,
    },
    resolution: { count: 0, targetShare: 0.8, met: null, waiting: 2 },
    firstContact: { targetShare: 0.9, met: null, waiting: 2, leftOut: 0 },
  })
})

describe('the daily report', () => {
  it('shows the events of a day', async () => {
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' }).format(new Date())
    const { dailyReport } = await api.dataOf(
      ines,
      `{ dailyReport(first: "${today}", last: "${today}") { day opened agentReplies atEndOfDay { total } } }`,
    )
    expect(dailyReport).toEqual([{ day: today, opened: 2, agentReplies: 1, atEndOfDay: { total: 2 } }])
  })

  it.each([
    ['2026-01-02', '2026-01-01'],
    ['2020-01-01', '2026-01-01'],
  ])('refuses the days from %s to %s', async (first, last) => {
    const { errors } = await api.ask(ines, `{ dailyReport(first: "${first}", last: "${last}") { day } }`)
    expect(errors[0]?.extensions.code).toBe('malformed_input')
  })

  it.each(['slaDashboard { total { met } }', 'responseTimes { firstResponse { count } }', 'levelReport { level }'])(
    'refuses a period of %s that ends before it begins',
    async (report) => {
      const [name, fields] = [report.split(' ')[0], report.slice(report.indexOf('{'))]
      const query = `{ ${name}(from: "2027-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z") ${fields} }`
      const { errors } = await api.ask(ines, query)
      expect(errors[0]).toMatchObject({
        message: expect.stringContaining('from'),
        extensions: { code: 'malformed_input' },
      })
    },
  )
})

it('shows everybody their own inbox', async () => {
  const query = '{ inbox(first: 5) { nodes { kind level title ticket { ticketId: id } } pageInfo { hasNextPage } } }'
  expect(await api.dataOf(zoe, query)).toMatchObject({
    inbox: { nodes: [{ kind: 'WAITING', level: 'WARNING', ticket: { ticketId: replied } }] },
  })
  expect(await api.dataOf(ana, query)).toMatchObject({ inbox: { nodes: [] } })
})

it('lists deadlines', async () => {
  const query =
    '{ deadlines(dueBefore: "2099-01-01T00:00:00Z", first: 5) { nodes { id kind dueAt cycle held ticket { ticketId: id } } } }'
  const { deadlines } = (await api.dataOf(ana, query)) as { readonly deadlines: { readonly nodes: { id: string }[] } }
  expect(deadlines.nodes).toHaveLength(3)
  const ids = deadlines.nodes.map(({ id }) => id)
  const { nodes } = await api.dataOf(ana, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
  expect(nodes).toEqual(ids.map((id) => ({ id })))
  expect(deadlines.nodes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'CHASE', cycle: 1, held: false, ticket: { ticketId: replied } }),
      expect.objectContaining({ kind: 'FIRST_RESPONSE_WARNING', ticket: { ticketId } }),
      expect.objectContaining({ kind: 'RESOLUTION_WARNING', ticket: { ticketId } }),
    ]),
  )
})

it('names the argument of a page that is too large', async () => {
  const page = (field: string) => api.ask(ana, field).then(({ errors }) => errors[0]?.message)
  expect(await page('{ deadlines(dueBefore: "2099-01-01T00:00:00Z", first: 0) { nodes { kind } } }')).toBe(
    'first must be from 1 to 100',
  )
  expect(await page('{ inbox(last: 101) { nodes { kind } } }')).toBe('last must be from 1 to 100')
  expect(await page('{ inbox { nodes { kind } } }')).toBe('give either first or last, from 1 to 100')
})

describe('the audit trail', () => {
  it('shows who did what, newest first', async () => {
    const query = `{ audit(first: 10, filter: { stream: "ticket-${replied}" }) { nodes { type version by { kind actorId: userId } } } }`
    const { audit } = await api.dataOf(ines, query)
    expect((audit as { nodes: unknown[] }).nodes).toEqual([
      { type: 'TargetMet', version: 5, by: { kind: 'AGENT', actorId: 'ana' } },
      { type: 'CustomerWaitStarted', version: 4, by: { kind: 'AGENT', actorId: 'ana' } },
      { type: 'TicketStarted', version: 3, by: { kind: 'AGENT', actorId: 'ana' } },
      { type: 'AgentReplied', version: 2, by: { kind: 'AGENT', actorId: 'ana' } },
      { type: 'TicketOpened', version: 1, by: { kind: 'CUSTOMER', actorId: 'zoe' } },
    ])
  })

  it('filters by actor, type and time, and refuses an invalid filter', async () => {
    const query =
      '{ audit(first: 10, filter: { actorId: "zoe", type: ["TicketOpened"], at: { from: "2020-01-01T00:00:00Z" } }) { nodes { reason } } }'
    expect((await api.dataOf(ada, query))['audit']).toEqual({ nodes: [{ reason: null }, { reason: null }] })
    const { errors } = await api.ask(ada, '{ audit(first: 1, filter: { stream: "a\\u0000" }) { nodes { type } } }')
    expect(errors[0]).toMatchObject({
      extensions: { code: 'malformed_input' },
      message: expect.stringContaining('filter.stream'),
    })
  })
})

it('shows the viewer and their notification settings', async () => {
  expect(
    await api.dataOf(zoe, '{ viewer { personId: userId role name email recipient { preference language } } }'),
  ).toEqual({
    viewer: {
      personId: 'zoe',
      role: 'CUSTOMER',
      name: 'Zoé Dupont',
      email: 'zoe@example.org',
      recipient: { preference: 'BOTH', language: null },
    },
  })
})

it('gives a reply template an id of its own in each language', async () => {
  const idsIn = async (language: string) => {
    const { replyTemplates } = await api.dataOf(ana, `{ replyTemplates(language: "${language}") { id name } }`)
    return (replyTemplates as { id: string }[]).map(({ id }) => id)
  }
  const [english, french] = [await idsIn('en'), await idsIn('fr')]
  expect(new Set([...english, ...french]).size).toBe(english.length + french.length)
  expect(await idsIn('en')).toEqual(english)
})

it('shows the policy and the reply templates in the closest language', async () => {
  const { policy, replyTemplates } = await api.dataOf(
    ana,
    '{ policy { version chaseAfter targets { firstResponse } } replyTemplates(language: "en-GB") { name text } }',
  )
  expect(policy).toEqual({
    version: 'guichet-default-4',
    chaseAfter: [259_200_000, 432_000_000],
    targets: { firstResponse: 7_200_000 },
  })
  expect(replyTemplates).toContainEqual({ name: 'first_reply', text: expect.stringContaining('[First name]') })
})
