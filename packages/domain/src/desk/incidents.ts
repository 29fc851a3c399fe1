import type { z } from 'zod'
import { importIdOf } from '../history-import.ts'
import type { IncidentCommandOf, incidentCommands } from '../incident/commands.ts'
import type { IncidentEvent, IncidentEventOf } from '../incident/events.ts'
import type { Incident, IncidentState } from '../incident/state.ts'
import { evolveIncident } from '../incident/state.ts'
import { engineCommandId, incidentActor } from '../kernel/actor.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import { accept, deny, isTransient, refusal } from '../kernel/refusal.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { readHistory } from '../history.ts'
import type { IdentifiedSender, Outcome, StreamDesk } from './port.ts'
import { completion, stepOf } from './process.ts'
import { mergedCustomersOf, survivorOf } from './survivors.ts'

/** The data of a declaration of an incident. */
export type Declaration = Omit<z.input<typeof incidentCommands.declare.schema>, 'type'>

type DeclaringDesk = Pick<StreamDesk, 'execute' | 'engine' | 'read'>

type SettlingDesk = Omit<DeclaringDesk, 'execute'>

/**
 * Declares an incident, then opens its urgent ticket, or makes the named ticket urgent, escalates and links it. The
 * customer of a named ticket is affected. Each step has a command id derived from the given one: a repeat, or the
 * reaction that follows each declaration, completes the steps after a crash. A ticket that is not available is recorded
 * on the incident, which continues without it.
 */
export async function declareIncident(
  desk: DeclaringDesk,
  id: string,
  declaration: Declaration,
  sender: IdentifiedSender,
): Promise<Outcome<IncidentEvent, IncidentState>> {
  const command = { type: 'declare', ...declaration } as const
  const reporter = command.ticketId === undefined ? {} : await reporterOf(desk, command.ticketId)
  if (reporter === undefined) return deny(refusal('ticket_not_found', { field: 'ticketId' }))
  const declared = await desk.execute('incident', id, { ...reporter, ...command }, sender)
  if (!declared.ok) return declared
  const { position = declared.value.position } = await settleTicket(desk, id, sender)
  return accept({ ...declared.value, position })
}

/**
 * Whether the ticket of an incident is linked or recorded as unavailable, and the position of the last event of these
 * steps.
 */
export type LinkOutcome = { readonly settled: boolean; readonly position?: Position | undefined }

/** The customer of a ticket, as the reporter of the incident. */
async function reporterOf(
  desk: Pick<StreamDesk, 'read'>,
  ticketId: string,
): Promise<Pick<IncidentCommandOf<'declare'>, 'customer' | 'language'> | undefined> {
  const { state } = await desk.read('ticket', ticketId)
  return state.status === 'absent' ? undefined : { customer: state.customer, language: state.language }
}

/**
 * Carries out the steps after a declaration: opens the urgent ticket, and records its link or the reason why there is
 * none. The declaring command or a reaction calls it, concurrently or in turn, with the same outcome. A transient
 * refusal leaves the remaining steps to the next call.
 */
export async function settleTicket(desk: SettlingDesk, id: string, sender: IdentifiedSender): Promise<LinkOutcome> {
  const { state } = await desk.read('incident', id)
  if (state.status === 'absent' || state.ticket.state !== 'pending') return { settled: true }
  const step = (name: string) => ({
    ...stepOf(sender, 'incident', name),
    at: state.declaredAt,
    correlationId: sender.correlationId ?? sender.commandId,
  })
  const urgent = await desk.engine.execute('ticket', state.ticket.ticketId, urgentTicket(id, state), step('ticket'))
  if (!urgent.ok && isTransient(urgent.refusal)) return { settled: false }
  const up = urgent.ok ? escalation(id, state) : undefined
  if (up) {
    const sent = { ...step('escalate'), ...(sender.by.kind === 'customer' && { by: incidentActor }) }
    const escalated = await desk.engine.execute('ticket', state.ticket.ticketId, up, sent)
    if (!escalated.ok && isTransient(escalated.refusal)) return { settled: false }
  }
  const noted = urgent.ok
    ? await desk.engine.execute('incident', id, { type: 'linkTicket' }, step('link'))
    : await desk.engine.execute('incident', id, { type: 'declineTicket', reason: urgent.refusal.code }, step('decline'))
  return { settled: noted.ok, position: noted.ok ? noted.value.position : undefined }
}

