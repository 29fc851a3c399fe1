import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '@guichet/domain'
import { replayTicket } from '@guichet/desk/replay'
import { ana, ines, mutate, openTicket, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let waiting: string
let answered: string
beforeAll(async () => {
  const configuration = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    categories: [{ name: 'billing', subcategories: [{ name: 'refund' }] }],
    sla: { policies: [{ name: 'all', firstResponse: '4h', resolution: '2d' }] },
  })
  const applied = await api.desk.execute(
    'configuration',
    'desk',
    { type: 'apply', configuration },
    { by: { kind: 'agent', id: 'ana' } },
  )
  expect(applied.ok).toBe(true)
  waiting = await openTicket(api, zoe, { category: 'billing/refund' })
  answered = await openTicket(api, zoe)
  await mutate(api, ana, 'agentReply', { ticketId: answered, body: 'Bonjour' })
})

async function read(as: typeof ana, query: string): Promise<Record<string, unknown>> {
  const { data, errors } = await api.ask(as, query)
  expect(errors).toEqual([])
  return data ?? {}
}

describe('the SLA dashboard', () => {
  it('counts open targets, and the outcomes of those of the period', async () => {
    const figures = 'onTime aboutToBreach breached paused met missed cancelled share'
    const query = `{ slaDashboard(by: CATEGORY, from: "2020-01-01T00:00:00Z") { total { ${figures} } groups { key figures { onTime met } } } }`
    expect((await read(sam, query))['slaDashboard']).toEqual({
      total: { onTime: 3, aboutToBreach: 0, breached: 0, paused: 0, met: 1, missed: 0, cancelled: 0, share: 1 },
      groups: [
        { key: 'billing', figures: { onTime: 2, met: 0 } },
        { key: null, figures: { onTime: 1, met: 1 } },
      ],
    })
  })

  it('filters by a category with its subcategories', async () => {
    const query = '{ slaDashboard(by: CATEGORY, filter: { category: "billing" }) { total { onTime } groups { key } } }'
    expect((await read(ines, query))['slaDashboard']).toEqual({
      total: { onTime: 2 },
      groups: [{ key: 'billing/refund' }],
    })
  })
})

describe('the list of targets', () => {
  it('lists targets by due time in pages, with their tickets', async () => {
    const page = async (after?: string) => {
      const { slaTargets } = await read(
        ana,
        `{ slaTargets(first: 2, filter: { open: true }${after ? `, after: "${after}"` : ''}) {
          edges { cursor node { target state open ticket { ticketId: id } } } pageInfo { hasNextPage } } }`,
      )
      return slaTargets as { edges: { cursor: string; node: object }[]; pageInfo: { hasNextPage: boolean } }
    }
    const first = await page()
    expect(first.edges.map(({ node }) => node)).toEqual([
      { target: 'FIRST_RESPONSE', state: 'PENDING', open: true, ticket: { ticketId: waiting } },
      { target: 'RESOLUTION', state: 'PENDING', open: true, ticket: { ticketId: waiting } },
    ])
    expect(first.pageInfo.hasNextPage).toBe(true)
    const second = await page(first.edges[1]?.cursor)
    expect(second.edges.map(({ node }) => node)).toMatchObject([{ ticket: { ticketId: answered } }])
  })

  it('refuses an invalid filter, and a cursor of another list', async () => {
    const { errors } = await api.ask(
      ana,
      '{ slaTargets(first: 1, filter: { team: ["a\\u0000"] }) { nodes { state } } }',
    )
    expect(errors[0]).toMatchObject({
      extensions: { code: 'malformed_input' },
      message: expect.stringContaining('filter.team'),
    })
    const stale = await api.ask(ana, '{ slaTargets(first: 1, after: "e30") { nodes { state } } }')
    expect(stale.errors[0]?.extensions.code).toBe('cursor_invalid')
  })
})

