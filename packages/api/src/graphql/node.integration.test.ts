import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ada, ana, max, mutate, openTicket, sam, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const nodeTypes = [
  'Agent',
  'AuditEntry',
  'Calendar',
  'Category',
  'Configuration',
  'Deadline',
  'Escalation',
  'Incident',
  'IncidentEvent',
  'Message',
  'Notification',
  'QueuedTicket',
  'Recipient',
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
    configurationHistory(first: 10) { nodes { id } } calendars { id } then: calendars(at: "2100-01-01T00:00:00Z") { id }
    deadlines(first: 10, dueBefore: "2100-01-01T00:00:00Z") { nodes { id } } categories { id } en: categories(language: "en") { id } viewer { recipient { id } }
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
      calendars: { office: { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } } },
      categories: [{ name: 'billing', label: { fr: 'Facturation', en: 'Billing' } }],
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

  it('has another id where it depends on an argument: a language, an instant', async () => {
    const data = (await api.dataOf(
      ana,
      `{ fr: categories(language: "fr") { id label } en: categories(language: "en") { id label } own: categories { id }
        now: calendars { id name } then: calendars(at: "2100-01-01T00:00:00Z") { id name isOpen } }`,
    )) as Readonly<Record<string, readonly { readonly id: string; readonly label: string; readonly name: string }[]>>
    expect(data['fr']).toMatchObject([{ label: 'Facturation' }])
    expect(data['en']).toMatchObject([{ label: 'Billing' }])
    const query = 'query ($id: ID!) { node(id: $id) { id ... on Category { label } ... on Calendar { name } } }'
    for (const each of [...(data['fr'] ?? []), ...(data['en'] ?? [])]) {
      expect(await api.dataOf(ana, query, { id: each.id })).toEqual({ node: each })
    }
    const ids = Object.values(data).flatMap((list) => list.map(({ id: each }) => each))
    expect(new Set(ids).size).toBe(ids.length - 1)
    expect((data['now'] ?? []).map(({ name }) => name)).toContain('office')
    const [id = ''] = (data['then'] ?? []).flatMap(({ id: each, name }) => (name === 'office' ? [each] : []))
    expect(await api.dataOf(ana, query, { id })).toMatchObject({ node: { name: 'office' } })
  })

  it('has an id without the version for customers, which finds the same categories under a later one', async () => {
    const query = '{ categories(language: "fr") { id label } }'
    const ofNode = 'query ($id: ID!) { node(id: $id) { id ... on Category { label } } }'
    type Listed = { readonly categories: readonly { readonly id: string; readonly label: string }[] }
    const [ofDesk] = ((await api.dataOf(ana, query)) as Listed).categories
    const version = ofDesk?.id.split('~')[1] ?? ''
    const { policy } = await api.dataOf(ana, '{ policy { version } }')
    expect(policy).toEqual({ version })
    const [own] = ((await api.dataOf(zoe, query)) as Listed).categories
    expect(own?.label).toBe(ofDesk?.label)
    expect(own?.id).not.toContain(version)
    for (const as of [zoe, max]) expect(await api.dataOf(as, ofNode, { id: own?.id })).toEqual({ node: own })
    // Whoever could find a version by its name could count the versions.
    expect(await api.dataOf(zoe, ofNode, { id: ofDesk?.id })).toEqual({ node: null })
    expect(await api.dataOf(zoe, ofNode, { id: own?.id.replace('~fr', '~en') })).toMatchObject({
      node: { label: 'Billing' },
    })
    const { configuration } = (await api.dataOf(ana, '{ configuration { document } }')) as {
      readonly configuration: { readonly document: Readonly<Record<string, unknown>> }
    }
    const document = { ...configuration.document, plans: ['standard', 'premium', 'priority', 'urgent', 'gold'] }
    const applied = await mutate(api, ada, 'applyConfiguration', { document }, 'configuration { name }')
    expect(applied).toMatchObject({ userErrors: [] })
    expect(applied).not.toMatchObject({ configuration: { name: version } })
    expect(await api.dataOf(zoe, ofNode, { id: own?.id })).toEqual({ node: own })
  })

  it('is found as the settings of the viewer, by the id that a change returns', async () => {
    const changed = await mutate(api, zoe, 'changePreference', { preference: 'NONE' }, 'recipient { id preference }')
    expect(changed).toMatchObject({ recipient: { id: 'Recipient~zoe', preference: 'NONE' } })
    expect(await api.dataOf(zoe, '{ viewer { recipient { id } } }')).toEqual({
      viewer: { recipient: { id: 'Recipient~zoe' } },
    })
    const query = '{ node(id: "Recipient~zoe") { ... on Recipient { preference } } }'
    expect(await api.dataOf(zoe, query)).toEqual({ node: { preference: 'NONE' } })
    expect(await api.dataOf(sam, query)).toEqual({ node: null })
  })

  it('is a node only to callers who may read the list', async () => {
    const seen = new Set((await nodesFor(zoe, ids)).flatMap((node) => node?.type ?? []))
    expect([...seen].sort()).toEqual(['Message', 'Ticket'])
    const ofMax = (await nodesFor(max, ids)).flatMap((node) => node?.type ?? [])
    expect([...new Set(ofMax)]).toEqual([])
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
      'Calendar',
      'Category',
      'Configuration',
      'CustomerAlert',
      'Deadline',
      'Recipient',
      'Escalation',
      'IncidentEvent',
      'Message',
      'Notification',
      'QueuedTicket',
      'SlaTargetRecord',
      'Team',
    ]
    const known = new Set(['Configuration~1'])
    for (const type of types) {
      const malformed = ['', '~', '~~', 'x', '1', '\u0000', 'x~-1', 'i1~99', 'i1~0', '1~x~office', '1~now~none']
        .map((own) => `${type}~${own}`)
        .filter((each) => !known.has(each))
      expect((await nodesFor(sam, malformed)).filter(Boolean)).toEqual([])
    }
  })
})
