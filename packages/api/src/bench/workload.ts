import type { Actor, TicketCommandInput } from '@guichet/domain'

/** A ticket's story as every contender plays it: it is opened, then both sides write in turn. */
const commandsPerTicket = 5

const customer: Actor = { kind: 'customer', id: 'customer-1' }
const agent: Actor = { kind: 'agent', id: 'agent-1', name: 'Camille' }
const body = 'Bonjour, depuis la mise à jour la page des paris reste blanche. '.repeat(3).trim()

/** One step of one ticket's story. */
export type Step = { readonly ticket: string; readonly command: TicketCommandInput; readonly by: Actor }

/** What a client does in a turn. `run` tells the contenders and rounds apart that share a database. */
export function step(run: string, client: number, turn: number): Step {
  const ticket = `${run}-${client}-${Math.floor(turn / commandsPerTicket)}`
  const place = turn % commandsPerTicket
  if (place === 0) return { ticket, by: customer, command: opening }
  return place % 2 === 1
    ? { ticket, by: agent, command: { type: 'agentReply', body } }
    : { ticket, by: customer, command: { type: 'customerReply', body } }
}

/** The command that opens the tickets of the bench. */
export const opening: TicketCommandInput = {
  type: 'open',
  subject: 'La page des paris reste blanche',
  body,
  customer: { id: 'customer-1', name: 'Alex Martin', email: 'alex@example.org' },
}
