import { defaultTicketPolicy, importCorrelation, instant } from '@guichet/domain'
import { ticketOpened } from '@guichet/domain/testing'
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

it('has changed only if it is due at another instant', async () => {
  const now = await standing('request')
  expect(changesOf(new Map([['ticket-T1', due]]), now)).toEqual([])
  expect(changesOf(new Map(), now)).toEqual([{ stream: 'ticket-T1', before: undefined, after: due }])
})
