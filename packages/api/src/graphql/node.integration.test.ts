import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ada, ana, max, mutate, openTicket, sam, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const nodeTypes = [
  'Agent',
  'AuditEntry',
  'Configuration',
  'Escalation',
  'Incident',
  'IncidentEvent',
  'Message',
  'Notification',
  'QueuedTicket',
  'SlaTargetRecord',
  'Team',
]
const malformed = nodeTypes.flatMap((type) => [`${type}~`, `${type}~x~y~z`, `${type}~-1`, `${type}~${'9'.repeat(30)}`])
const noNode = [
  '',
  'xx',
  'é',
  '{}',
  '~',
  'Ticket~',
  'Viewer~1',
  'Agent~nobody',
  'Incident~\u0000',
  'a\u0000',
  ...malformed,
]

let id: string
beforeAll(async () => {
  id = await openTicket(api, zoe)
})

describe('an id of no node', () => {
  it.each(noNode)('returns null for %j', async (bad) => {
    const { data, errors } = await api.ask(ana, 'query ($id: ID!) { node(id: $id) { id } }', { id: bad })
    expect({ data, errors }).toEqual({ data: { node: null }, errors: [] })
  })

  it('does not affect other ids of the query', async () => {
    const ids = [...noNode, id, ...noNode.slice(0, 10)]
    const { data, errors } = await api.ask(ana, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    const expected = ids.map((each) => (each === id ? { id } : null))
    expect({ data, errors }).toEqual({ data: { nodes: expected }, errors: [] })
  })
})

it('returns a node only to callers who may see it', async () => {
  const nodeOf = async (as: typeof zoe) =>
    (await api.ask(as, 'query ($id: ID!) { node(id: $id) { id } }', { id })).data?.['node']
  expect([await nodeOf(zoe), await nodeOf(max)]).toEqual([{ id }, null])
})

describe('the id of a node', () => {
  it('of a ticket is accepted by its query and mutations', async () => {
    const { ticket } = await api.dataOf(ana, 'query ($id: ID!) { ticket(id: $id) { id } }', { id })
    expect(ticket).toEqual({ id })
    expect(await mutate(api, ana, 'tagTicket', { ticketId: id, tag: 'seen' })).toMatchObject({ userErrors: [] })
  })

  it('of an agent is accepted by their query and mutations, as is their own id', async () => {
    await mutate(api, sam, 'registerAgent', { agentId: 'Ann~1', name: 'Ann' }, 'agent { id }')
    const { agents } = await api.dataOf(ana, '{ agents(first: 1) { nodes { id userId } } }')
    const node = 'Agent~Ann~1'
    expect(agents).toEqual({ nodes: [{ id: node, userId: 'Ann~1' }] })
    const query = 'query ($id: ID!) { node(id: $id) { id __typename ... on Agent { name } } agent(id: $id) { name } }'
    expect(await api.dataOf(ana, query, { id: node })).toEqual({
      node: { id: node, __typename: 'Agent', name: 'Ann' },
      agent: { name: 'Ann' },
    })
    const changed = await mutate(api, sam, 'changeAgent', { agentId: node, name: 'Anna' }, 'agent { name }')
    expect(changed).toMatchObject({ userErrors: [], agent: { name: 'Anna' } })
    await mutate(api, sam, 'registerAgent', { agentId: 'Person~ann', name: 'Ann' }, 'agent { id }')
    const assigned = await mutate(api, sam, 'assignTicket', { ticketId: id, assignee: { id: node } })
    expect(assigned).toMatchObject({ userErrors: [] })
    expect((await api.ask(zoe, 'query ($id: ID!) { node(id: $id) { id } }', { id: node })).data).toEqual({ node: null })
  })

  it('of a person is accepted wherever their own id is', async () => {
    const ticketId = 'of-zoe'
    const opening = { ticketId, subject: 'S', body: 'B', customer: { id: 'Person~zoe' } }
    expect(await mutate(api, ana, 'openTicket', opening)).toMatchObject({ userErrors: [] })
    expect((await api.ask(zoe, 'query ($id: ID!) { ticket(id: $id) { id } }', { id: ticketId })).data).toEqual({
      ticket: { id: ticketId },
    })
    await mutate(api, sam, 'registerAgent', { agentId: 'Person~ann', name: 'Ann' }, 'agent { id }')
    const assigned = await mutate(api, sam, 'assignTicket', { ticketId, assignee: { id: 'Person~ann' } })
    expect(assigned).toMatchObject({ userErrors: [] })
    const query = 'query ($ids: [ID]) { tickets(first: 5, filter: { assigneeId: $ids }) { nodes { id } } }'
    for (const given of ['ann', 'Person~ann', 'Agent~ann']) {
      expect(await api.dataOf(ana, query, { ids: [given] })).toEqual({ tickets: { nodes: [{ id: ticketId }] } })
    }
  })

  it('of an incident is accepted by its query and mutations, as is its own id', async () => {
    await mutate(
      api,
      ana,
      'declareIncident',
      { incidentId: 'i1', title: 'Down', customer: { id: 'zoe' } },
      'incident { id }',
    )
    const query = 'query ($id: ID!) { node(id: $id) { id ... on Incident { title } } incident(id: $id) { key } }'
    expect(await api.dataOf(ana, query, { id: 'Incident~i1' })).toEqual({
      node: { id: 'Incident~i1', title: 'Down' },
      incident: { key: 'i1' },
    })
    const taken = await mutate(api, ana, 'acknowledgeIncident', { incidentId: 'Incident~i1' }, 'incident { status }')
    expect(taken).toMatchObject({ userErrors: [], incident: { status: 'ACKNOWLEDGED' } })
    const { data } = await api.ask(zoe, 'query ($id: ID!) { node(id: $id) { id } }', { id: 'Incident~i1' })
    expect(data).toEqual({ node: null })
  })
})

describe('every listed item', () => {
  const listed = `{
    agents(first: 10) { nodes { id } } incidents(first: 10) { nodes { id timeline(first: 10) { nodes { id } } } }
    escalations(first: 10) { nodes { id } } queue(first: 10) { nodes { id position } } slaTargets(first: 10) { nodes { id } }
    inbox(first: 10) { nodes { id } } configuration { id teams { id } } audit(first: 10) { nodes { id } }
    tickets(first: 10) { nodes { id conversation(first: 10) { nodes { id kind } } } } }`
  const idsIn = (data: unknown): readonly string[] => JSON.stringify(data).match(/(?<="id":")[^"]+/g) ?? []
  let ids: readonly string[]
  const nodesFor = async (as: typeof zoe, wanted: readonly string[]) => {
    const { nodes } = await api.dataOf(as, 'query ($ids: [ID!]!) { nodes(ids: $ids) { type: __typename id } }', {
      ids: wanted,
    })
    return nodes as readonly ({ readonly type: string; readonly id: string } | null)[]
  }

  beforeAll(async () => {
    const document = {
      teams: [{ name: 'supervisors' }, { name: 'experts' }],
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    }
    const applied = await mutate(api, ada, 'applyConfiguration', { document }, 'configuration { id }')
    expect(applied.userErrors).toEqual([])
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, 'addNote', { ticketId, body: 'SECRET' })
    await mutate(api, ana, 'escalateTicket', { ticketId, level: 2, reason: 'hard' })
    await api.desk.engine.execute(
      'ticket',
      ticketId,
      { type: 'queue', reason: 'nobody_available', policyVersion: 'x' },
      { by: { kind: 'system', id: 'routing' } },
    )
    ids = idsIn(await api.dataOf(sam, listed))
  })

  it('is a node that its id finds', async () => {
    const nodes = await nodesFor(sam, ids)
    expect(nodes.map((node) => node?.id)).toEqual(ids)
    const types = new Set(nodes.map((node) => node?.type))
    expect([...types].sort()).toEqual([...nodeTypes, 'Ticket'])
  })

  it('is a node only to callers who may read the list', async () => {
    const seen = new Set((await nodesFor(zoe, ids)).flatMap((node) => node?.type ?? []))
    expect([...seen].sort()).toEqual(['Message', 'Ticket'])
    expect((await nodesFor(max, ids)).filter(Boolean)).toEqual([])
    const ofAgent = new Set((await nodesFor(ana, ids)).map((node) => node?.type))
    expect([...ofAgent]).not.toContain('AuditEntry')
  })

  it('does not reveal a note to customers by its id or position', async () => {
    const notes = await api.dataOf(
      ana,
      `{ tickets(first: 10) { nodes { conversation(first: 10) { nodes { id kind } } } } }`,
    )
    const hidden = (
      notes as never as { tickets: { nodes: { conversation: { nodes: { id: string; kind: string }[] } }[] } }
    ).tickets.nodes
      .flatMap(({ conversation }) => conversation.nodes)
      .filter(({ kind }) => kind === 'NOTE')
    expect(hidden).toHaveLength(1)
    expect(
      await nodesFor(
        zoe,
        hidden.map(({ id: each }) => each),
      ),
    ).toEqual([null])
  })

  it('is not found by a malformed id', async () => {
    const types = [
      'AuditEntry',
      'Configuration',
      'Escalation',
      'IncidentEvent',
      'Message',
      'Notification',
      'QueuedTicket',
      'SlaTargetRecord',
      'Team',
    ]
    const malformed = types.flatMap((type) =>
      ['', '~', '~~', 'x', '1', '\u0000', 'x~-1', 'i1~99', 'i1~0'].map((own) => `${type}~${own}`),
    )
    const known = new Set(['Configuration~1'])
    expect((await nodesFor(sam, malformed.filter((each) => !known.has(each)).slice(0, 100))).filter(Boolean)).toEqual(
      [],
    )
  })
})
