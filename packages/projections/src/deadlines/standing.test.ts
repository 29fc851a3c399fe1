import { defaultTicketPolicy, importCorrelation, instant } from '@guichet/domain'
import type { TicketEvent } from '@guichet/domain'
import { ticketEvent, ticketOpened } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import { createTicketFolding } from '../tickets/ticket-states.ts'
import { changesOf, nextDue, standings } from './standing.ts'

async function standing(correlationId: string, completed: readonly string[] = []) {
  const event = ticketOpened({ priority: 'urgent' })
  const batch = [{ event, id: '1', stream: 'ticket-T1', version: 1, correlationId }] as unknown as RecordedEvent[]
  const folded = await createTicketFolding()(batch, async () => [])
  return standings(folded, new Set(completed), defaultTicketPolicy)
}

const due = instant('2026-03-02T11:00:00Z')

it('is due when the earliest deadline is', async () => {
  expect((await standing('request')).map(nextDue)).toEqual([due])
})

it('is not due while an import holds it', async () => {
  const held = await standing(importCorrelation('old'))
  expect(held.map(nextDue)).toEqual([undefined])
  expect(held).toMatchObject([{ heldBy: 'old', deadlines: [{ kind: 'urgent_update', dueAt: due }] }])
  expect((await standing(importCorrelation('old'), ['old'])).map(nextDue)).toEqual([due])
})

it('has changed if it is due at another instant, or under other labels, and not by anything else', async () => {
  const fold = createTicketFolding()
  const stand = async (version: number, event: TicketEvent) => {
    const batch = [{ event, id: `e${version}`, stream: 'ticket-T1', version, correlationId: 'request' }]
    return standings(await fold(batch as unknown as RecordedEvent[], async () => []), new Set(), defaultTicketPolicy)
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
