import { importCorrelation } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import {
  act,
  after,
  agent,
  apply,
  at,
  clock,
  customer,
  open,
  opened,
  promising,
  reply,
  ring,
  targetsOf,
} from '../testing/promise-story.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const every4h: Step = apply({ ...promising, sla: { policies: [{ name: 'all', update: '4h' }] } })
const project = async (steps: readonly Step[], look: (history: ProjectedHistory) => Promise<void>) =>
  after([every4h, ...steps], look)
const updates = async (history: ProjectedHistory, hour: number) =>
  (await history.models.sla.dashboard({ by: 'target', filter: {}, period: { from: at(-1), to: at(1_000) } }, at(hour)))
    .groups

describe('the updates of a ticket', () => {
  it('are successive rows: met, missed and then fulfilled, and the running one', async () => {
    const steps = [open('a'), act('a', reply, 2), ring('a'), ring('a'), act('a', reply, 8)]
    await project(steps, async (history) => {
      expect(await targetsOf(history, 'a', 9)).toMatchObject({
        'update 1': { state: 'ACHIEVED', open: false, since: opened, dueAt: at(4), metAt: at(2) },
        'update 2': { state: 'BREACHED', warnedAt: at(5), dueAt: at(6), breachedAt: at(6), answeredAt: at(8) },
        'update 3': { state: 'PENDING', open: true, since: at(8), dueAt: at(12) },
      })
      expect(await updates(history, 9)).toMatchObject([{ key: 'update', figures: { onTime: 1, met: 1, missed: 1 } }])
    })
  })

  it('are met, or fulfilled late, by an update on an incident', async () => {
    const relayed = (hour: number) =>
      act('a', { type: 'relayUpdate', incidentId: 'i', postedAt: at(hour) }, hour, clock)
    await project([open('a'), relayed(2), ring('a'), ring('a'), relayed(8)], async (history) => {
      expect(await targetsOf(history, 'a', 9)).toMatchObject({
        'update 1': { state: 'ACHIEVED', dueAt: at(4), metAt: at(2) },
        'update 2': { state: 'BREACHED', dueAt: at(6), answeredAt: at(8) },
        'update 3': { state: 'PENDING', since: at(8) },
      })
    })
  })

  it('are paused while the desk waits for the customer, and are cancelled with the ticket', async () => {
    const waits = act('a', { ...reply, then: 'waiting_customer' }, 2)
    await project([open('a'), waits], async (history) => {
      expect((await targetsOf(history, 'a', 90))['update 2']).toMatchObject({ state: 'PAUSED', pausedSince: at(2) })
    })
    const replies = act('a', { type: 'customerReply', body: 'w' }, 10, customer)
    await project([open('a'), waits, replies, act('a', { type: 'resolve' }, 11)], async (history) => {
      expect((await targetsOf(history, 'a', 90))['update 2']).toMatchObject({ state: 'CANCELLED', dueAt: at(14) })
    })
  })

  it('have no row when no policy promises them', async () => {
    await after([open('a'), act('a', reply, 2)], async (history) => {
      expect(Object.keys(await targetsOf(history, 'a', 3))).toEqual(['first_response 1', 'resolution 1'])
    })
  })

  it('have no row for history from before they were targets, except the running one', async () => {
    const desk = emptyDesk()
    for (const step of [every4h, open('a'), act('a', reply, 2), act('a', reply, 3)]) await step(desk)
    const before = (await historyOf(desk)).filter(({ event }) => event.type !== 'TargetMet')
    const history = await projectHistory([before])
    try {
      expect(Object.keys(await targetsOf(history, 'a', 4))).toEqual(['update 3'])
    } finally {
      await history.drop()
    }
  })

  it('of an imported ticket end by its log, and the running one is held until the import is complete', async () => {
    const sent = { ...clock, at: at(20), correlationId: importCorrelation('old') } as const
    const start: Step = (desk) => desk.execute('import', 'old', { type: 'start', source: 'x', mapping: 'x' }, sent)
    const replied =
      (hour: number): Step =>
      (desk) =>
        desk.execute('ticket', 'a', reply, { ...agent, at: at(hour), correlationId: sent.correlationId })
    const complete: Step = (desk) =>
      desk.execute('import', 'old', { type: 'complete', rows: 3, applied: 3, unchanged: 0, refused: 0 }, sent)
    const log = [start, open('a', { import: 'old' }), replied(2), replied(8)]
    await project(log, async (history) => {
      const targets = await targetsOf(history, 'a', 9)
      expect(targets).toMatchObject({
        'update 1': { state: 'ACHIEVED' },
        'update 2': { state: 'BREACHED', answeredAt: at(8) },
      })
      expect(targets['update 3']).toMatchObject({ held: true, dueAt: at(12) })
      expect(await updates(history, 9)).toMatchObject([{ figures: { onTime: 0, met: 1, missed: 1 } }])
    })
    await project([...log, complete], async (history) => {
      expect(await updates(history, 9)).toMatchObject([{ figures: { onTime: 1, met: 1, missed: 1 } }])
    })
  })
})
