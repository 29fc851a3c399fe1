import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { configurationSchema, hours, instant, later, priorities, slaTargets, supportLevels } from '@guichet/domain'
import type { ReadModels } from '../read-models.ts'
import type { TermsFilter } from '../reading/terms.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { TicketFilter } from '../tickets/ticket-query.ts'
import type { SlaFigures, SlaTargetFilter } from './sla-query.ts'

const dimensions = ['category', 'team', 'level', 'centre', 'priority', 'plan'] as const
type Dimension = (typeof dimensions)[number]

/** The list filter that finds the targets of a figure; `open` where the figure counts open targets. */
const countedBy: Readonly<Record<Exclude<keyof SlaFigures, 'share'>, SlaTargetFilter>> = {
  onTime: { state: ['PENDING'], open: true },
  aboutToBreach: { state: ['IMMINENT_BREACH'], open: true },
  breached: { state: ['BREACHED'], open: true },
  paused: { state: ['PAUSED'], open: true },
  met: { state: ['ACHIEVED'] },
  missed: { state: ['BREACHED'] },
  cancelled: { state: ['CANCELLED'] },
}
const figures = Object.keys(countedBy) as (keyof typeof countedBy)[]

/** The terms of a group, within those of the dashboard. */
function partsOf(group: string | null, by: Dimension, asked: TermsFilter): TermsFilter {
  if (by === 'level') return { ...asked, level: supportLevels.filter((level) => String(level) === group) }
  return { ...asked, [by]: [group] }
}

const begun = instant('2026-03-27T09:00:00Z')
const at = (hour: number): Instant => later(begun, hours(hour))
const agent = { kind: 'agent', id: 'jo' } as const
const clock = { kind: 'system', id: 'clock' } as const
const agents = { jo: 'paris', li: 'montreal', mo: undefined, gone: 'paris' } as const
const categories = ['bill', 'bill/late', 'bill/late/twice', 'bill/wrong', 'billing', 'login'] as const
const promising = configurationSchema.parse({
  teams: [{ name: 'supervisors' }, { name: 'experts' }],
  plans: ['gold'],
  categories: [
    { name: 'bill', subcategories: [{ name: 'late', subcategories: [{ name: 'twice' }] }, { name: 'wrong' }] },
    { name: 'billing' },
    { name: 'login' },
  ],
  sla: {
    policies: [{ name: 'all', firstResponse: '6h', nextResponse: '2h', resolution: '8h', update: '5h', warnAt: 0.2 }],
  },
})

type Case = typeof cases extends fc.Arbitrary<readonly (infer C)[]> ? C : never
const cases = fc.array(
  fc.record({
    open: fc.record(
      {
        category: fc.constantFrom(...categories),
        priority: fc.constantFrom(...priorities),
        plan: fc.constant('gold'),
      },
      { requiredKeys: ['priority'] },
    ),
    hour: fc.nat(5),
    fates: fc.array(
      fc.constantFrom(
        'experts',
        'upwards',
        'assigned',
        'wish',
        'replied',
        'waits',
        'closed',
        'spam',
        'again',
        'rings',
        'rings',
        'rings',
        'rings',
      ),
      { maxLength: 4 },
    ),
    to: fc.constantFrom(...(Object.keys(agents) as (keyof typeof agents)[])),
  }),
  { minLength: 25, maxLength: 25 },
)

const fated = (to: string): Readonly<Record<Exclude<Case['fates'][number], 'rings'>, TicketCommandInput>> => ({
  experts: { type: 'escalate', team: 'experts', reason: 'x' },
  upwards: { type: 'escalate', level: 3, team: 'supervisors', reason: 'x' },
  assigned: { type: 'assign', assignee: { id: to } },
  wish: { type: 'handOverToProduct' },
  replied: { type: 'agentReply', body: 'x' },
  waits: { type: 'waitForCustomer' },
  closed: { type: 'close', reason: 'solved' },
  spam: { type: 'markSpam' },
  again: { type: 'customerReply', body: 'x' },
})

/** No event is later, and no query is earlier. */
const last = at(9)

async function happens(desk: Desk, { open, hour, fates, to }: Case, number: number): Promise<void> {
  const id = `t-${number}`
  const customer = { id: 'c-1' }
  await desk.execute(
    'ticket',
    id,
    { type: 'open', subject: 'x', body: 'y', customer, ...open },
    { by: agent, at: at(hour) },
  )
  for (const [index, fate] of fates.entries()) {
    const when = at(hour + index + 1)
    const by = fate === 'again' ? ({ kind: 'customer', id: 'c-1' } as const) : agent
    if (fate !== 'rings') await desk.execute('ticket', id, fated(to)[fate], { by, at: when })
    const [due] = fate === 'rings' ? (await desk.clockState(`ticket-${id}`)).deadlines : []
    if (due && due.dueAt <= last)
      await desk.execute('ticket', id, { type: 'fire', ...due }, { by: clock, at: due.dueAt })
  }
}

