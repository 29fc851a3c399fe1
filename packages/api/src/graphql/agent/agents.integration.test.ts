import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { createDesk, days, defaultRoutingTerms, guichetEvents, instant, later } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { Router } from '@guichet/workflows'
import { createRouter } from '@guichet/workflows'
import { useApi } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const lead = { id: 'lead', role: 'supervisor' } as const
const ann = { id: 'ann', role: 'agent' } as const
const carl = { id: 'carl', role: 'customer' } as const

const register = `mutation ($input: RegisterAgentInput!) { registerAgent(input: $input) {
  agent { agentId: userId name level availability skills { name level } load { channel taken places } } userErrors { code field } } }`
/** Some days around today, in any time zone. */
const period = ((now) => [later(now, -days(2)), later(now, days(2))].map((at) => at.slice(0, 10)))(instant(new Date()))
const times = `timeInAvailability(from: "${period[0]}", to: "${period[1]}") { availability }`
const available = `mutation ($input: SetAvailabilityInput!) { setAvailability(input: $input) {
  agent { availability } userErrors { code } } }`
const open = `mutation ($input: OpenTicketInput!) { openTicket(input: $input) { ticket { ticketId: id } userErrors { code } } }`

describe('agents and their tickets', () => {
  let store: EventStore
  let router: Router

  /** The router uses a separate store, so that the queries of the API can be counted. */
  beforeAll(async () => {
    store = await postgresStore({ connectionString: api.databaseUrl, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    router = createRouter({ desk, terms: () => defaultRoutingTerms })
    await router.start()
  })
  afterAll(async () => {
    await router.stop()
    await store.close()
  })

  const ticketOf = async (commandId: string): Promise<string> => {
    const input = { commandId, subject: 'Mouse', body: 'Gone', language: 'fr' }
    const { openTicket } = await api.dataOf(carl, open, { input })
    return (openTicket as { ticket: { ticketId: string } }).ticket.ticketId
  }
  const until = (condition: () => Promise<boolean>) => vi.waitUntil(condition, { interval: 20 })

  it('are registered by a supervisor, and set their own availability', async () => {
    const input = {
      commandId: 'r1',
      agentId: 'ann',
      name: 'Ann',
      level: 2,
      languages: ['fr'],
      skills: [{ name: 'bms', level: 3 }],
      capacity: { ticket: 1 },
    }
    expect(await api.dataOf(lead, register, { input })).toMatchObject({
      registerAgent: {
        agent: {
          agentId: 'ann',
          level: 2,
          availability: 'OFFLINE',
          skills: [{ name: 'bms', level: 3 }],
          load: [
            { channel: 'TICKET', taken: 0, places: 1 },
            { channel: 'CHAT', taken: 0, places: 3 },
            { channel: 'PHONE', taken: 0, places: 1 },
          ],
        },
        userErrors: [],
      },
    })
    const own = { input: { commandId: 'a1', agentId: 'ann', availability: 'AVAILABLE' } }
    expect(await api.dataOf({ id: 'bob', role: 'agent' }, available, own)).toMatchObject({
      setAvailability: { agent: null, userErrors: [{ code: 'NOT_FOR_THIS_ACTOR' }] },
    })
    expect(await api.dataOf(ann, available, own)).toMatchObject({
      setAvailability: { agent: { availability: 'AVAILABLE' } },
    })
  })

  it('get tickets with explained routing, while other tickets wait in the queue', async () => {
    const first = await ticketOf('t1')
    await until(async () => {
      const { state } = await api.desk.read('ticket', first)
      return state.status !== 'absent' && state.assignee?.id === 'ann'
    })
    const second = await ticketOf('t2')
    await until(async () => {
      const { state } = await api.desk.read('ticket', second)
      return state.status !== 'absent' && state.routing.queued !== undefined
    })
    await until(async () => {
      const { queue } = await api.dataOf(lead, '{ queue(first: 1) { edges { node { reason } } } }')
      return (queue as { edges: { node: { reason: string | null } }[] }).edges[0]?.node.reason != null
    })
    const query = `query ($id: ID!) {
      ticket(id: $id) { routing { round outcome agent { personId: userId } candidates { agentId score parts { name points } } equals { agentId lastGivenAt } excluded { reason agents } } }
      queue(first: 10) { totalCount placedInTheLastHour levels { level waiting placedInTheLastHour expectedWait } edges { node { position level reason reasonSince ticket { ticketId: id } } } pageInfo { hasNextPage } }
      agents(first: 10) { edges { node { agentId: userId availability load { taken } } } }
      agent(id: "ann") { ${times} }
    }`
    const { ticket, queue, agents } = await api.dataOf(lead, query, { id: first })
    expect(ticket).toEqual({
      routing: [
        {
          round: 1,
          outcome: 'TAKEN',
          agent: { personId: 'ann' },
          candidates: [
            {
              agentId: 'ann',
              score: 85,
              parts: [
                { name: 'speciality', points: 0 },
                { name: 'language', points: 20 },
                { name: 'workload', points: 30 },
                { name: 'rating', points: 25 },
                { name: 'online', points: 10 },
              ],
            },
          ],
          equals: [],
          excluded: [],
        },
      ],
    })
    expect(queue).toEqual({
      totalCount: 1,
      placedInTheLastHour: 1,
      levels: [
        { level: 1, waiting: 1, placedInTheLastHour: 1, expectedWait: 3_600_000 },
        { level: 2, waiting: 0, placedInTheLastHour: 0, expectedWait: null },
        { level: 3, waiting: 0, placedInTheLastHour: 0, expectedWait: null },
      ],
      edges: [
        {
          node: {
            position: 1,
            level: 1,
            reason: 'everybody_full',
            reasonSince: expect.any(String),
            ticket: { ticketId: second },
          },
        },
      ],
      pageInfo: { hasNextPage: false },
    })
    expect(agents).toMatchObject({
      edges: [{ node: { agentId: 'ann', availability: 'AVAILABLE', load: [{ taken: 1 }, {}, {}] } }],
    })
    const { ticket: shown } = await api.dataOf(carl, `query ($id: ID!) { ticket(id: $id) { routing { round } } }`, {
      id: first,
    })
    expect(shown).toEqual({ routing: [] })
  })

  it('are listed in pages, with a constant number of statements for their times', async () => {
    for (const agentId of ['bea', 'cid', 'dan', 'eva']) {
      await api.dataOf(lead, register, { input: { commandId: `r-${agentId}`, agentId, name: agentId } })
    }
    const page = `query ($first: Int!, $after: String) { agents(first: $first, after: $after, retired: true) {
      edges { node { agentId: userId ${times} } }
      pageInfo { hasNextPage endCursor } } }`
    type Agents = { edges: { node: { agentId: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    const read = async (first: number, after?: string) =>
      (await api.dataOf(lead, page, { first, after })) as unknown as { agents: Agents }
    const ids = ({ agents }: { agents: Agents }) => agents.edges.map(({ node }) => node.agentId)
    await until(async () => ids(await read(5)).length === 5)
    const one = await read(1)
    expect(ids(one)).toEqual(['ann'])
    expect(one.agents.pageInfo.hasNextPage).toBe(true)
    const before = api.queryCount()
    const rest = await read(4, one.agents.pageInfo.endCursor)
    expect(api.queryCount() - before).toBeLessThanOrEqual(3) // the page, the times and, once a second, the configuration
    expect(ids(rest)).toEqual(['bea', 'cid', 'dan', 'eva'])
    const { errors } = await api.ask(lead, page, { first: 4, after: 'nonsense' })
    expect(errors).toMatchObject([{ extensions: { code: 'cursor_invalid' } }])
  })

  it('are the only possible assignees until they retire', async () => {
    const ticketId = await ticketOf('t3')
    const assign = `mutation ($input: AssignTicketInput!) { assignTicket(input: $input) {
      position repeated ticket { assignee { personId: userId } } userErrors { code field } } }`
    const give = async (commandId: string, id: string) =>
      (await api.dataOf(lead, assign, { input: { commandId, ticketId, assignee: { id } } }))['assignTicket']
    expect(await give('g1', 'ghost')).toMatchObject({
      position: null,
      userErrors: [{ code: 'AGENT_NOT_FOUND', field: 'assignee' }],
    })
    await api.dataOf(lead, register, { input: { commandId: 'r2', agentId: 'gil', name: 'Gil' } })
    expect(await give('g2', 'gil')).toMatchObject({ ticket: { assignee: { personId: 'gil' } }, userErrors: [] })
    const retire = 'mutation { retireAgent(input: { commandId: "x1", agentId: "gil" }) { userErrors { code } } }'
    expect(await api.dataOf(lead, retire)).toEqual({ retireAgent: { userErrors: [] } })
    expect(await give('g2', 'gil')).toMatchObject({ repeated: true, userErrors: [] })
    expect(await give('g3', 'ann')).toMatchObject({ userErrors: [] })
    expect(await give('g4', 'gil')).toMatchObject({ userErrors: [{ code: 'AGENT_RETIRED', field: 'assignee' }] })
  })

  it('are named on the ticket by their profile unless the command names them', async () => {
    const ticketId = await ticketOf('t4')
    const assign = `mutation ($input: AssignTicketInput!) { assignTicket(input: $input) {
      repeated ticket { assignee { personId: userId name email } } userErrors { code field } } }`
    const give = async (commandId: string, assignee: object) =>
      (await api.dataOf(lead, assign, { input: { commandId, ticketId, assignee } }))['assignTicket']
    const profile = { agentId: 'hal', name: 'Hal Martin', email: 'hal@desk.example' }
    await api.dataOf(lead, register, { input: { commandId: 'r3', ...profile } })
    const queriesBefore = api.queryCount()
    expect(await give('n1', { id: 'hal' })).toEqual({
      repeated: false,
      ticket: { assignee: { personId: 'hal', name: 'Hal Martin', email: 'hal@desk.example' } },
      userErrors: [],
    })
    const unnamed = api.queryCount() - queriesBefore
    await give('n2', { id: 'ann' })
    expect(await give('n3', { id: 'hal', name: 'H. M.' })).toMatchObject({
      ticket: { assignee: { name: 'H. M.', email: 'hal@desk.example' } },
    })
    const before = api.queryCount()
    expect(await give('n4', { id: 'ann', name: 'A.', email: 'a@desk.example' })).toMatchObject({
      ticket: { assignee: { name: 'A.', email: 'a@desk.example' } },
    })
    expect(api.queryCount() - before).toBeLessThanOrEqual(unnamed)
    const change = `mutation { changeAgent(input: { commandId: "n5", agentId: "hal", name: "Hal Roy" }) { userErrors { code } } }`
    expect(await api.dataOf(lead, change)).toEqual({ changeAgent: { userErrors: [] } })
    expect(await give('n1', { id: 'hal' })).toMatchObject({ repeated: true, userErrors: [] })
  })

  it('lose the fields of their profile that are null, and keep those that are missing', async () => {
    const change = `mutation ($input: ChangeAgentInput!) { changeAgent(input: $input) {
      agent { name level team centre } userErrors { code field message } } }`
    const send = async (commandId: string, changes: object) =>
      (await api.dataOf(lead, change, { input: { commandId, agentId: 'ann', ...changes } }))['changeAgent']
    expect(await send('c1', { team: 'supervisors', centre: 'paris' })).toMatchObject({
      agent: { team: 'supervisors', centre: 'paris' },
    })
    expect(await send('c4', { team: 'night' })).toMatchObject({
      userErrors: [{ code: 'TEAM_UNKNOWN', field: 'team', message: expect.stringContaining('night') }],
    })
    expect(await send('c5', { specialities: ['astrology'] })).toMatchObject({
      userErrors: [{ code: 'CATEGORY_UNKNOWN', field: 'specialities.0' }],
    })
    expect(await send('c2', { team: null, level: null })).toMatchObject({
      agent: { name: 'Ann', level: 2, team: null, centre: 'paris' },
      userErrors: [],
    })
    expect(await send('c3', { team: '' })).toMatchObject({
      userErrors: [{ code: 'INVALID_COMMAND', field: 'team', message: expect.stringMatching(/^team: /) }],
    })
  })

  it('see only their own times, while supervisors see those of all', async () => {
    const query = `{ agent(id: "ann") { ${times} } }`
    expect(await api.dataOf({ id: 'bob', role: 'agent' }, query)).toEqual({ agent: { timeInAvailability: null } })
    for (const as of [ann, lead, { id: 'ines', role: 'auditor' }] as const) {
      const { agent } = await api.dataOf(as, query)
      expect((agent as { timeInAvailability: unknown[] }).timeInAvailability).toContainEqual({
        availability: 'AVAILABLE',
      })
    }
  })
})
