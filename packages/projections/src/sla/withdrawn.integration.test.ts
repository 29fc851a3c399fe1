import { describe, expect, it } from 'vitest'
import { projectHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import { act, after, apply, at, open, promising, reply, ring, targetsOf } from '../testing/promise-story.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const bills: Step = apply({
  ...promising,
  sla: {
    policies: [
      { name: 'bills', applies: { categories: ['bill'] }, firstResponse: '4h' },
      { name: 'rest', promises: 'nothing' },
    ],
  },
})
const categorize = (category: string, hour: number): Step => act('a', { type: 'categorize', category }, hour)
const begun = [bills, open('a', { category: 'bill' }), ring('a'), categorize('login', 3.5)]
const cancelled = {
  state: 'CANCELLED',
  open: false,
  policy: 'bills',
  category: 'bill',
  warnedAt: at(3),
  dueAt: at(4),
  cancelledAt: at(3.5),
}
const period = { from: at(-1), to: at(100) }

describe('a target whose promise is withdrawn by a change of the ticket', () => {
  it('is cancelled by the change, and counted under its former terms', async () => {
    await after(begun, async (history) => {
      expect(await targetsOf(history, 'a', 9)).toMatchObject({ 'first_response 1': cancelled })
      const { groups } = await history.models.sla.dashboard({ by: 'policy', filter: {}, period }, at(9))
      expect(groups).toMatchObject([{ key: 'bills', figures: { onTime: 0, cancelled: 1 } }])
    })
  })

  it('stays cancelled whatever happens to its ticket', async () => {
    await after([...begun, act('a', reply, 5), act('a', { type: 'resolve' }, 6)], async (history) => {
      expect(await targetsOf(history, 'a', 9)).toEqual({ 'first_response 1': expect.objectContaining(cancelled) })
    })
  })

  it('resumes with its used time when it is promised again', async () => {
    await after([...begun, categorize('bill', 3.8)], async (history) => {
      const running = { state: 'IMMINENT_BREACH', open: true, dueAt: at(4), warnedAt: at(3), cancelledAt: undefined }
      expect(await targetsOf(history, 'a', 3.9)).toMatchObject({ 'first_response 1': running })
      const { groups } = await history.models.sla.dashboard({ by: 'policy', filter: {}, period }, at(3.9))
      expect(groups).toMatchObject([{ key: 'bills', figures: { aboutToBreach: 1, cancelled: 0 } }])
    })
    await after([...begun, categorize('bill', 3.8), act('a', reply, 3.9)], async (history) => {
      expect(await targetsOf(history, 'a', 9)).toMatchObject({ 'first_response 1': { state: 'ACHIEVED' } })
    })
  })

  it('is the same however history is cut', async () => {
    const steps = [...begun, categorize('bill', 3.6), categorize('login', 3.7), act('a', reply, 5)]
    const desk = emptyDesk()
    for (const step of [apply(promising), ...steps]) await step(desk)
    const whole = await projectHistory([await historyOf(desk)])
    try {
      await after(steps, async (history) => {
        const targets = await targetsOf(history, 'a', 9)
        expect(targets).toMatchObject({ 'first_response 1': { ...cancelled, cancelledAt: at(3.7) } })
        expect(await targetsOf(whole, 'a', 9)).toEqual(targets)
      })
    } finally {
      await whole.drop()
    }
  })
})
