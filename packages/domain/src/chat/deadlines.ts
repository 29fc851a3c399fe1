import type { ClockLabels, Deadline } from '../kernel/decider.ts'
import { earliestFirst } from '../kernel/decider.ts'
import { accept } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { latest, later } from '../kernel/time.ts'
import { inCallSince, openCall } from './call.ts'
import { callEnded } from './calls.ts'
import type { ChatCommandOf } from './commands.ts'
import type { ChatEvent } from './events.ts'
import { dataOf, transferEnded, transferToAgentEnded, withdrawn } from './queue.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatTerms } from './rule.ts'
import { chatEventFrom } from './rule.ts'
import { raised } from './service-levels.ts'
import type { Chat, ChatState } from './state.ts'
import { waitsForCustomer } from './state.ts'

/** The kinds of deadlines of a chat. */
export const chatDeadlineKinds = [
  'chat_offer',
  'chat_transfer',
  'chat_answer',
  'chat_inactivity_warning',
  'chat_inactivity',
  'chat_disconnection',
  'chat_call',
] as const

type ChatDeadline = Deadline<(typeof chatDeadlineKinds)[number]>

/**
 * The deadlines of a chat, earliest first. The customer's time to answer runs while an agent is there, from when both
 * were. A chat in which the reply of an agent is awaited is never closed, whether the customer is connected or not.
 */
export function chatDeadlines(state: ChatState): readonly ChatDeadline[] {
  if (state.status === 'absent' || state.status === 'closed') return []
  const { offer, transfer, times, disconnectedAt, disconnections } = state
  const deadlines: ChatDeadline[] = []
  if (offer) deadlines.push({ kind: 'chat_offer', dueAt: offer.expiresAt, cycle: offer.round })
  if (disconnectedAt !== undefined && waitsForCustomer(state)) {
    deadlines.push({
      kind: 'chat_disconnection',
      dueAt: later(disconnectedAt, times.keepPlaceFor),
      cycle: disconnections,
    })
  }
  if (transfer) {
    deadlines.push({ kind: 'chat_transfer', dueAt: later(transfer.since, times.transferFor), cycle: transfer.cycle })
  }
  const call = openCall(state)
  if (call) deadlines.push({ kind: 'chat_call', dueAt: call.endsAt ?? call.expiresAt, cycle: state.callCount })
  if (inCallSince(state) === undefined) deadlines.push(...answerDeadlines(state))
  return deadlines.sort(earliestFirst)
}

/** When the answer that is awaited from the desk is due; undefined while none is. */
export function answerDueAt({ status, awaitedReply: { from, since }, times, answeredAt }: Chat): Instant | undefined {
  if (status === 'closed' || from !== 'desk') return undefined
  return later(since, answeredAt === undefined ? times.firstAnswerWithin : times.nextAnswerWithin)
}

function answerDeadlines(chat: Chat): readonly ChatDeadline[] {
  const { awaitedReply, times, status, joinedAt } = chat
  const { since, cycle, overdue, closesAt } = awaitedReply
  const answerDue = answerDueAt(chat)
  if (answerDue !== undefined) return overdue ? [] : [{ kind: 'chat_answer', dueAt: answerDue, cycle }]
  if (status !== 'active' || joinedAt === undefined) return []
  if (closesAt !== undefined) return [{ kind: 'chat_inactivity', dueAt: closesAt, cycle }]
  return [{ kind: 'chat_inactivity_warning', dueAt: later(latest(since, joinedAt), times.warnAfter), cycle }]
}

/** The rule of a deadline that has been reached. */
export function fireChatDeadline(
  command: ChatCommandEnvelope<ChatCommandOf<'fire'> & ChatDeadline>,
  chat: Chat,
  terms: ChatTerms,
): ChatDecision {
  const { offer, times, status: from } = chat
  const { dueAt } = command
  switch (command.kind) {
    case 'chat_offer':
      return accept([
        ...(offer
          ? [chatEventFrom('ChatOfferExpired', command, { ...dataOf(offer), expiresAt: offer.expiresAt })]
          : []),
        ...transferToAgentEnded(chat, command, 'expired'),
      ])
    case 'chat_transfer':
      return accept([...withdrawn(offer, command, 'transfer_expired'), transferEnded(chat, command, 'expired')])
    case 'chat_answer':
      return accept(answerOverdue(command, chat, terms, dueAt))
    case 'chat_inactivity_warning': {
      const closesAt = later(command.at, times.closeAfter - times.warnAfter)
      return accept([chatEventFrom('ChatInactivityWarned', command, { dueAt, closesAt })])
    }
    case 'chat_inactivity':
      return accept([chatEventFrom('ChatClosed', command, { from, reason: 'inactive' })])
    case 'chat_call': {
      const call = openCall(chat)
      const reason = call?.acceptedAt === undefined ? 'unanswered' : 'time_limit'
      return accept(call ? [callEnded(call, command, reason)] : [])
    }
    case 'chat_disconnection':
      return accept([chatEventFrom('ChatClosed', command, { from, reason: 'gone' })])
  }
}

/** An overdue answer is escalated at once: a chat that waits moves up in the queue, and a team is alerted. */
function answerOverdue(
  command: Parameters<typeof chatEventFrom>[1],
  { answeredAt, awaitedReply: { since }, status, priority: from }: Chat,
  { settings: { sla } }: ChatTerms,
  dueAt: Instant,
): readonly ChatEvent[] {
  const late = { first: answeredAt === undefined, since, dueAt }
  const to = sla.raisePriority && status === 'waiting' ? raised(from) : from
  return [
    chatEventFrom('ChatAnswerOverdue', command, late),
    chatEventFrom('ChatEscalated', command, { ...late, team: sla.escalateTo, from, to }),
  ]
}

/** The labels of a chat's clock. */
export const chatLabels = (state: ChatState): ClockLabels | undefined => {
  if (state.status === 'absent') return undefined
  const { status, priority, category, awaitedReply } = state
  const late = status !== 'closed' && awaitedReply.from === 'desk' && awaitedReply.overdue
  return { status, priority, category, late, outstanding: late }
}
