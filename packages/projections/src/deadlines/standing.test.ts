import {
  clockActor,
  defaultTicketPolicy,
  defaultWording,
  importCorrelation,
  instant,
  later,
  ticketDeadlines,
  ticketLabels,
  unchanging,
} from '@guichet/domain'
import type { RecipientEvent, TicketEvent, TicketState } from '@guichet/domain'
import { ticketEvent, ticketOpened } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import { createTicketFolding } from '../tickets/ticket-states.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { clockOf } from './clock-of.ts'
import type { Clocked } from './standing.ts'
import { changesOf, nextDue, standings } from './standing.ts'

const terms = unchanging({ policy: defaultTicketPolicy, wording: defaultWording })
const ticketClock: Clocked<TicketState> = {
  deadlines: ticketDeadlines,
  labels: ticketLabels,
}

async function standing(correlationId: string, completed: readonly string[] = []) {
  const event = ticketOpened({ priority: 'urgent' })
  const batch = [{ event, id: '1', stream: 'ticket-T1', version: 1, correlationId }] as unknown as RecordedEvent[]
  const folded = await createTicketFolding()(batch, async () => [])
  return standings(folded, new Set(completed), ticketClock, terms)
}

const due = instant('2026-03-02T11:00:00Z')

it('is due when the earliest deadline is', async () => {
  expect((await standing('request')).map(nextDue)).toEqual([due])
})

it('is not due while an import holds it', async () => {
  const held = await standing(importCorrelation('old'))
  expect(held.map(nextDue)).toEqual([undefined])
  expect(held).toMatchObject([{ heldBy: 'old', deadlines: [{ kind: 'update', dueAt: due }] }])
  expect((await standing(importCorrelation('old'), ['old'])).map(nextDue)).toEqual([due])
})

it('has changed if it is due at another instant, or under other labels, and not by anything else', async () => {
  const fold = createTicketFolding()
  const stand = async (version: number, event: TicketEvent) => {
    const batch = [{ event, id: `e${version}`, stream: 'ticket-T1', version, correlationId: 'request' }]
    return standings(await fold(batch as unknown as RecordedEvent[], async () => []), new Set(), ticketClock, terms)
  }
  const before = new Map([['ticket-T1', due]])
  const same = { stream: 'ticket-T1', before: due, after: due }
  const opened = await stand(1, ticketOpened({ priority: 'urgent' }))
  expect(changesOf(new Map(), opened)).toEqual([{ ...same, before: undefined }])
  const started = await stand(2, ticketEvent('TicketStarted', { reason: 'manual' }))
  expect(changesOf(before, started)).toEqual([same])
  expect(changesOf(before, await stand(3, ticketEvent('TicketTagged', { tag: 'vip' })))).toEqual([])
  const categorized = await stand(4, ticketEvent('TicketCategorized', { from: undefined, to: 'billing' }))
  expect(changesOf(before, categorized)).toEqual([same])
  await stand(5, ticketEvent('TicketClosed', { from: 'in_progress', reason: 'solved' }))
  const nothingDue = await stand(6, ticketEvent('TicketCategorized', { from: 'billing', to: 'account' }))
  expect(changesOf(new Map(), nothingDue)).toEqual([])
})

it('is kept of any category, by what its aggregate says of its clocks', async () => {
  const folding = createStreamFolding<RecipientEvent, number>({
    category: 'tally',
    initial: 0,
    evolve: (count) => count + 1,
  })
  const tallies = clockOf('tally', folding, {
    deadlines: (count) => (count > 2 ? [] : [{ kind: 'count', cycle: count, dueAt: later(due, count) }]),
    labels: () => ({ late: false, outstanding: false }),
  })
  const event = { type: 'LanguageChosen', at: due, by: clockActor, language: 'fr' } as const
  const batch = (...versions: readonly number[]) =>
    versions.map((version) => ({ event, stream: 'tally-1', version, correlationId: 'r' })) as unknown as RecordedEvent[]
  const standingAfter = (events: RecordedEvent[]) => tallies.standings(events, async () => [], new Set(), terms)
  const [one] = await standingAfter(batch(1))
  expect(one).toMatchObject({ stream: 'tally-1', version: 1, state: 1, deadlines: [{ kind: 'count', cycle: 1 }] })
  expect(changesOf(new Map(), one ? [one] : [])).toEqual([
    { stream: 'tally-1', before: undefined, after: later(due, 1) },
  ])
  expect((await standingAfter(batch(2, 3))).map(nextDue)).toEqual([undefined])
  expect(await standingAfter([{ ...batch(1)[0], stream: 'ticket-1' } as RecordedEvent])).toEqual([])
})
