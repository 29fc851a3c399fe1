import { readFile } from 'node:fs/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import {
  ada,
  ana,
  gateway,
  ines,
  mutate,
  nextCommandId,
  openTicket,
  sam,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

const lines: string[] = []
const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
const api = useApi({ beforeAll, afterAll }, { log })
const example = parse(
  await readFile(new URL('../../../../../examples/configuration/desk.yaml', import.meta.url), 'utf8'),
) as Record<string, unknown>

const entity = 'configuration { version name state effectiveFrom comment appliedBy { actorId: userId } }'
const apply = (input: Record<string, unknown>, as = ada) => mutate(api, as, 'applyConfiguration', input, entity)

describe('before anything was applied', () => {
  it('lets an operation read all versions once, but not repeatedly', async () => {
    const times = (n: number, field: string) =>
      `{ ${Array.from({ length: n }, (_, i) => `a${i}: ${field}`).join(' ')} }`
    for (const field of [
      'configurationHistory(first: 1) { nodes { version } }',
      'configuration { version }',
      'calendars { name }',
    ]) {
      await api.dataOf(ana, times(10, field))
      const { errors } = await api.ask(ana, times(21, field))
      expect(errors).toMatchObject([{ extensions: { code: 'too_complex' } }])
    }
    await api.dataOf(ana, '{ configurationHistory(first: 100) { nodes { version document } } }')
  })

  it('has the default configuration in force', async () => {
    const { configuration, configurationHistory } = await api.dataOf(
      ana,
      '{ configuration { version name state effectiveFrom appliedBy { actorId: userId } plans document } configurationHistory(first: 5) { nodes { version } } }',
    )
    expect(configuration).toMatchObject({
      version: 0,
      name: 'guichet-default-4',
      state: 'IN_FORCE',
      effectiveFrom: null,
      appliedBy: null,
      plans: ['standard', 'priority', 'urgent', 'premium'],
      document: { thresholds: { chaseAfter: ['3d', '5d'] } },
    })
    expect(configurationHistory).toEqual({ nodes: [] })
  })

  it('shows everybody the categories in their language, and their settings only to the desk', async () => {
    const query = (language: string) =>
      `{ categories(language: "${language}") { path label parent priority escalateTo } }`
    const { categories } = (await api.dataOf(zoe, query('fr-CA'))) as { categories: unknown[] }
    expect(categories).toHaveLength(30)
    expect(categories).toContainEqual({
      path: 'technical_support',
      label: 'Problèmes techniques',
      parent: null,
      priority: null,
      escalateTo: null,
    })
    expect(categories).toContainEqual(expect.objectContaining({ label: 'login_issues', parent: 'technical_support' }))
    expect((await api.dataOf(ana, query('en')))['categories']).toContainEqual({
      path: 'technical_support',
      label: 'Technical problems',
      parent: null,
      priority: 'HIGH',
      escalateTo: 'technical_specialists',
    })
  })
})