it('shows the targets of a ticket with their reasons, only to the desk', async () => {
  const fields = `target state metAt pauses { from to } policy policyVersion level centre
    rule { row policy time categories plans } calendar calendarOf { kind name } why since`
  const query = `{ ticket(id: "${answered}") { slaTargets(first: 9) { nodes { ${fields} } } } }`
  type Shown = { readonly slaTargets: { readonly nodes: readonly { readonly why: string; readonly since: string }[] } }
  const [open, ended] = ((await read(ana, query))['ticket'] as Shown).slaTargets.nodes
  const rule = { row: 1, policy: 'all', categories: null, plans: null }
  expect(open).toMatchObject({
    target: 'RESOLUTION',
    state: 'PENDING',
    metAt: null,
    policyVersion: 'configuration-1',
    calendarOf: null,
  })
  expect(ended).toMatchObject({
    target: 'FIRST_RESPONSE',
    state: 'ACHIEVED',
    policy: 'all',
    rule: { ...rule, time: 14_400_000 },
    level: 1,
  })
  expect(ended?.why).toBe(
    `SLA policy all of configuration-1, row 1, for every ticket: 4h around the clock since ${ended?.since}`,
  )
  const replay = await replayTicket(api.desk, answered)
  expect(replay?.entries.find(({ type }) => type === 'TargetMet')?.why).toBe(ended?.why)
  expect(replay?.targets.map(({ why }) => why)).toEqual([open?.why])
  expect((await read(zoe, query))['ticket']).toEqual({ slaTargets: { nodes: [] } })
})

