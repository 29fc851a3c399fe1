import type { ChatTransferTarget, Refusal } from '@guichet/domain'
import { loadOf, refusal, streamName, takesWork } from '@guichet/domain'
import type { ApiContext } from './services.ts'

/** A command of a chat, as far as it says to whom it hands the chat over. */
type Handing = { readonly type: string; readonly to?: ChatTransferTarget | undefined }

/**
 * The refusal of a transfer to somebody who cannot take the chat: an agent who takes no work now or has no place for
 * chats, a team or a support level in which nobody is. A repeat of a transfer that has taken effect is not refused.
 */
export async function refuseTransfer(
  chatId: string,
  command: Handing,
  commandId: string,
  context: ApiContext,
): Promise<Refusal | undefined> {
  const refused = command.type === 'transfer' && command.to ? await refuseTo(command.to, context) : undefined
  if (!refused) return undefined
  return (await context.services.desk.store.findCommand(streamName('chat', chatId), commandId)) ? undefined : refused
}

async function refuseTo(to: ChatTransferTarget, context: ApiContext): Promise<Refusal | undefined> {
  if (!to.agent) return refuseEmpty(to, context)
  const { state } = await context.services.desk.read('agent', to.agent.id)
  if (state.status === 'absent') return undefined
  if (!takesWork(state)) return refusal('agent_unavailable', { field: 'to.agent' })
  const { chat: taken } = loadOf(state)
  return taken < state.profile.capacity.chat ? undefined : refusal('agent_full', { field: 'to.agent' })
}

/** The refusal of a team or a support level in which no agent is. */
async function refuseEmpty({ team, level }: ChatTransferTarget, { read }: ApiContext): Promise<Refusal | undefined> {
  const { rows } = await (await read('routing')).agents({ team, level }, { limit: 1 })
  if (rows.length > 0) return undefined
  return team === undefined
    ? refusal('agent_not_found', { message: `no agent is of level ${level} or higher`, field: 'to.level' })
    : refusal('team_unknown', { message: `no agent is in the team ${team}`, field: 'to.team' })
}