describe('an administrator', () => {
  it('gets every fault of a document in one answer', async () => {
    const { userErrors, position } = await apply({ document: { plans: ['A b'], planz: [], sla: 1 } })
    expect(position).toBeNull()
    expect(userErrors.map(({ code, field }) => [code, field])).toEqual([
      ['INVALID_COMMAND', 'document.plans.0'],
      ['INVALID_COMMAND', 'document.sla'],
      ['INVALID_COMMAND', 'document.planz'],
    ])
    let deep: unknown = []
    for (let level = 0; level < 50; level++) deep = [deep]
    expect((await apply({ document: { categories: deep } })).userErrors).toMatchObject([{ field: 'document' }])
  })

  it('applies a configuration, which the next command follows', async () => {
    const commandId = nextCommandId()
    const applied = await apply({ document: example, commandId, expectedVersion: 0, comment: 'Our own' })
    expect(applied).toMatchObject({
      userErrors: [],
      version: 1,
      repeated: false,
      configuration: { version: 1, state: 'IN_FORCE', comment: 'Our own', appliedBy: { actorId: 'ada' } },
    })
    expect(await apply({ document: example, commandId, expectedVersion: 0, comment: 'Our own' })).toMatchObject({
      repeated: true,
      configuration: { version: 1 },
    })
    expect(await apply({ document: example })).toMatchObject({ position: null, configuration: { version: 1 } })
    expect(
      await apply({ document: { ...example, plans: ['standard', 'premium', 'gold'] }, expectedVersion: 0 }),
    ).toMatchObject({
      userErrors: [{ code: 'VERSION_CONFLICT' }],
      configuration: null,
    })
    const { policy } = await api.dataOf(ana, '{ policy { version } }')
    expect(policy).toEqual({ version: 'configuration-1' })
  })

  it('cannot apply a version in the past unless it is retroactive', async () => {
    const document = { ...example, objectives: { firstResponse: '3h' } }
    const past = { document, effectiveFrom: '2020-01-01T00:00:00Z' }
    expect(await apply(past)).toMatchObject({ userErrors: [{ code: 'EFFECTIVE_IN_THE_PAST', field: 'effectiveFrom' }] })
  })

  it('exports a document that can be applied again without a change', async () => {
    const { configuration } = (await api.dataOf(ada, '{ configuration { document } }')) as {
      configuration: { document: unknown }
    }
    expect(await apply({ document: configuration.document })).toMatchObject({ position: null, userErrors: [] })
  })

  it('reads a version by its number and by an instant', async () => {
    const read = async (args: string) =>
      await api.dataOf(
        ines,
        `{ configuration(${args}) { version } configurationHistory(first: 1) { nodes { version comment } } }`,
      )
    expect(await read('version: 0')).toEqual({
      configuration: { version: 0 },
      configurationHistory: { nodes: [{ version: 1, comment: 'Our own' }] },
    })
    expect(await read('at: "2020-01-01T00:00:00Z"')).toMatchObject({ configuration: { version: 0 } })
    expect(await read('version: 9')).toMatchObject({ configuration: null })
    const { errors } = await api.ask(ines, '{ configuration(version: 1, at: "2020-01-01T00:00:00Z") { version } }')
    expect(errors[0]?.extensions.code).toBe('malformed_input')
  })

  it('lists all versions, page by page, the newest first', async () => {
    const pageInfo = 'pageInfo { hasNextPage hasPreviousPage endCursor }'
    type Page = {
      readonly nodes: readonly { readonly version: number }[]
      readonly pageInfo: { readonly endCursor: string }
    }
    const page = async (args: string): Promise<Page> =>
      (await api.dataOf(ada, `{ list: configurationHistory(${args}) { nodes { version } ${pageInfo} } }`))[
        'list'
      ] as Page
    const all = (await page('first: 100')).nodes.map(({ version }) => version)
    expect(all).toEqual(all.map((_, index) => all.length - index))
    for (let after = '', read = 0; read < all.length; read++) {
      const next = await page(`first: 1${after}`)
      expect(next).toMatchObject({
        nodes: [{ version: all[read] }],
        pageInfo: { hasPreviousPage: read > 0, hasNextPage: read < all.length - 1 },
      })
      after = `, after: "${next.pageInfo.endCursor}"`
    }
    expect((await page('last: 1')).nodes).toEqual([{ version: 1 }])
  })
})