/** Ensures that each incident has its urgent ticket: sends the same commands in the name of the same sender. */
export const openIncidentTickets = completion({
  name: 'open_incident_tickets',
  on: ['IncidentDeclared'],
  complete: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id } = parseStream(stream)
    const { settled } = await settleTicket(desk, id, { by: event.by, commandId, correlationId })
    if (!settled) throw new Error(`the ticket of ${stream} can be neither opened nor given up now`)
  },
})

/** Escalates an incident's ticket; one that has already been escalated that far, or has ended, stays unchanged. */
function escalation(id: string, { settings: { escalateToLevel: level } }: Incident): TicketCommandInput | undefined {
  return level === undefined || level === 'none' ? undefined : { type: 'escalate', level, reason: `incident ${id}` }
}

function urgentTicket(id: string, { ticket, title, description, channel }: Incident): TicketCommandInput {
  if (!ticket.opens) return { type: 'changePriority', priority: 'urgent', reason: `incident ${id}` }
  const { language, plan, ...customer } = ticket.opens
  return {
    type: 'open',
    subject: title,
    body: description ?? title,
    customer,
    channel,
    priority: 'urgent',
    ...(language !== undefined && { language }),
    ...(plan !== undefined && { plan }),
    tags: ['incident'],
  }
}

/**
 * Records on the urgent ticket of an incident that its customer has received a public update. A ticket that has ended,
 * or whose customer was not affected by the incident then, is left unchanged. The command id is derived from the
 * update: a repeat does nothing. Not settled while the ticket is still to be opened or linked, or after a transient
 * refusal: the next call tries again.
 */
export async function relayUpdate(
  desk: Pick<StreamDesk, 'store' | 'read' | 'engine'>,
  { event, id, stream, version, commandId, correlationId }: EventEnvelope<IncidentEventOf<'IncidentUpdatePosted'>>,
): Promise<LinkOutcome> {
  if (event.internal || importIdOf(correlationId) !== undefined) return { settled: true }
  const { id: incidentId } = parseStream(stream)
  const { state: incident } = await desk.read('incident', incidentId)
  if (incident.status === 'absent' || incident.ticket.state === 'refused') return { settled: true }
  if (incident.ticket.state === 'pending') return { settled: false }
  const { ticketId } = incident.ticket
  const { state: ticket } = await desk.read('ticket', ticketId)
  if (ticket.status === 'absent') return { settled: true }
  const affected = customersAt(await readHistory(desk.store, 'incident', incidentId), version)
  if (!(await isAffected(desk, ticket.customer.id, affected))) return { settled: true }
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

/** Whether a customer, or another one who is the same person after merges, is among the affected ones. */
async function isAffected(
  desk: Pick<StreamDesk, 'read'>,
  customerId: string,
  affected: readonly string[],
): Promise<boolean> {
  if (affected.includes(customerId)) return true
  const ids = await mergedCustomersOf(desk, await survivorOf(desk, customerId))
  return ids.some((id) => affected.includes(id))
}

/** The customers affected by an incident at a version of it, who received an update posted then. */
function customersAt(history: readonly EventEnvelope<IncidentEvent>[], version: number): readonly string[] {
  const until = history.filter((envelope) => envelope.version <= version)
  const then = until.reduce<IncidentState>((state, { event }) => evolveIncident(state, event), { status: 'absent' })
  return then.status === 'absent' ? [] : then.customers.map(({ id }) => id)
}
