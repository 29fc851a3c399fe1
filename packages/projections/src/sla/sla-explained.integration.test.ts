import { describe, expect, it } from 'vitest'
import type { ConfigurationInput } from '@guichet/domain'
import { termsTimelineAt } from '../streams/configuration.ts'
import { historyUntil } from '../streams/stream-folding.ts'
import { projectHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import { act, after, apply, at, open, promising, reply, targetsOf } from '../testing/promise-story.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import { targetsAt } from './queries.ts'

describe('the explanation of a deadline', () => {
  const paused = [
    open('a'),
    act('a', { type: 'pauseClocks', reason: 'supplier' }, 1),
    act('a', { type: 'resumeClocks' }, 2),
    act('a', { ...reply, then: 'waiting_customer' }, 3),
  ]

  it('names the pauses of the clock, while it runs and after it has ended', async () => {
    const spans = [
      { from: at(1), to: at(2) },
      { from: at(3), to: at(5) },
    ]
    await after(paused, async (history) => {
      const targets = await targetsOf(history, 'a', 4)
      expect(targets['first_response 1']?.pauses).toEqual([spans[0]])
      expect(targets['resolution 1']).toMatchObject({ pauses: [spans[0], { from: at(3) }], pausedSince: at(3) })
    })
    const solved: readonly Step[] = [...paused, act('a', { type: 'resolve' }, 5)]
    await after(solved, async (history) => {
      const { pauses, pausedSince, metAt } = (await targetsOf(history, 'a', 9))['resolution 1'] ?? {}
      expect({ pauses, pausedSince, metAt }).toEqual({ pauses: spans, pausedSince: undefined, metAt: at(5) })
    })
  })

  it('names the owner of its calendar, and follows the team to another', async () => {
    const everyDay = ['09:00-11:00']
    const byTeam: ConfigurationInput = {
      ...promising,
      calendars: { mornings: { timeZone: 'Etc/UTC', hours: { everyDay } } },
      teams: [{ name: 'supervisors', calendar: 'mornings' }],
      sla: { policies: [{ name: 'all', calendarOf: 'team', firstResponse: '4h' }] },
    }
    await after([apply(byTeam), open('a')], async (history) => {
      const first = (await targetsOf(history, 'a', 1))['first_response 1']
      expect(first).toMatchObject({ dueAt: at(4), calendar: undefined, calendarOf: undefined })
    })
    const escalate = act('a', { type: 'escalate', team: 'supervisors', reason: 'x' }, 1)
    await after([apply(byTeam), open('a'), escalate], async (history) => {
      expect((await targetsOf(history, 'a', 1))['first_response 1']).toMatchObject({
        dueAt: at(26),
        calendar: 'mornings',
        calendarOf: { kind: 'team', name: 'supervisors' },
      })
    })
  })

  it('is the same for a ticket at an earlier moment as the read model gave then', async () => {
    const other = (firstResponse: string, resolution: string): ConfigurationInput => ({
      ...promising,
      sla: { policies: [{ name: 'others', firstResponse, resolution }] },
    })
    const desk = emptyDesk()
    const story: readonly Step[] = [
      apply(promising),
      open('b'),
      ...paused.slice(0, 3),
      apply(other('30m', '2d'), 2.5, -1),
      ...paused.slice(3),
      act('a', { type: 'resolve' }, 5),
      act('b', { type: 'close', reason: 'other' }, 6),
      apply(other('9h', '3d'), 7, -2),
    ]
    for (const step of story) await step(desk)
    const all = await historyOf(desk)
    const versions = new Set<string | undefined>()
    for (const hour of [0, 1, 2, 2.5, 3, 5, 6, 7]) {
      const until = all.filter(({ event }) => event.at <= at(hour))
      const history = await projectHistory([until])
      try {
        for (const id of ['a', 'b']) {
          const expected = (await history.models.sla.ofTickets([id], at(hour))).get(id)
          const ofTicket = all.filter(({ stream }) => stream === `ticket-${id}`) as Parameters<typeof targetsAt>[0]
          const { targets } = targetsAt(historyUntil(ofTicket, at(hour)), termsTimelineAt(all, desk.base), at(hour))
          expect(targets).toEqual(expected)
          expect(expected?.length).toBe(2)
          for (const { policyVersion } of expected ?? []) versions.add(policyVersion)
        }
      } finally {
        await history.drop()
      }
    }
    expect([...versions].sort()).toEqual(['configuration-1', 'configuration-2'])
  })

  it('uses, for an imported ticket, the configurations that were known at the import', async () => {
    const desk = emptyDesk()
    for (const step of [apply(promising, 40, -50), open('a', { hour: -20, import: 'old' })]) await step(desk)
    const all = await historyOf(desk)
    const ofTicket = all
      .filter(({ stream }) => stream === 'ticket-a')
      .map((envelope) => ({ ...envelope, recordedAt: at(41) })) as Parameters<typeof targetsAt>[0]
    const { targets } = targetsAt(ofTicket, termsTimelineAt(all, desk.base), at(-19))
    expect(targets).toMatchObject([{ dueAt: at(-16), policyVersion: 'configuration-1' }, { dueAt: at(4) }])
  })
})