describe('a ticket', () => {
  const promised = async (ticketId: string, as: Bearer = ana) =>
    (
      await api.dataOf(
        as,
        `{ ticket(id: "${ticketId}") { priority plan slaTargets(first: 9) { nodes { target cycle state since dueAt timeLeft policy calendar policyVersion } } } }`,
      )
    )['ticket'] as { slaTargets: { nodes: Record<string, unknown>[] } }

  it('has the priority of its category, and the plan of the customer’s token', async () => {
    const premium: Bearer = { ...zoe, id: 'zoe-premium', plan: 'premium' }
    const ticketId = await openTicket(api, premium, { category: 'technical/outage' })
    expect(await promised(ticketId)).toMatchObject({
      priority: 'URGENT',
      plan: 'premium',
      slaTargets: {
        nodes: [
          { target: 'FIRST_RESPONSE', cycle: 1, state: 'PENDING', policy: 'premium-urgent', calendar: null },
          { target: 'RESOLUTION', policyVersion: 'configuration-1' },
          { target: 'UPDATE', cycle: 1, state: 'PENDING', policy: 'premium-urgent' },
        ],
      },
    })
    const [first] = (await promised(ticketId)).slaTargets.nodes
    expect(Date.parse(String(first?.['dueAt'])) - Date.parse(String(first?.['since']))).toBe(900_000)
    expect(await promised(ticketId, premium)).toMatchObject({ plan: null, slaTargets: { nodes: [] } })
  })

  it('has the priority that its customer chose among those allowed to customers', async () => {
    const { customerPriorities } = await api.dataOf(zoe, '{ customerPriorities }')
    expect(customerPriorities).toEqual(['LOW', 'NORMAL', 'HIGH'])
    const mine = { subject: 'x', body: 'y' }
    const { userErrors } = await mutate(api, zoe, 'openTicket', { ...mine, priority: 'URGENT' })
    expect(userErrors).toMatchObject([{ code: 'PRIORITY_NOT_FOR_CUSTOMERS', field: 'priority' }])
    expect(await promised(await openTicket(api, zoe, { priority: 'HIGH' }))).toMatchObject({ priority: 'HIGH' })
    const forZoe = { customer: { id: 'zoe' }, priority: 'URGENT' }
    expect(await promised(await openTicket(api, ana, forZoe))).toMatchObject({ priority: 'URGENT' })
  })

  it('has the plan given by staff and services, while customers cannot give one', async () => {
    const customer = { id: 'max' }
    for (const as of [ana, gateway]) {
      const ticketId = await openTicket(api, as, { customer, plan: 'premium' })
      expect(await promised(ticketId)).toMatchObject({ plan: 'premium' })
    }
    const { errors } = await api.ask(
      zoe,
      'mutation { openTicket(input: { commandId: "own-plan", subject: "x", body: "y", plan: "premium" }) { position } }',
    )
    expect(errors[0]?.extensions.code).toBe('forbidden')
    expect(await promised(await openTicket(api, zoe))).toMatchObject({ plan: null })
  })

  it('keeps a plan that the desk does not have, marks it as unknown, and logs it once', async () => {
    const gold: Bearer = { ...zoe, id: 'zoe-gold', plan: 'gold' }
    const opened = [await openTicket(api, gold), await openTicket(api, gold)]
    const shown = async (as: Bearer, id = opened[0]) =>
      (await api.dataOf(as, `{ ticket(id: "${id}") { plan planKnown } }`))['ticket']
    expect(await shown(ana)).toEqual({ plan: 'gold', planKnown: false })
    expect(await shown(gold)).toEqual({ plan: null, planKnown: null })
    const premium = await openTicket(api, ana, { customer: { id: 'max' }, plan: 'premium' })
    expect(await shown(ana, premium)).toEqual({ plan: 'premium', planKnown: true })
    const logged = lines.map((line) => JSON.parse(line) as { msg: string; plan?: string }).filter(({ plan }) => plan)
    expect(logged).toMatchObject([{ plan: 'gold', msg: 'a token claims a plan that the configuration does not name' }])
    const wrong = await mutate(api, gateway, 'openTicket', {
      subject: 'x',
      body: 'y',
      customer: { id: 'max' },
      plan: 'gold',
    })
    expect(wrong.userErrors).toMatchObject([{ code: 'PLAN_UNKNOWN', field: 'plan' }])
  })

  it('shows the time left while its clocks are paused', async () => {
    const ticketId = await openTicket(api, ana, { customer: { id: 'max' }, plan: 'premium', priority: 'URGENT' })
    await mutate(api, sam, 'pauseClocks', { ticketId, reason: 'supplier' })
    const { nodes: slaTargets } = (await promised(ticketId)).slaTargets
    expect(slaTargets).toMatchObject([{ state: 'PAUSED', dueAt: null }, { state: 'PAUSED' }, { state: 'PAUSED' }])
    expect(slaTargets[0]?.['timeLeft']).toBeGreaterThan(800_000)
    expect(slaTargets[0]?.['timeLeft']).toBeLessThanOrEqual(900_000)
  })
})
