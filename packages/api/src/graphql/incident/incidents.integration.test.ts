import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, instant } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  gateway,
  ines,
  max,
  mutate,
  openEventStream,
  openTicket,
  startApi,
  tokenFor,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const entity = 'incident { incidentId: key status version }'

type Declared = { readonly incident?: { readonly incidentId: string } | null }

const act = (as: Bearer, operation: string, input: Record<string, unknown>) => mutate(api, as, operation, input, entity)
async function declare(as: Bearer, input: Record<string, unknown>): Promise<string> {
  const declared = (await act(as, 'declareIncident', { title: 'Nothing can be reached', ...input })) as Declared
  if (!declared.incident) throw new Error(JSON.stringify(declared))
  return declared.incident.incidentId
}
const reporter = { id: zoe.id, name: zoe.name, email: zoe.email }

describe('an incident', () => {
  it('is declared by a voice assistant, with its urgent ticket, and run by agents to its end', async () => {
    const id = await declare(gateway, {
      description: 'Since nine.',
      customer: reporter,
      language: 'fr',
      plan: 'premium',
      customers: [{ id: max.id, language: 'en' }],
      channel: 'PHONE',
      callBack: true,
      onSite: true,
    })
    await act(ana, 'acknowledgeIncident', { incidentId: id })
    await act(ana, 'recordCallback', { incidentId: id, note: 'Calmed down' })
    await act(ana, 'openWarRoom', { incidentId: id, place: 'Room 4' })
    await act(ana, 'dispatchTechnician', { incidentId: id, technician: { id: 'tech-1', name: 'Tom' }, site: 'Lyon' })
    await act(ana, 'confirmOnSite', { incidentId: id })
    await act(ana, 'addAffectedCustomers', { incidentId: id, customers: [{ id: 'kim' }] })
    await act(ana, 'postIncidentUpdate', { incidentId: id, message: 'We are at it.' })
    await act(ana, 'postIncidentUpdate', { incidentId: id, message: 'Disk full.', internal: true })
    const { incident } = await api.dataOf(
      ana,
      `{ incident(id: "${id}") { title description severity status channel overdue customers { customer { personId: userId } language }
        ticket { subject status priority plan tags customer { personId: userId } } page { number round agentId }
        acknowledgedBy { personId: userId name } warRoom { place } technician { person { name } site }
        deadlines { kind cycle } timeline(first: 20) { nodes { version type by { actorId: userId } text internal page } } } }`,
    )
    expect(incident).toMatchObject({
      title: 'Nothing can be reached',
      description: 'Since nine.',
      severity: 'CRITICAL',
      status: 'ACKNOWLEDGED',
      channel: 'PHONE',
      overdue: [],
      customers: [
        { customer: { personId: 'zoe' }, language: 'fr' },
        { customer: { personId: 'max' }, language: 'en' },
        { customer: { personId: 'kim' }, language: null },
      ],
      ticket: {
        subject: 'Nothing can be reached',
        priority: 'URGENT',
        plan: 'premium',
        tags: ['incident'],
        customer: { personId: 'zoe' },
      },
      page: { number: 1, round: 1, agentId: null },
      acknowledgedBy: { personId: 'ana', name: 'Ana Silva' },
      warRoom: { place: 'Room 4' },
      technician: { person: { name: 'Tom' }, site: 'Lyon' },
      deadlines: [{ kind: 'UPDATE', cycle: 1 }],
    })
    const { timeline } = incident as { timeline: { nodes: { type: string; text: string | null }[] } }
    expect(timeline.nodes.map(({ type, text }) => [type, text])).toEqual([
      ['INCIDENT_DECLARED', 'Since nine.'],
      ['ON_CALL_PAGED', null],
      ['INCIDENT_TICKET_LINKED', null],
      ['INCIDENT_ACKNOWLEDGED', null],
      ['CALLBACK_MADE', 'Calmed down'],
      ['WAR_ROOM_OPENED', 'Room 4'],
      ['TECHNICIAN_DISPATCHED', 'Lyon'],
      ['TECHNICIAN_ARRIVED', null],
      ['CUSTOMERS_AFFECTED', null],
      ['INCIDENT_UPDATE_POSTED', 'We are at it.'],
      ['INCIDENT_UPDATE_POSTED', 'Disk full.'],
    ])

    await act(ana, 'resolveIncident', { incidentId: id, summary: 'Disk replaced' })
    expect(await act(ana, 'openWarRoom', { incidentId: id, place: 'x' })).toMatchObject({
      userErrors: [{ code: 'INCIDENT_RESOLVED' }],
    })
    expect(await act(ana, 'reopenIncident', { incidentId: id, reason: 'Full again' })).toMatchObject({
      incident: { status: 'ACKNOWLEDGED' },
      userErrors: [],
    })
    await act(ana, 'resolveIncident', { incidentId: id, summary: 'A larger disk' })
    await act(ana, 'writePostMortem', { incidentId: id, body: 'Watch the disks.' })
    expect(
      await api.dataOf(
        ines,
        '{ incidents(first: 5, filter: { status: [CLOSED] }) { nodes { incidentId: key status } } }',
      ),
    ).toEqual({
      incidents: { nodes: [{ incidentId: id, status: 'CLOSED' }] },
    })
    expect(
      await api.dataOf(ines, '{ incidents(first: 5, filter: { status: [DECLARED] }) { nodes { incidentId: key } } }'),
    ).toEqual({
      incidents: { nodes: [] },
    })
  })

  it('shows to customers only in their inbox, and only the updates for them', async () => {
    const inbox = '{ inbox(first: 10) { nodes { kind message ticket { ticketId: id } incident { incidentId: key } } } }'
    const notification = (kind: string, message: string) => ({ kind, message, ticket: null, incident: null })
    expect(await api.dataOf(max, inbox)).toEqual({
      inbox: {
        nodes: [
          notification('INCIDENT_RESOLVED', "The incident 'Nothing can be reached' is resolved."),
          notification('INCIDENT_REOPENED', "The incident 'Nothing can be reached' is not over: it was reopened."),
          notification('INCIDENT_RESOLVED', "The incident 'Nothing can be reached' is resolved."),
          notification('INCIDENT_UPDATE', "Incident 'Nothing can be reached': We are at it."),
        ],
      },
    })
    const paged = await api.dataOf(ana, '{ inbox(first: 10) { nodes { kind toDesk incident { title } } } }')
    expect(paged).toMatchObject({
      inbox: {
        nodes: [
          { kind: 'INCIDENT_POST_MORTEM', toDesk: true, incident: { title: 'Nothing can be reached' } },
          { kind: 'INCIDENT_WAR_ROOM', toDesk: true, incident: { title: 'Nothing can be reached' } },
          { kind: 'INCIDENT_CALLBACK', toDesk: true, incident: { title: 'Nothing can be reached' } },
          { kind: 'ESCALATED', toDesk: true, incident: null },
          { kind: 'INCIDENT_PAGED', toDesk: true, incident: { title: 'Nothing can be reached' } },
        ],
      },
    })
  })

  it('is sent to subscribers as it happens', async () => {
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const query = 'subscription { inboxReceived { notification { kind message incident { title } } } }'
    const received = await openEventStream(`${address}/graphql`, await tokenFor(zoe), query)
    const id = await declare(ana, { customer: reporter, title: 'Down again' })
    await act(ana, 'postIncidentUpdate', { incidentId: id, message: 'Disk full.', internal: true })
    await act(ana, 'postIncidentUpdate', { incidentId: id, message: 'We are at it.' })
    type Received = { inboxReceived: { notification: { kind: string; message: string; incident: unknown } } }
    // It may begin with earlier events: an event becomes readable once no older transaction of the server is open.
    for (let isNotified = false; !isNotified;) {
      const [next] = await received.take(1)
      if (!next?.data) throw new Error(JSON.stringify(next))
      const { kind, message, incident } = (next.data as Received).inboxReceived.notification
      expect([message.includes('Disk full.'), incident]).toEqual([false, null])
      isNotified = kind === 'INCIDENT_UPDATE' && /Down again.*We are at it\./.test(message)
    }
    await received.leave()
  })

  it('makes an existing ticket urgent, and returns the first outcome for a repeat', async () => {
    const ticketId = await openTicket(api, max)
    const input = { commandId: 'declare-again', title: 'Down', ticketId }
    const first = await act(ana, 'declareIncident', input)
    const again = await act(ana, 'declareIncident', input)
    expect(again).toMatchObject({ repeated: true, userErrors: [], incident: (first as Declared).incident })
    expect(await api.dataOf(ana, `{ ticket(id: "${ticketId}") { priority } }`)).toEqual({
      ticket: { priority: 'URGENT' },
    })
  })

  it('shows overdue work with the time at which it was recorded', async () => {
    const id = 'noticed-late'
    const at = (minutes: number) => instant(new Date(Date.now() - minutes * 60_000))
    const by = { kind: 'agent', id: 'ana' } as const
    const report = { type: 'declare', title: 'Down', customer: reporter } as const
    await api.desk.execute('incident', id, report, { by, at: at(180) })
    await act(ana, 'acknowledgeIncident', { incidentId: id })
    const { incident } = await api.dataOf(
      ana,
      `{ incident(id: "${id}") { overdue timeline(first: 20) { nodes { type overdueWith over by { actorId: userId } } } } }`,
    )
    const noted = (overdueWith: string, over: boolean) => ({
      type: 'INCIDENT_OVERDUE',
      overdueWith,
      over,
      by: { actorId: 'clock' },
    })
    expect(incident).toMatchObject({
      overdue: ['UPDATE', 'WAR_ROOM'],
      timeline: {
        nodes: [
          { type: 'INCIDENT_DECLARED', over: false },
          { type: 'ON_CALL_PAGED' },
          noted('UPDATE', false),
          noted('WAR_ROOM', false),
          noted('RESPONSE', true),
          { type: 'INCIDENT_ACKNOWLEDGED' },
        ],
      },
    })
  })

  it('shows updates to the customer on its ticket, only to the desk', async () => {
    const id = await declare(ana, { customer: reporter, title: 'Down anew' })
    const by = { kind: 'system', id: 'incident' } as const
    const command = { type: 'relayUpdate', incidentId: id, postedAt: instant(new Date()) } as const
    const relayed = await api.desk.engine.execute('ticket', id, command, { by })
    if (!relayed.ok || !relayed.value.position) throw new Error('nothing was relayed')
    await api.settled(relayed.value.position)
    const query = `{ ticket(id: "${id}") { timeline(first: 20) { nodes { __typename ... on UpdateRelayed { incidentId } } } } }`
    const relayedUpdate = { __typename: 'UpdateRelayed', incidentId: id }
    expect(await api.dataOf(ana, query)).toMatchObject({
      ticket: { timeline: { nodes: expect.arrayContaining([relayedUpdate]) } },
    })
    expect(await api.dataOf(zoe, query)).toMatchObject({
      ticket: { timeline: { nodes: expect.not.arrayContaining([relayedUpdate]) } },
    })
  })

  it('cannot be declared for a customer with a plan that the desk does not have', async () => {
    const configuration = configurationSchema.parse({ plans: ['gold'] })
    await api.desk.execute(
      'configuration',
      'desk',
      { type: 'apply', configuration },
      { by: { kind: 'agent', id: 'ana' } },
    )
    expect(await act(ana, 'declareIncident', { title: 'Down', customer: reporter, plan: 'silver' })).toMatchObject({
      incident: null,
      userErrors: [{ code: 'PLAN_UNKNOWN', field: 'plan' }],
    })
  })

  it('cannot be declared on an unknown ticket, nor without a customer', async () => {
    expect(await act(ana, 'declareIncident', { title: 'Down', ticketId: 'unknown' })).toMatchObject({
      userErrors: [{ code: 'TICKET_NOT_FOUND', field: 'ticketId' }],
    })
    expect(await act(ana, 'declareIncident', { title: 'Down' })).toMatchObject({
      userErrors: [{ code: 'INVALID_COMMAND', field: 'customer' }],
    })
    expect(await act(ana, 'acknowledgeIncident', { incidentId: 'unknown' })).toMatchObject({
      userErrors: [{ code: 'INCIDENT_NOT_FOUND' }],
    })
    expect(await api.dataOf(ana, '{ incident(id: "unknown") { title } }')).toEqual({ incident: null })
  })
})

