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

export type ChatCommandType = keyof ChatCommands
export type ChatCommandOf<T extends ChatCommandType> = CommandOf<ChatCommands, T>
export type ChatCommand = CommandOf<ChatCommands>
export type ChatCommandInput = CommandInput<ChatCommands>
