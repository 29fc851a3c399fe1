import { expect, it } from 'vitest'
import type { RecipientEvent, TicketEvent } from '@guichet/domain'
import {
  clockActor,
  defaultTicketPolicy,
  defaultWording,
  importCorrelation,
  instant,
  later,
  ticketDeadlines,
  ticketLabels,
  constantTerms,
} from '@guichet/domain'
import { ticketEvent, ticketOpened } from '@guichet/domain/testing'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import { foldingOf } from '../streams/imports.ts'
import { createTicketFolding } from '../ticket-facts.ts'
import { changesOf, clockOf, nextDue } from './clock-states.ts'

const terms = constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })
const tickets = () =>
  clockOf('ticket', createTicketFolding(), {
    deadlines: ({ ticket }, timeline) => ticketDeadlines(ticket, timeline),
    labels: ({ ticket }, timeline) => ticketLabels(ticket, timeline),
  })
const context = () => ({ tx: {} }) as ProjectionContext

async function statesOf(correlationId: string, completed: readonly string[] = []) {
  const event = ticketOpened({ priority: 'urgent' })
  const batch = [{ event, id: '1', stream: 'ticket-T1', version: 1, correlationId }] as unknown as RecordedEvent[]
  return tickets().clockStates(batch, context(), new Set(completed), terms)
}

const due = instant('2026-03-02T11:00:00Z')

it('is due when the earliest deadline is', async () => {
  expect((await statesOf('request')).map(nextDue)).toEqual([due])
})

it('is not due while an import holds it', async () => {
  const held = await statesOf(importCorrelation('old'))
  expect(held.map(nextDue)).toEqual([undefined])
  expect(held).toMatchObject([{ heldBy: 'old', deadlines: [{ kind: 'update', dueAt: due }] }])
  expect((await statesOf(importCorrelation('old'), ['old'])).map(nextDue)).toEqual([due])
})

it('has changed if it is due at another instant or under other labels, and in no other case', async () => {
  const [clock, on] = [tickets(), context()]
  const stand = async (version: number, event: TicketEvent) => {
    const batch = [{ event, id: `e${version}`, stream: 'ticket-T1', version, correlationId: 'request' }]
    return clock.clockStates(batch as unknown as RecordedEvent[], on, new Set(), terms)
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

it('works for any category, by the clocks that its aggregate defines', async () => {
  const folding = foldingOf<RecipientEvent, number>({
    category: 'tally',
    initial: 0,
    evolve: (count) => count + 1,
  })
  const tallies = clockOf('tally', folding, {
    deadlines: ({ state: count }) => (count > 2 ? [] : [{ kind: 'count', cycle: count, dueAt: later(due, count) }]),
    labels: ({ state: count }) => (count === 0 ? undefined : { late: false, outstanding: false }),
  })
  const event = { type: 'LanguageChosen', at: due, by: clockActor, language: 'fr' } as const
  const batch = (...versions: readonly number[]) =>
    versions.map((version) => ({ event, stream: 'tally-1', version, correlationId: 'r' })) as unknown as RecordedEvent[]
  const on = context()
  const statesAfter = (events: RecordedEvent[]) => tallies.clockStates(events, on, new Set(), terms)
  const [one] = await statesAfter(batch(1))
  expect(one).toMatchObject({ stream: 'tally-1', changed: true, deadlines: [{ kind: 'count', cycle: 1 }] })
  expect(changesOf(new Map(), one ? [one] : [])).toEqual([
    { stream: 'tally-1', before: undefined, after: later(due, 1) },
  ])
  const [none] = await statesAfter(batch(2, 3))
  expect(none && nextDue(none)).toBeUndefined()
  expect(none?.changed).toBe(true)
  expect(await statesAfter(batch(4))).toMatchObject([{ changed: false, relabelled: false }])
  expect(await statesAfter([{ ...batch(1)[0], stream: 'ticket-1' } as RecordedEvent])).toEqual([])
})