describe('the timeline of an incident', () => {
  const timeline = (id: string, page: string) =>
    `{ incident(id: "${id}") { timeline(${page}) { nodes { version } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
  type Timeline = { nodes: { version: number }[]; pageInfo: { startCursor: string; endCursor: string } }
  const read = async (id: string, page: string) =>
    ((await api.dataOf(ana, timeline(id, page))) as { incident: { timeline: Timeline } }).incident.timeline
  const versions = (nodes: Timeline['nodes']) => nodes.map(({ version }) => version)

  it('is paged from either end, and from any of its events', async () => {
    const id = await declare(gateway, { customer: reporter })
    for (let n = 0; n < 4; n++) await act(ana, 'postIncidentUpdate', { incidentId: id, message: `Update ${n}` })
    const whole = await read(id, 'first: 100')
    const all = versions(whole.nodes)
    expect(all).toEqual(all.map((_, index) => index + 1))
    expect(whole.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    const first = await read(id, 'first: 3')
    expect([versions(first.nodes), first.pageInfo]).toMatchObject([[1, 2, 3], { hasNextPage: true }])
    const then = await read(id, `first: 100, after: "${first.pageInfo.endCursor}"`)
    expect([versions(then.nodes), then.pageInfo]).toMatchObject([all.slice(3), { hasPreviousPage: true }])
    const last = await read(id, 'last: 2')
    expect([versions(last.nodes), last.pageInfo]).toMatchObject([all.slice(-2), { hasPreviousPage: true }])
    const before = await read(id, `last: 2, before: "${last.pageInfo.startCursor}"`)
    expect([versions(before.nodes), before.pageInfo]).toMatchObject([all.slice(-4, -2), { hasNextPage: true }])
    expect(versions((await read(id, `first: 5, after: "${whole.pageInfo.endCursor}"`)).nodes)).toEqual([])
  })

  it('reads no more events than an operation may', async () => {
    const id = await declare(gateway, { customer: reporter })
    for (let n = 0; n < 4; n++) await act(ana, 'postIncidentUpdate', { incidentId: id, message: `Update ${n}` })
    const narrow = await startApi(api.databaseUrl, { limits: { historyEvents: 3 } })
    const codes = async (page: string) =>
      (await narrow.ask(ana, timeline(id, page))).errors.map(({ extensions }) => extensions.code)
    expect(await codes('first: 100')).toEqual(['too_complex'])
    expect(await codes('last: 3')).toEqual([])
    await narrow.close()
  })
})
