import type { ChatCommandInput, ChatTransferTarget } from '@guichet/domain'
import { whyUnable } from '@guichet/domain'
import type { ApiContext } from '../services.ts'

type Transfer = Extract<ChatCommandInput, { readonly type: 'transfer' }>
type Unreachable = Transfer['unreachable']

/**
 * A transfer with why nobody could take the chat there, if so: an agent, or all but who has it of a team or a support
 * level, who take no work now or have no place for chats. The chat decides what comes first: that it is closed, say, or
 * that the transfer was carried out before.
 */
export async function withReach(chatId: string, command: Transfer, context: ApiContext): Promise<Transfer> {
  const { agent } = command.to
  if (!agent) return { ...command, unreachable: await reachOfGroup(chatId, command.to, context) }
  const { state } = await context.services.desk.read('agent', agent.id)
  if (state.status === 'absent') return { ...command, unreachable: 'agent_not_found' }
  const to = { agent: { id: agent.id, name: state.profile.name } }
  return { ...command, to, unreachable: whyUnable(state, 'chat') }
}

/** How many available agents are asked for a place: of more, somebody has one. */
const most = 100

async function reachOfGroup(
  chatId: string,
  { team, level }: ChatTransferTarget,
  { read, services }: ApiContext,
): Promise<Unreachable> {
  const { state: chat } = await services.desk.readRecent('chat', chatId)
  const holder = chat.status === 'absent' ? undefined : chat.assignee?.id
  const { agents } = await read('routing')
  const { rows: available } = await agents({ team, level, availability: ['available'] }, { limit: most })
  const others = available.filter(({ row }) => row.id !== holder)
  if (available.length === most || others.some(({ row }) => whyUnable(row.agent, 'chat') === undefined))
    return undefined
  if (others.length > 0) return 'agent_full'
  const { rows: all } = await agents({ team, level }, { limit: 2 })
  if (all.some(({ row }) => row.id !== holder)) return 'agent_unavailable'
  return team === undefined ? 'agent_not_found' : 'team_unknown'
}
