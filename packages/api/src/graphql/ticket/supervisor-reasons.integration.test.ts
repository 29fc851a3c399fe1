import { afterAll, beforeAll, expect, it } from 'vitest'
import { replayTicket } from '@guichet/desk/replay'
import { ana, ines, mutate, openTicket, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

/** Commands of a supervisor to a ticket assigned to somebody else, with their events. */
const acts = [
  ['assignTicket', { assignee: { id: 'bob', name: 'Bob' } }, 'TicketAssigned'],
  ['changePriority', { priority: 'LOW' }, 'PriorityChanged'],
  ['categorizeTicket', { category: 'billing_support/refund_requests' }, 'TicketCategorized'],
  ['unassignTicket', {}, 'TicketUnassigned'],
  ['pauseClocks', {}, 'ClocksPaused'],
  ['resumeClocks', {}, 'ClocksResumed'],
] as const

async function ofSomebodyElse(): Promise<string> {
  const ticketId = await openTicket(api, zoe)
  await mutate(api, ana, 'assignTicket', { ticketId, assignee: { id: 'ana', name: 'Ana' } })
  return ticketId
}

it('stores the reason of a supervisor in the event, and shows it in the timeline, the audit trail and the replay', async () => {
  const ticketId = await ofSomebodyElse()
  for (const [operation, input, type] of acts) {
    const reason = `why ${operation}`
    const { userErrors, position } = await mutate(api, sam, operation, { ticketId, ...input, reason })
    expect({ operation, userErrors }).toEqual({ operation, userErrors: [] })
    if (position) await api.settled(position)

    const [stored] = (await api.store.readStream(`ticket-${ticketId}`)).slice(-1)
    expect(stored?.event).toMatchObject({ type, reason, by: { id: 'sam' } })

    const shown = type === 'ClocksPaused' ? 'pauseReason' : 'reason'
    const timeline = `{ ticket(id: "${ticketId}") { timeline(last: 1) { nodes { ... on ${type} { ${shown} } } } } }`
    expect(await api.dataOf(ana, timeline)).toEqual({ ticket: { timeline: { nodes: [{ [shown]: reason }] } } })

    const audit = `{ audit(first: 1, filter: { stream: "ticket-${ticketId}" }) { nodes { type reason by { actorId: userId } } } }`
    expect(await api.dataOf(ines, audit)).toEqual({ audit: { nodes: [{ type, reason, by: { actorId: 'sam' } }] } })

    const replayed = await replayTicket(api.desk, ticketId)
    expect(replayed?.entries.at(-1)).toMatchObject({ type, why: reason })
  }
})

it('requires a reason from a supervisor only to pause the clocks', async () => {
  const ticketId = await ofSomebodyElse()
  for (const [operation, input, type] of acts.filter(([name]) => name !== 'pauseClocks' && name !== 'resumeClocks')) {
    expect(await mutate(api, sam, operation, { ticketId, ...input })).toMatchObject({ userErrors: [] })
    const [stored] = (await api.store.readStream(`ticket-${ticketId}`)).slice(-1)
    expect(stored?.event).toMatchObject({ type })
    expect(stored?.event).not.toHaveProperty('reason')
  }
  const input = { commandId: 'stop', ticketId }
  const { errors } = await api.ask(
    sam,
    'mutation ($input: PauseClocksInput!) { pauseClocks(input: $input) { position } }',
    { input },
  )
  expect(errors[0]?.extensions.code).toBe('malformed_input')
})
