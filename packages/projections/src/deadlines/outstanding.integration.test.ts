import { expect, it } from 'vitest'
import type { ConfigurationInput, Desk, Instant } from '@guichet/domain'
import { configurationSchema, days, importCorrelation, instant, later } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { ClockStateChange } from './clock-states.ts'

const by = { kind: 'agent', id: 'agent-1' } as const
const opened = instant('2026-03-27T09:00:00Z')
const old = importCorrelation('old')

const ticket = async (desk: Desk, id: string, command: object, correlationId?: string): Promise<void> => {
  const sender = { by, at: opened, ...(correlationId && { correlationId }) }
  expect(await desk.execute('ticket', id, command as { type: 'start' }, sender)).toMatchObject({ ok: true })
}
const open = (desk: Desk, id: string, correlationId?: string) =>
  ticket(desk, id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, correlationId)
const pause = (desk: Desk, id: string, correlationId?: string) =>
  ticket(desk, id, { type: 'pauseClocks', reason: 'strike' }, correlationId)
const promise = async (desk: Desk, firstResponse?: string): Promise<void> => {
  const input: ConfigurationInput = {
    teams: [{ name: 'supervisors' }],
    sla: { policies: firstResponse === undefined ? [] : [{ name: 'all', firstResponse }] },
  }
  const configuration = configurationSchema.parse(input)
  const apply = { type: 'apply', configuration, effectiveFrom: later(opened, -days(1)), retroactive: true } as const
  expect(await desk.execute('configuration', 'desk', apply, { by, at: opened })).toMatchObject({ ok: true })
}

type Look = {
  readonly reported: ClockStateChange[]
  readonly history: ProjectedHistory
  step(): Promise<ClockStateChange[]>
}

/** Projects the history of a desk so far, and later events at each step, each event in a batch of its own. */
async function following(desk: Desk, look: (on: Look) => Promise<void>, replaying = false): Promise<void> {
  const reported: ClockStateChange[] = []
  const deadlineSink = async (_: unknown, changes: readonly ClockStateChange[]) => void reported.push(...changes)
  const past = await historyOf(desk)
  const history = await projectHistory(
    past.map((event) => [event]),
    { deadlineSink, replaying },
  )
  let known = past.length
  const step = async () => {
    const [all, before] = [await historyOf(desk), reported.length]
    for (const event of all.slice(known)) await history.project([[event]])
    known = all.length
    return reported.slice(before)
  }
  try {
    await look({ reported, history, step })
  } finally {
    await history.drop()
  }
}

const nothingDue = { stream: 'ticket-a', before: undefined, after: undefined }
const due: Instant = later(opened, 3 * 3_600_000)

it('is reported while nothing falls due: when it begins, when its labels change, and when it ends', async () => {
  const desk = emptyDesk()
  await promise(desk, '4h')
  await open(desk, 'a')
  await following(desk, async ({ reported, history, step }) => {
    expect(reported).toEqual([{ ...nothingDue, after: due }])
    await pause(desk, 'a')
    expect(await step()).toEqual([{ ...nothingDue, before: due }])
    await ticket(desk, 'a', { type: 'categorize', category: 'billing' })
    expect(await step()).toEqual([nothingDue])
    await ticket(desk, 'a', { type: 'tag', tag: 'vip' })
    expect(await step()).toEqual([])
    history.restart()
    await ticket(desk, 'a', { type: 'close' })
    expect(await step()).toEqual([nothingDue])
    await ticket(desk, 'a', { type: 'categorize', category: 'account' })
    expect(await step()).toEqual([])
  })
})

it('is reported when a configuration adds and removes a promise on a ticket whose clocks are paused', async () => {
  const desk = emptyDesk()
  await promise(desk)
  await open(desk, 'a')
  await pause(desk, 'a')
  await following(desk, async ({ reported, step }) => {
    expect(reported).toEqual([])
    await promise(desk, '4h')
    expect(await step()).toEqual([nothingDue])
    await promise(desk)
    expect(await step()).toEqual([nothingDue])
  })
})

it('is reported when the import that held it ends, and when that import is resumed', async () => {
  const desk = emptyDesk()
  const start = { type: 'start', source: 'x', mapping: 'x' } as const
  const sender = { by, at: opened, correlationId: old }
  await promise(desk, '4h')
  await desk.execute('import', 'old', start, sender)
  await open(desk, 'a', old)
  await pause(desk, 'a', old)
  await following(desk, async ({ reported, step }) => {
    expect(reported).toEqual([])
    await desk.execute('import', 'old', { type: 'abandon' }, { by, at: opened })
    expect(await step()).toEqual([nothingDue])
    await desk.execute('import', 'old', start, sender)
    expect(await step()).toEqual([nothingDue])
  })
})

it('is reported when readers are switched to a rebuild', async () => {
  const desk = emptyDesk()
  await promise(desk, '4h')
  await open(desk, 'a')
  await pause(desk, 'a')
  const look = async ({ reported, history }: Look) => {
    await history.switched()
    expect(reported).toEqual([nothingDue])
  }
  await following(desk, look, true)
})
