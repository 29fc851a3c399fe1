import type { Aggregate } from '../kernel/decider.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { latest } from '../kernel/time.ts'
import type { ChatCommand, ChatCommandOf, ChatCommandType } from './commands.ts'
import { chatLifecycle, chatSentBy } from './commands.ts'
import { decideCalls, endingCalls } from './calls.ts'
import { decideMessages, isDone } from './conversation.ts'
import { chatDeadlines, chatLabels, decideChatDeadline } from './deadlines.ts'
import { decideEnding } from './ending.ts'
import type { ChatEvent } from './events.ts'
import { decidePeople } from './people.ts'
import { decideQueue, startChat } from './queue.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatRules, ChatTerms } from './rule.ts'
import { chatEventFrom } from './rule.ts'
import type { Chat, ChatState } from './state.ts'
import { evolveChat } from './state.ts'

export type ChatAggregate = Aggregate<ChatCommand, ChatEvent, ChatState>

/** Live chats: the streams `chat-<id>`. The times of its start apply to a chat until its end. */
export const chatAggregate = (termsAt: (at: Instant) => ChatTerms): ChatAggregate => ({
  category: 'chat',
  initial: { status: 'absent' },
  evolve: evolveChat,
  decide: (command, state) => decideChat(command, state, termsAt(command.at)),
  creates: ({ type }) => type === 'start',
  snapshots: { every: 500, fold: 'chat-6' },
  deadlines: chatDeadlines,
  labels: chatLabels,
})

const rules: ChatRules<Exclude<ChatCommandType, 'start' | 'fence'>> = {
  ...decideQueue,
  ...decideMessages,
  ...decidePeople,
  ...decideCalls,
  ...decideEnding,
  ...decideChatDeadline,
}

/**
 * Decides a command on a chat: first who may send it and the lifecycle table, then the rule of the command. Time never
 * runs backwards in a stream. Customers act on their own chats only,
 * and on those of customers who were merged into them.
 */
function decideChat(command: ChatCommandEnvelope, state: ChatState, terms: ChatTerms): ChatDecision {
  const { by, type } = command
  if (!chatSentBy[type][by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const isAnothers =
    state.status !== 'absent' && by.kind === 'customer' && ![by.id, command.actsFor].includes(state.customer.id)
  if (isAnothers && type !== 'start') return deny(refusal('not_the_customer'))
  const cell = chatLifecycle[type][state.status]
  if ('refuse' in cell) {
    const done = cell.unlessDone && state.status !== 'absent' && isDone(command, state)
    return done ? accept([]) : deny(refusal(cell.refuse))
  }
  if ('repeat' in cell) return accept([])
  const at = latest(command.at, state.updatedAt ?? command.at)
  if (command.type === 'fence') return fence({ ...command, at }, state)
  if (
    ((command.type === 'start' || command.type === 'reopen') && isFenced(command.reservation, state)) ||
    (command.type === 'reopen' && isReservedForAnother(command, state))
  ) {
    return deny(refusal('chat_reservation_lost'))
  }
  if (command.type === 'start') return startChat({ ...command, at }, terms)
  if (state.status === 'absent') return deny(refusal('chat_not_found'))
  const rule = rules[command.type] as (command: ChatCommandEnvelope, chat: Chat, terms: ChatTerms) => ChatDecision
  const inOrder = { ...command, at }
  return endingCalls(rule(inOrder, state, terms), state, inOrder)
}

/**
 * Whether a chat cannot be opened by a reservation, because it was taken over. A chat that was started by a reservation
 * cannot be opened without one.
 */
const isFenced = (reservation: number | undefined, state: ChatState): boolean =>
  reservation === undefined
    ? state.status !== 'absent' && state.reservation !== undefined
    : reservation <= (state.fence ?? 0)

/** Whether a reopening was reserved for somebody whose chat it no longer is. */
const isReservedForAnother = ({ reservedFor }: ChatCommandOf<'reopen'>, state: ChatState): boolean =>
  reservedFor !== undefined && state.status !== 'absent' && state.customer.id !== reservedFor

const fence = (command: ChatCommandEnvelope<ChatCommandOf<'fence'>>, state: ChatState): ChatDecision =>
  accept(
    isFenced(command.reservation, state)
      ? []
      : [chatEventFrom('ChatFenced', command, { reservation: command.reservation })],
  )
