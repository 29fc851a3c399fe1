import type { DefinedAggregate } from '../kernel/aggregate.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import { id } from '../kernel/values.ts'
import { decideCalls, endingCalls } from './calls.ts'
import type { ChatCommands } from './commands.ts'
import { chatCommands } from './commands.ts'
import { decideMessages, isDone } from './messages.ts'
import { chatDeadlineKinds, chatDeadlines, chatLabels, fireChatDeadline } from './deadlines.ts'
import { decideEnding } from './ending.ts'
import type { ChatEvents } from './events.ts'
import { chatEvents } from './events.ts'
import { decidePeople } from './people.ts'
import { decideQueue } from './queue.ts'
import type { ChatCommandEnvelope, ChatTerms } from './rule.ts'
import type { ChatState } from './state.ts'
import { evolveChat } from './state.ts'

/**
 * Live chats: the streams `chat-<id>`. The times of its start apply to a chat until its end. Customers act on their own
 * chats only, and on those of customers who were merged into them.
 */
export const chatAggregate: DefinedAggregate<ChatCommands, ChatEvents, ChatState, ChatTerms> = defineAggregate({
  category: 'chat',
  id,
  commands: chatCommands,
  events: chatEvents,
  initial: { status: 'absent' },
  begunBy: ['start', 'fence'],
  creates: ({ type }) => type === 'start',
  evolve: evolveChat,
  snapshots: { every: 500, fold: 'chat-9' },
  deadlineKinds: chatDeadlineKinds,
  deadlines: chatDeadlines,
  labels: chatLabels,
  first: ({ type, by, actsFor }: ChatCommandEnvelope, state) =>
    state.status !== 'absent' &&
    by.kind === 'customer' &&
    type !== 'start' &&
    ![by.id, actsFor].includes(state.customer.id)
      ? deny(refusal('not_the_customer'))
      : undefined,
  isDone,
  last: endingCalls,
  rules: {
    ...decideQueue,
    ...decideMessages,
    ...decidePeople,
    ...decideCalls,
    ...decideEnding,
    fire: fireChatDeadline,
  },
})
