import type { Refusal } from '@guichet/domain'
import { commandIdPattern, refusal, streamName } from '@guichet/domain'
import type { CommandInput } from '../command/command-input.ts'
import { senderOf } from '../command/send.ts'
import type { ApiContext } from '../schema/context.ts'
import type { Services } from '../schema/services.ts'
import { ticketIdSchema } from '../ticket/ticket-id.ts'

/** Desks that are known to register agents: they do from the first one on. */
const registering = new WeakSet<Services>()

/**
 * Why somebody may not be given a ticket: on a desk that registers agents it is one of them who has not retired; elsewhere
 * anybody. It is asked before the command is decided, since a ticket knows no agents: whoever retires just then may still get it.
 */
async function refuseUnknownAgent(id: string, { services, read }: ApiContext): Promise<Refusal | undefined> {
  const { state } = await services.desk.read('agent', id)
  if (state.status === 'active') return undefined
  if (state.status === 'retired') return refusal('agent_retired', { field: 'assignee' })
  if (!registering.has(services)) {
    const { rows } = await (await read('routing')).agents({ retired: true }, { limit: 1 })
    if (rows.length === 0) return undefined
    registering.add(services)
  }
  return refusal('agent_not_found', { field: 'assignee' })
}

type Assignment = CommandInput & { readonly ticketId: string } & Readonly<Record<string, unknown>>

/** As `refuseUnknownAgent`, unless this very command has been carried out: then it is answered with its first outcome. */
export async function refuseAssignment(input: Assignment, context: ApiContext): Promise<Refusal | undefined> {
  const { ticketId, commandId } = input
  const { id } = input['assignee'] as { readonly id: string }
  if (!ticketIdSchema.safeParse(ticketId).success || !commandIdPattern.test(commandId)) return undefined
  const refused = await refuseUnknownAgent(id, context)
  if (!refused) return undefined
  const { commandId: kept } = senderOf(context, input)
  return (await context.services.store.findCommand(streamName('ticket', ticketId), kept)) ? undefined : refused
}
