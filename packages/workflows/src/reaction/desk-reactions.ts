import type { CustomerRecord, Person } from '@guichet/domain'
import {
  carryRedactions,
  CommandRefused,
  completions,
  engineCommandId,
  identityActor,
  importIdOf,
  parseStream,
  relayUpdate,
  removeFormerSubjects,
  routingActor,
  shiftId,
  throwIfTransient,
} from '@guichet/domain'
import { deleteRedactedFiles } from './files.ts'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/** Starts the recording of shift changes when a configuration has centres or shifts for the first time. */
const followShifts: Reaction = reaction({
  name: 'follow_shifts',
  on: ['ConfigurationApplied'],
  inAnyOrder: true,
  react: async ({ id }, desk) => {
    await desk.refreshConfiguration()
    if (!desk.timeline.some(({ shifts }) => shifts !== undefined && shifts.crews.length > 0)) return
    const sender = { by: routingActor, commandId: engineCommandId('routing', 'shifts', id) }
    const outcome = await desk.engine.execute('shift', shiftId, { type: 'follow' }, sender)
    if (!outcome.ok) throw new CommandRefused(outcome.refusal)
  },
})

/**
 * Records each public update of an incident on its urgent ticket: its customer, who received the update, has been
 * informed. An update whose ticket is still to be opened waits for that, as `open_incident_tickets` does.
 */
const relayIncidentUpdates: Reaction = reaction({
  name: 'relay_incident_updates',
  on: ['IncidentUpdatePosted'],
  react: async (envelope, desk) => {
    const { settled } = await relayUpdate(desk, envelope)
    if (!settled) throw new Error(`the ticket of ${envelope.stream} cannot record an update now`)
  },
})

/** Removes from the ticket of a chat what is removed from the chat, even if that was while the ticket was opened. */
const carryRedactionsToTickets: Reaction = reaction({
  name: 'carry_redactions',
  on: ['ChatMessageRedacted', 'ChatConverted'],
  inAnyOrder: true,
  react: async ({ stream }, desk) => {
    await carryRedactions(desk, parseStream(stream).id)
  },
})

/** Takes the subjects that were removed from a ticket out of its messages that quote them. */
const removeQuotedSubjects: Reaction = reaction({
  name: 'remove_quoted_subjects',
  on: ['TicketMessageRedacted'],
  inAnyOrder: true,
  react: async ({ event, stream }, desk) => {
    if (event.subject !== undefined) await removeFormerSubjects(desk, parseStream(stream).id)
  },
})

/**
 * Registers the customer of each ticket and chat at the first contact, with what it says of them, and whoever trouble is
 * suspected of. Its e-mail address is not verified, so that it leads to nobody. Customers of imported tickets are
 * imported themselves.
 */
const registerCustomers = reaction({
  name: 'register_customers',
  on: ['TicketOpened', 'ChatStarted', 'VisitorIdentified', 'TroubleSuspected'],
  react: async ({ event, stream, id, correlationId }, desk) => {
    const customer: Person & { readonly firstName?: string | undefined } =
      event.type === 'TroubleSuspected' ? { id: parseStream(stream).id } : event.customer
    if (importIdOf(correlationId) !== undefined) return
    const { state } = await desk.readRecent('customer', customer.id)
    if (state.status !== 'absent' && !saysMore(customer, state)) return
    const { name, firstName, email } = customer
    const outcome = await desk.engine.execute(
      'customer',
      customer.id,
      {
        type: 'register',
        ...(name !== undefined && { name }),
        ...(firstName !== undefined && { firstName }),
        ...(email !== undefined && { emails: [{ address: withLowerDomain(email) }] }),
      },
      { by: identityActor, at: event.at, commandId: engineCommandId('derived', 'customer', id), causationId: id },
    )
    throwIfTransient(outcome)
  },
})

/** Whether a ticket names a customer in a way that their record does not have. */
function saysMore(
  { name, firstName, email }: Person & { readonly firstName?: string | undefined },
  { status, details, emails }: CustomerRecord,
): boolean {
  if (status === 'merged') return false
  return (
    (name !== undefined && details.name === undefined) ||
    (firstName !== undefined && details.firstName === undefined) ||
    (email !== undefined && !emails.some(({ address }) => address.toLowerCase() === email.toLowerCase()))
  )
}

const withLowerDomain = (address: string): string => {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}${address.slice(at).toLowerCase()}`
}

/** The automatic reactions of every desk: what completes its processes, and what follows from single events. */
export const deskReactions: readonly Reaction[] = [
  ...completions.map(({ complete, ...definition }) => reaction({ ...definition, react: complete })),
  relayIncidentUpdates,
  followShifts,
  carryRedactionsToTickets,
  deleteRedactedFiles,
  removeQuotedSubjects,
  registerCustomers,
]
