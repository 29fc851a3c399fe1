import type { ClockLabels, Deadline } from '../kernel/decider.ts'
import { earliestFirst } from '../kernel/decider.ts'
import { accept } from '../kernel/refusal.ts'
import { latest, later } from '../kernel/time.ts'
import { of, transferEnded, withdrawn } from './queue.ts'
import type { ChatRules } from './rule.ts'
import { chatEventFrom } from './rule.ts'
import type { Chat, ChatState } from './state.ts'

/** The kinds of deadlines of a chat. */
export const chatDeadlineKinds = [
  'chat_offer',
  'chat_transfer',
  'chat_answer',
  'chat_inactivity_warning',
  'chat_inactivity',
  'chat_disconnection',
] as const

type ChatDeadline = Deadline<(typeof chatDeadlineKinds)[number]>

/**
 * The deadlines of a chat, earliest first. The customer's time to answer runs while an agent is there, from when both
 * were; if the desk owes the answer, the chat is never closed.
 */
export function chatDeadlines(state: ChatState): readonly ChatDeadline[] {
  if (state.status === 'absent' || state.status === 'closed') return []
  const { offer, transfer, times, disconnectedAt, disconnections } = state
  const deadlines: ChatDeadline[] = []
  if (offer) deadlines.push({ kind: 'chat_offer', dueAt: offer.expiresAt, cycle: offer.round })
  if (state.status === 'waiting' && disconnectedAt !== undefined) {
    deadlines.push({
      kind: 'chat_disconnection',
      dueAt: later(disconnectedAt, times.keepPlaceFor),
      cycle: disconnections,
    })
  }
  if (transfer) {
    deadlines.push({ kind: 'chat_transfer', dueAt: later(transfer.since, times.transferFor), cycle: transfer.cycle })
  }
  deadlines.push(...answerDeadlines(state))
  return deadlines.sort(earliestFirst)
}

function answerDeadlines({ owed, times, answeredAt, status, joinedAt }: Chat): readonly ChatDeadline[] {
  const { by, since, cycle, overdue, closesAt } = owed
  if (by === 'desk') {
    const within = answeredAt === undefined ? times.firstAnswerWithin : times.nextAnswerWithin
    return overdue ? [] : [{ kind: 'chat_answer', dueAt: later(since, within), cycle }]
  }
  if (status !== 'active' || joinedAt === undefined) return []
  if (closesAt !== undefined) return [{ kind: 'chat_inactivity', dueAt: closesAt, cycle }]
  return [{ kind: 'chat_inactivity_warning', dueAt: later(latest(since, joinedAt), times.warnAfter), cycle }]
}

/** A deadline takes effect only if exactly this one is still outstanding and has been reached. */
export const decideChatDeadline: ChatRules<'fire'> = {
  fire: (command, chat) => {
    const due = chatDeadlines(chat).find(
      ({ kind, cycle, dueAt }) => kind === command.kind && cycle === command.cycle && dueAt === command.dueAt,
    )
    if (!due || due.dueAt > command.at) return accept([])
    const { offer, owed, times, status: from, answeredAt } = chat
    const { dueAt } = due
    switch (due.kind) {
      case 'chat_offer':
        return accept([
          ...(offer ? [chatEventFrom('ChatOfferExpired', command, { ...of(offer), expiresAt: offer.expiresAt })] : []),
          ...transferEnded(chat, command, 'expired'),
        ])
      case 'chat_transfer':
        return accept([
          ...withdrawn(offer, command, 'transfer_expired'),
          chatEventFrom('ChatTransferEnded', command, { reason: 'expired' }),
        ])
      case 'chat_answer':
        return accept([
          chatEventFrom('ChatAnswerOverdue', command, { first: answeredAt === undefined, since: owed.since, dueAt }),
        ])
      case 'chat_inactivity_warning': {
        const closesAt = later(command.at, times.closeAfter - times.warnAfter)
        return accept([chatEventFrom('ChatInactivityWarned', command, { dueAt, closesAt })])
      }
      case 'chat_inactivity':
        return accept([chatEventFrom('ChatClosed', command, { from, reason: 'inactive' })])
      case 'chat_disconnection':
        return accept([chatEventFrom('ChatClosed', command, { from, reason: 'gone' })])
    }
  },
}

/** The labels of a chat's clock. */
export const chatLabels = (state: ChatState): ClockLabels | undefined => {
  if (state.status === 'absent') return undefined
  const { status, priority, category, owed } = state
  const late = status !== 'closed' && owed.by === 'desk' && owed.overdue
  return { status, priority, category, late, outstanding: late }
}
