import { z } from 'zod'
import type { CommandInput, CommandOf, Senders } from '../kernel/command.ts'
import { anyCommandOf, defineCommand, senders } from '../kernel/command.ts'
import { column } from '../kernel/event.ts'
import { id } from '../ticket/vocabulary.ts'

/** The definition of every command of a customer, without its rule. */
const customerCommands = {
  reserveChat: defineCommand({
    description:
      'Reserves the one chat that a customer can have at a time, and registers the customer if there is none yet.',
    schema: z.strictObject({ type: z.literal('reserveChat'), chatId: id }),
    sentBy: senders.system,
  }),
  releaseChat: defineCommand({
    description: 'Releases the reservation of exactly this chat.',
    schema: z.strictObject({ type: z.literal('releaseChat'), chatId: id }),
    sentBy: senders.system,
  }),
} as const

type Definitions = typeof customerCommands
export type CustomerCommandType = keyof Definitions
export type CustomerCommandOf<T extends CustomerCommandType> = CommandOf<Definitions, T>
export type CustomerCommand = CommandOf<Definitions>
export type CustomerCommandInput = CommandInput<Definitions>

/** The schema of every command of a customer as it comes from outside, by its type. */
export const customerCommandSchemas = column(customerCommands, 'schema')

/** What each command does, for its senders. */
export const customerCommandDescriptions = column(customerCommands, 'description')

/** Any customer command, checked. */
export const customerCommandSchema: z.ZodType<CustomerCommand, CustomerCommandInput> =
  anyCommandOf(customerCommandSchemas)

/** Who may send which command. */
export const customerSentBy: Readonly<Record<CustomerCommandType, Senders>> = column(customerCommands, 'sentBy')
