import { parseStream, settleTicket } from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Sees to it that each incident has its urgent ticket, in case its sender died right after the declaration: the same commands
 * in the name of the same sender, so that whoever comes second does nothing.
 */
export const openIncidentTickets: Reaction = reaction({
  name: 'open_incident_tickets',
  on: ['IncidentDeclared'],
  react: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id } = parseStream(stream)
    const { settled } = await settleTicket(desk, id, { by: event.by, commandId, correlationId })
    if (!settled) throw new IncidentWithoutTicket(`the ticket of ${stream} can be neither opened nor given up now`)
  },
})

/** An incident whose ticket could be neither linked nor given up now, and will be tried again. */
export class IncidentWithoutTicket extends Error {
  override readonly name = 'IncidentWithoutTicket'
}
