import type { CommandInput, CommandOf } from '../kernel/command.ts'
import { callCommands } from './catalogue/calls.ts'
import { endingCommands } from './catalogue/ending.ts'
import { messageCommands } from './catalogue/messages.ts'
import { peopleCommands } from './catalogue/people.ts'
import { queueCommands } from './catalogue/queue.ts'

/** The definition of every command of a chat, without its rule. */
export const chatCommands = {
  ...queueCommands,
  ...messageCommands,
  ...peopleCommands,
  ...callCommands,
  ...endingCommands,
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type ChatCommands = { readonly [T in keyof typeof chatCommands]: (typeof chatCommands)[T] }

/** The type of a command of a chat. */
export type ChatCommandType = keyof ChatCommands

/** A command of a chat by its type, checked and with its defaults. */
export type ChatCommandOf<T extends ChatCommandType> = CommandOf<ChatCommands, T>

/** Any command of a chat, checked and with its defaults. */
export type ChatCommand = CommandOf<ChatCommands>

/** Any command of a chat as a sender gives it, without defaults. */
export type ChatCommandInput = CommandInput<ChatCommands>
