import { expect, it } from 'vitest'
import type { ConfigurationInput, Desk } from '@guichet/domain'
import { configurationSchema, hours, importCorrelation, instant, later } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { ClockStateChange } from './clock-states.ts'

const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
const opened = instant('2026-03-27T09:00:00Z')

async function open(desk: Desk, id: string, correlationId?: string): Promise<void> {
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
  await desk.execute('ticket', id, opening, { ...agent, at: opened, ...(correlationId && { correlationId }) })
}

const promising = (firstResponse: string): ConfigurationInput => ({
  teams: [{ name: 'supervisors' }],
  sla: { policies: [{ name: 'all', firstResponse }] },
})

async function apply(desk: Desk, configuration: ConfigurationInput, effectiveFrom = opened): Promise<void> {
  const command = {
    type: 'apply',
    configuration: configurationSchema.parse(configuration),
    effectiveFrom,
    retroactive: true,
  } as const
  expect(await desk.execute('configuration', 'desk', command, { ...agent, at: opened })).toMatchObject({ ok: true })
}

/** The read model and the changes of the clock after a story on a desk, projected with one batch per step. */
async function after(
  steps: readonly ((desk: Desk) => Promise<void>)[],
  look: (history: ProjectedHistory, reported: readonly ClockStateChange[]) => Promise<void>,
): Promise<void> {
  const desk = emptyDesk()
  const reported: ClockStateChange[] = []
  const history = await projectHistory([], { deadlineSink: async (_, changes) => void reported.push(...changes) })
  try {
    let known = 0
    for (const step of steps) {
      await step(desk)
      const all = await historyOf(desk)
      await history.project([all.slice(known)])
      known = all.length
    }
    await look(history, reported)
  } finally {
    await history.drop()
  }
}

it('moves the deadlines of open tickets when a configuration is applied, and reports them to the clock', async () => {
  const steps = [
    (desk: Desk) => open(desk, 'a'),
    (desk: Desk) => apply(desk, promising('4h')),
    (desk: Desk) => apply(desk, promising('8h'), later(opened, hours(1))),
  ]
  await after(steps, async ({ models }, reported) => {
    const due = (await models.deadlines.ofTickets(['a'])).get('a')
    expect(due).toMatchObject([{ kind: 'first_response_warning', dueAt: later(opened, hours(6)) }])
    expect(reported).toEqual([
      { stream: 'ticket-a', before: undefined, after: later(opened, hours(3)) },
      { stream: 'ticket-a', before: later(opened, hours(3)), after: later(opened, hours(6)) },
    ])
  })
})

it('gives later tickets the deadlines of the configuration', async () => {
  await after([(desk) => apply(desk, promising('4h')), (desk) => open(desk, 'b')], async ({ models }) => {
    expect((await models.deadlines.ofTickets(['b'])).get('b')).toMatchObject([{ kind: 'first_response_warning' }])
  })
})

it('leaves closed tickets alone, and keeps tickets of an import held', async () => {
  const old = importCorrelation('old')
  const steps = [
    async (desk: Desk) => {
      await open(desk, 'closed')
      await desk.execute('ticket', 'closed', { type: 'close' }, { ...agent, at: opened })
      await desk.execute(
        'import',
        'old',
        { type: 'start', source: 'x', mapping: 'x' },
        { ...agent, correlationId: old },
      )
      await open(desk, 'held', old)
    },
    (desk: Desk) => apply(desk, promising('4h')),
  ]
  await after(steps, async ({ models }, reported) => {
    expect(reported).toEqual([])
    const found = await models.deadlines.ofTickets(['closed', 'held'])
    expect(found.get('closed')).toEqual([])
    expect(found.get('held')).toMatchObject([{ kind: 'first_response_warning', heldBy: 'old' }])
  })
})

it('moves more streams than one portion', async () => {
  const ids = Array.from({ length: 2_345 }, (_, index) => `t-${index}`)
  const steps = [
    async (desk: Desk) => {
      for (const id of ids) await open(desk, id)
    },
    (desk: Desk) => apply(desk, promising('4h')),
  ]
  await after(steps, async (_, reported) => {
    expect(new Set(reported.map(({ stream }) => stream)).size).toBe(ids.length)
  })
})