const part: fc.Arbitrary<TermsFilter> = fc.oneof(
  fc.constant({}),
  fc.record({
    category: fc.constantFrom([null], ['bill'], ['bill/late'], ['bill', null], ['bil', 'bill', 'bill/late', 'login']),
  }),
  fc.record({ priority: fc.constantFrom(['urgent'] as const, ['low', 'normal', 'high'] as const) }),
  fc.record({ level: fc.constantFrom([1] as const, [2, 3] as const) }),
  fc.record({ team: fc.constantFrom(['supervisors'], [null], ['supervisors', null]) }),
  fc.record({ plan: fc.constantFrom(['gold'], [null]) }),
  fc.record({ centre: fc.constantFrom(['paris'], [null], ['paris', 'montreal']) }),
)
const question = fc.record({
  now: fc.constantFrom(9, 9.5, 10, 10.5, 11).map(at),
  target: fc.constantFrom(...slaTargets),
  asked: fc.tuple(part, part).map(([one, other]) => ({ ...one, ...other })),
})

const seen = new Set<string>()

type Question = typeof question extends fc.Arbitrary<infer Q> ? Q : never

async function agree(models: ReadModels, { target, asked, now }: Question, by: Dimension): Promise<void> {
  const filter = { ...asked, target: [target] }
  const { groups } = await models.sla.dashboard({ filter, period: {}, by }, now)
  for (const { key, figures: counted } of groups) {
    const parts = partsOf(key, by, asked)
    // The group of a category itself, within a dashboard of it, contains what is in none of its subcategories.
    const below = groups.flatMap((each) =>
      by === 'category' && key !== null && each.key?.startsWith(`${key}/`) ? [each.key] : [],
    )
    const not = below.length > 0 ? { not: { category: below } } : {}
    for (const figure of figures) {
      const sla = { target: { ...countedBy[figure], target: [target] }, now }
      const list = async (conditions: TicketFilter) =>
        (await models.tickets.list(conditions, { by: 'openedAt', direction: 'desc' }, { limit: 100 }, 'all')).rows.map(
          ({ row }) => row.id,
        )
      const targets = await models.sla.list({ ...parts, ...sla.target }, { limit: 100 }, now)
      const found = targets.rows.filter(({ row }) => !below.some((path) => `${row.category}/`.startsWith(`${path}/`)))
      expect([by, key, figure, found.length]).toEqual([by, key, figure, counted[figure]])
      const byTargets = await list({ sla: { target: { ...parts, ...sla.target }, now }, ...not })
      expect(new Set(byTargets)).toEqual(new Set(found.map(({ row }) => row.ticketId)))
      if (countedBy[figure].open)
        expect([by, key, figure, await list({ ...parts, ...not, sla })]).toEqual([by, key, figure, byTargets])
      if (counted[figure] > 0) seen.add(figure).add(`${by} ${key === null ? 'none' : 'some'}`)
    }
  }
}

it('counts in each group what lists with the same terms find', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.array(question, { minLength: 4, maxLength: 4 }), async (happened, questions) => {
      const desk = emptyDesk()
      const sender = { by: agent, at: begun }
      await desk.execute('configuration', 'desk', { type: 'apply', configuration: promising }, sender)
      for (const [id, centre] of Object.entries(agents)) {
        await desk.execute('agent', id, { type: 'register', profile: { name: id, ...(centre && { centre }) } }, sender)
      }
      await desk.execute('agent', 'gone', { type: 'changeProfile', changes: { centre: null } }, sender)
      for (const [number, each] of happened.entries()) await happens(desk, each, number)
      const history = await projectHistory([await historyOf(desk)])
      try {
        for (const each of questions) for (const by of dimensions) await agree(history.models, each, by)
      } finally {
        await history.drop()
      }
    }),
    { numRuns: 6, seed: 7, endOnFailure: true },
  )
  for (const figure of figures) expect(seen).toContain(figure)
  for (const by of dimensions) expect(seen).toContain(`${by} some`)
  for (const by of ['category', 'team', 'centre', 'plan']) expect(seen).toContain(`${by} none`)
})
