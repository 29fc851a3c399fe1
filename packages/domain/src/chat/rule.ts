import type { CommandMetadata } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { ChatCommand, ChatCommandOf, ChatCommandType } from './commands.ts'
import type { ChatEvent, ChatEvents } from './events.ts'
import type { ChannelTerms } from './hours.ts'
import type { Chat, ChatState } from './state.ts'

/** What the start of a chat depends on besides the command: the configuration in force then. */
export type ChatTerms = ChannelTerms & {
  readonly policy: Pick<
    TicketPolicy,
    'categories' | 'plans' | 'teams' | 'customerPriorities' | 'defaultLanguage' | 'signature' | 'version'
  >
}

/** What a rule of chats answers: the events to store, none where nothing changes, or a refusal. */
export type ChatDecision = Result<readonly ChatEvent[]>

/** A command as rules take it. */
export type ChatCommandEnvelope<C = ChatCommand> = C &
  CommandMetadata & {
    /** The customer for whom a customer acts who survives their merge; the desk looks it up. */
    readonly actsFor?: string
  }

/** The commands that may begin the stream of a chat. */
type BeginningCommand = 'start' | 'fence'

/** The rules of a group of commands. */
export type ChatRules<T extends ChatCommandType> = {
  readonly [K in T]: (
    command: ChatCommandEnvelope<ChatCommandOf<K>>,
    chat: K extends BeginningCommand ? ChatState : Chat,
    terms: ChatTerms,
  ) => ChatDecision
}

/** An event that results from a command, with the command's moment and sender. */
export const chatEventFrom = eventsFrom<ChatEvents>()

/** An agent of the desk who sends a command, as a chat names them. */
export const agentOf = ({ by }: Pick<CommandMetadata, 'by'>): { readonly id: string; readonly name?: string } => ({
  id: by.id,
  ...(by.name !== undefined && { name: by.name }),
})

/** Whether an agent may write to the customer: the agent of the chat, or a speaker who has joined it. */
export const speaksIn = ({ assignee, participants }: Chat, agentId: string): boolean =>
  assignee?.id === agentId ||
  participants.some(({ agent, role, joined }) => agent.id === agentId && role === 'speaker' && joined)