it('pages through the targets of a ticket, as it is and as it was: the open ones, then the ended ones', async () => {
  const now = new Date().toISOString()
  const targets = (args: string) =>
    `slaTargets(${args}) { nodes { id target } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
  type Shown = { readonly nodes: readonly { readonly id: string }[]; readonly pageInfo: { readonly endCursor: string } }
  const page = async (args: string): Promise<Shown> => {
    const query = `{ ticket(id: "${answered}") { ${targets(args)} asOf(at: "${now}") { ${targets(args)} } } }`
    const { slaTargets, asOf } = (await read(ana, query))['ticket'] as {
      readonly slaTargets: Shown
      readonly asOf: { readonly slaTargets: Shown }
    }
    expect(asOf.slaTargets).toEqual(slaTargets)
    return slaTargets
  }
  const first = await page('first: 1')
  expect(first).toMatchObject({ nodes: [{ target: 'RESOLUTION' }], pageInfo: { hasNextPage: true } })
  const second = await page(`first: 1, after: "${first.pageInfo.endCursor}"`)
  expect(second).toMatchObject({
    nodes: [{ target: 'FIRST_RESPONSE' }],
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  })
  expect((await page('last: 1')).nodes).toEqual(second.nodes)
  expect((await page(`last: 1, before: "${second.pageInfo.endCursor}"`)).nodes).toEqual(first.nodes)
  const [{ id } = { id: '' }] = second.nodes
  expect(await read(ana, `{ node(id: "${id}") { ... on SlaTargetRecord { target } } }`)).toEqual({
    node: { target: 'FIRST_RESPONSE' },
  })
  const refusals = { 'first: 0': 'page_size_invalid', 'first: 101': 'page_size_invalid' }
  const foreign = await read(ana, '{ slaTargets(first: 1) { pageInfo { endCursor } } }')
  const cursor = (foreign['slaTargets'] as Shown).pageInfo.endCursor
  for (const [args, code] of [...Object.entries(refusals), [`first: 1, after: "${cursor}"`, 'cursor_invalid']]) {
    const { errors } = await api.ask(ana, `{ ticket(id: "${answered}") { ${targets(args ?? '')} } }`)
    expect(errors).toMatchObject([{ extensions: { code } }])
  }
})

it('shows the same for a ticket as it was', async () => {
  const at = new Date().toISOString()
  await mutate(api, ana, 'agentReply', { ticketId: answered, body: 'Encore', then: 'WAITING_CUSTOMER' })
  const fields = '(first: 9) { nodes { target state pauses { from to } timeLeft } }'
  const query = `{ ticket(id: "${answered}") { slaTargets ${fields} asOf(at: "${at}") { slaTargets ${fields} } } }`
  expect((await read(ana, query))['ticket']).toMatchObject({
    slaTargets: {
      nodes: [{ target: 'RESOLUTION', state: 'PAUSED', pauses: [{ to: null }] }, { state: 'ACHIEVED' }],
    },
    asOf: { slaTargets: { nodes: [{ target: 'RESOLUTION', state: 'PENDING', pauses: [] }, { state: 'ACHIEVED' }] } },
  })
})

describe('the list of tickets', () => {
  const tickets = async (as: typeof ana, args: string) =>
    ((await read(as, `{ tickets(first: 9, ${args}) { nodes { ticketId: id } } }`))['tickets'] as { nodes: object[] })
      .nodes

  it('filters by targets, and orders by the next due time', async () => {
    const soon = new Date(Date.now() + 5 * 3_600_000).toISOString()
    const state = 'state: [PENDING, IMMINENT_BREACH]'
    const orderBy = 'orderBy: { by: DUE, direction: ASC }'
    expect(await tickets(ana, `filter: { sla: { ${state}, dueAt: { to: "${soon}" } } }, ${orderBy}`)).toEqual([
      { ticketId: waiting },
    ])
    expect(await tickets(ana, `filter: { sla: { state: [PAUSED] } }`)).toEqual([{ ticketId: answered }])
    expect(await tickets(ana, `filter: { sla: { target: [FIRST_RESPONSE], state: [ACHIEVED], level: [1] } }`)).toEqual([
      { ticketId: answered },
    ])
    expect(await tickets(ana, orderBy)).toEqual([{ ticketId: waiting }, { ticketId: answered }])
  })

  it('finds the tickets counted in a group of the dashboard, for a category with its subcategories', async () => {
    const first = 'target: [FIRST_RESPONSE]'
    const counted = async (by: string, filter: string) => {
      const query = `{ slaDashboard(by: ${by}, filter: { ${first}, ${filter} }) { groups { key figures { onTime } } } }`
      return ((await read(ana, query))['slaDashboard'] as { groups: object[] }).groups
    }
    const found = async (parts: string) =>
      (await tickets(ana, `filter: { ${parts}, sla: { ${first}, state: [PENDING] } }`)).length
    expect(await counted('CATEGORY', 'level: [1]')).toEqual([
      { key: 'billing', figures: { onTime: await found('level: [1], category: ["billing"]') } },
      { key: null, figures: { onTime: await found('level: [1], category: [null]') } },
    ])
    expect(await found('category: ["billing"]')).toBe(1)
    expect(await found('category: ["bill"]')).toBe(0)
    for (const none of ['plan', 'team', 'centre']) {
      const all = await found(`category: ["billing", "other"], ${none}: [null]`)
      expect(await counted(none.toUpperCase(), 'category: ["billing", "other"]')).toEqual([
        { key: null, figures: { onTime: all } },
      ])
      expect(await found(`${none}: ["x"]`)).toBe(0)
    }
  })

  it('shows customers no targets', async () => {
    const parts = ['level: [1]', 'plan: ["gold"]', 'centre: [null]', 'team: [null]', 'sla: { open: true }']
    const filters = parts.map((part) => `filter: { or: [{ not: { ${part} } }] }`)
    for (const args of [...filters, 'orderBy: { by: DUE, direction: ASC }']) {
      const { errors } = await api.ask(zoe, `{ tickets(first: 9, ${args}) { nodes { ticketId: id } } }`)
      expect(errors[0]?.extensions.code).toBe('forbidden')
    }
  })
})

it.each(['slaDashboard(by: CENTRE) { total { met } }', 'slaTargets(first: 1) { nodes { state } }'])(
  'keeps customers from %s',
  async (field) => {
    const { errors } = await api.ask(zoe, `{ ${field} }`)
    expect(errors[0]?.extensions.code).toBe('forbidden')
  },
)
