import type { Result } from '@guichet/domain'
import { accept, commandIdPattern, deny, refusal, streamName } from '@guichet/domain'
import type { CommandInput } from '../command/command-input.ts'
import { senderOf } from '../command/send.ts'
import type { ApiContext } from '../schema/context.ts'
import type { Services } from '../schema/services.ts'
import { ticketIdSchema } from '../ticket/ticket-id.ts'

/** Desks that are known to register agents: they do from the first one on. */
const registering = new WeakSet<Services>()

/** What a profile says of an agent who is given a ticket. */
type Named = { readonly name: string; readonly email?: string }

/**
 * How somebody is named who may be given a ticket: on a desk that registers agents it is one of them who has not retired; elsewhere
 * anybody, of whom nothing is known. It is asked before the command is decided, since a ticket knows no agents: whoever retires just
 * then may still get it.
 */
async function nameOfAgent(id: string, { services, read }: ApiContext): Promise<Result<Named | undefined>> {
  const { state } = await services.desk.read('agent', id)
  if (state.status === 'active') {
    const { name, email } = state.profile
    return accept({ name, ...(email !== null && { email }) })
  }
  if (state.status === 'retired') return deny(refusal('agent_retired', { field: 'assignee' }))
  if (!registering.has(services)) {
    const { rows } = await (await read('routing')).agents({ retired: true }, { limit: 1 })
    if (rows.length === 0) return accept(undefined)
    registering.add(services)
  }
  return deny(refusal('agent_not_found', { field: 'assignee' }))
}

type Assignment = CommandInput & { readonly ticketId: string } & Readonly<Record<string, unknown>>

/** As `nameOfAgent`, unless this very command has been carried out: then it is answered with its first outcome. */
export async function nameOfAssignee(input: Assignment, context: ApiContext): Promise<Result<Named | undefined>> {
  const { ticketId, commandId } = input
  const { id } = input['assignee'] as { readonly id: string }
  if (!ticketIdSchema.safeParse(ticketId).success || !commandIdPattern.test(commandId)) return accept(undefined)
  const named = await nameOfAgent(id, context)
  if (named.ok) return named
  const { commandId: kept } = senderOf(context, input)
  return (await context.services.store.findCommand(streamName('ticket', ticketId), kept)) ? accept(undefined) : named
}
