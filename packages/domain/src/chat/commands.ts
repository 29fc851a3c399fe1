import type { z } from 'zod'
import type { CommandInput, CommandOf, Senders } from '../kernel/command.ts'
import { anyCommandOf } from '../kernel/command.ts'
import { column } from '../kernel/event.ts'
import type { ChatLifecycleRow } from './catalogue/definition.ts'
import { callCommands } from './catalogue/calls.ts'
import { endingCommands } from './catalogue/ending.ts'
import { messageCommands } from './catalogue/messages.ts'
import { peopleCommands } from './catalogue/people.ts'
import { queueCommands } from './catalogue/queue.ts'

/** The definition of every command of a chat, without its rule. */
const chatCommands = {
  ...queueCommands,
  ...messageCommands,
  ...peopleCommands,
  ...callCommands,
  ...endingCommands,
} as const

type Definitions = typeof chatCommands
export type ChatCommandType = keyof Definitions
export type ChatCommandOf<T extends ChatCommandType> = CommandOf<Definitions, T>
export type ChatCommand = CommandOf<Definitions>
export type ChatCommandInput = CommandInput<Definitions>

/** The schema of every command of a chat as it comes from outside, by its type. */
export const chatCommandSchemas = column(chatCommands, 'schema')

/** What each command does, for its senders. */
export const chatCommandDescriptions = column(chatCommands, 'description')

/** Any command of a chat, checked and with its defaults. */
export const chatCommandSchema: z.ZodType<ChatCommand, ChatCommandInput> = anyCommandOf(chatCommandSchemas)

/** Who may send which command. */
export const chatSentBy: Readonly<Record<ChatCommandType, Senders>> = column(chatCommands, 'sentBy')

/** The lifecycle of a chat as a total table; docs/lifecycle.md explains it. */
export const chatLifecycle: Readonly<Record<ChatCommandType, ChatLifecycleRow>> = column(chatCommands, 'lifecycle')
