import type { IncidentEvent, IncidentEventOf } from '../incident/events.ts'
import { evolveIncident } from '../incident/evolve.ts'
import type { IncidentState } from '../incident/state.ts'
import { importIdOf } from '../history-import/correlation.ts'
import { incidentActor } from '../kernel/actor.ts'
import { engineCommandId } from '../kernel/command-id.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import { isTransient } from '../kernel/refusal.ts'
import type { Settled } from './declare-incident.ts'
import type { Desk } from './desk.ts'

/**
 * Tells the urgent ticket of an incident that its customer has had news, by a public update that was posted to them. A ticket
 * that has ended, or whose customer the incident did not affect by then, is left alone. The command id is derived from the
 * update: a repeat does nothing. Not settled while the ticket is still to be opened or linked, or for a transient refusal: then
 * it is for the next call.
 */
export async function relayUpdate(
  desk: Pick<Desk, 'store' | 'read' | 'engine'>,
  { event, id, stream, version, commandId, correlationId }: EventEnvelope<IncidentEventOf<'IncidentUpdatePosted'>>,
): Promise<Settled> {
  if (event.internal || importIdOf(correlationId) !== undefined) return { settled: true }
  const { id: incidentId } = parseStream(stream)
  const { state: incident } = await desk.read('incident', incidentId)
  if (incident.status === 'absent' || incident.ticket.state === 'refused') return { settled: true }
  if (incident.ticket.state === 'pending') return { settled: false }
  const { ticketId } = incident.ticket
  const { state: ticket } = await desk.read('ticket', ticketId)
  if (ticket.status === 'absent') return { settled: true }
  const told = customersAt(await desk.store.readStream(stream), version)
  if (!told.includes(ticket.customer.id)) return { settled: true }
  const relayed = await desk.engine.execute(
    'ticket',
    ticketId,
    { type: 'relayUpdate', incidentId, postedAt: event.at },
    {
      by: incidentActor,
      at: event.at,
      commandId: engineCommandId('relay', id),
      correlationId,
      causationId: commandId,
    },
  )
  return { settled: relayed.ok || !isTransient(relayed.refusal) }
}

/** Whom an incident affected as of a version of it: whom an update that was posted then has gone out to. */
function customersAt(history: readonly EventEnvelope[], version: number): readonly string[] {
  const until = history.filter((envelope) => envelope.version <= version)
  const then = until.reduce<IncidentState>((state, { event }) => evolveIncident(state, event as IncidentEvent), {
    status: 'absent',
  })
  return then.status === 'absent' ? [] : then.customers.map(({ id }) => id)
}
