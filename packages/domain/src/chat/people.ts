import { isDeepEqual } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { refuseUnknownTeam } from '../ticket/rule.ts'
import type { ChatEvent } from './events.ts'
import { transferEnded, withdrawn } from './queue.ts'
import type { ChatCommandEnvelope, ChatRules } from './rule.ts'
import { agentOf, chatEventFrom } from './rule.ts'
import type { Chat, ChatParticipant } from './state.ts'
import { chatLimits } from './vocabulary.ts'

type PeopleCommand = 'transfer' | 'endTransfer' | 'invite' | 'join' | 'leave'

/** The rules of the people of the desk in a chat. */
export const decidePeople: ChatRules<PeopleCommand> = {
  transfer: (command, { assignee, transfer }, terms) => {
    const { to, note, unreachable } = command
    const unknown = refuseUnknownTeam(to, terms.policy, 'to.team')
    if (unknown) return unknown
    if (to.agent && to.agent.id === assignee?.id) return deny(refusal('chat_transfer_to_itself', { field: 'to.agent' }))
    if (transfer) return isDeepEqual(transfer.to, to) ? accept([]) : deny(refusal('chat_transfer_pending'))
    if (unreachable)
      return deny(
        refusal(unreachable, { field: to.agent ? 'to.agent' : to.team === undefined ? 'to.level' : 'to.team' }),
      )
    return accept([chatEventFrom('ChatTransferRequested', command, { to, ...(note !== undefined && { note }) })])
  },

  endTransfer: (command, chat) => {
    const reason = command.reason ?? 'cancelled'
    if (!chat.transfer) return accept([])
    return accept([...withdrawn(chat.offer, command, 'transfer_ended'), transferEnded(chat, command, reason)])
  },

  invite: (command, chat) => {
    const { agent, role, note } = command
    if (chat.assignee?.id === agent.id || participantOf(chat, agent.id)) return accept([])
    if (chat.participants.length >= chatLimits.participants) return deny(refusal('too_many', { field: 'agent' }))
    return accept([
      chatEventFrom('ChatParticipantInvited', command, { agent, role, ...(note !== undefined && { note }) }),
    ])
  },

  /** A speaker who only observes from now on leaves first: so the customer sees it. */
  join: (command, chat) => {
    const { by, role } = command
    const participant = participantOf(chat, by.id)
    if (chat.assignee?.id === by.id || (participant?.joined && participant.role === role)) return accept([])
    if (!participant && chat.participants.length >= chatLimits.participants)
      return deny(refusal('too_many', { field: 'role' }))
    return accept([
      ...(participant?.joined && participant.role === 'speaker' ? [left(participant, command)] : []),
      chatEventFrom('ChatParticipantJoined', command, { agent: agentOf(command), role }),
    ])
  },

  /** The agent of a chat hands it over, puts it back into the queue, or closes it. */
  leave: (command, chat) => {
    const agentId = command.agentId ?? command.by.id
    if (chat.assignee?.id === agentId) return deny(refusal('chat_agent_stays'))
    const participant = participantOf(chat, agentId)
    return accept(participant ? [left(participant, command)] : [])
  },
}

const left = (participant: ChatParticipant, command: ChatCommandEnvelope): ChatEvent =>
  chatEventFrom('ChatParticipantLeft', command, participant)

const participantOf = ({ participants }: Chat, agentId: string): ChatParticipant | undefined =>
  participants.find(({ agent }) => agent.id === agentId)
