import type { z } from 'zod'
import type { CommandInput, CommandOf, Senders } from '../kernel/command.ts'
import { anyCommandOf } from '../kernel/command.ts'
import { column } from '../kernel/event.ts'
import { conversationCommands } from './catalogue/conversation.ts'
import type { TicketLifecycleRow, LifecycleStatus } from './catalogue/definition.ts'
import { detailCommands } from './catalogue/details.ts'
import { escalationCommands } from './catalogue/escalation.ts'
import { mergingCommands } from './catalogue/merging.ts'
import { routingCommands } from './catalogue/routing.ts'
import { serviceLevelCommands } from './catalogue/service-levels.ts'
import { statusCommands } from './catalogue/status.ts'

/** The definition of every command of a ticket, without its rule. */
const ticketCommands = {
  ...conversationCommands,
  ...statusCommands,
  ...detailCommands,
  ...mergingCommands,
  ...serviceLevelCommands,
  ...escalationCommands,
  ...routingCommands,
} as const

type Definitions = typeof ticketCommands
export type TicketCommandType = keyof Definitions
export type TicketCommandOf<T extends TicketCommandType> = CommandOf<Definitions, T>
export type TicketCommand = CommandOf<Definitions>
export type TicketCommandInput = CommandInput<Definitions>

/**
 * The schema of every command of a ticket as it comes from outside, by its type, with the limits that apply at the
 * edge.
 */
export const ticketCommandSchemas = column(ticketCommands, 'schema')

/** What each command does, for its senders. */
export const ticketCommandDescriptions = column(ticketCommands, 'description')

/** Any ticket command, checked and with its defaults. */
export const ticketCommandSchema: z.ZodType<TicketCommand, TicketCommandInput> = anyCommandOf(ticketCommandSchemas)

/** Who may send which command. */
export const sentBy: Readonly<Record<TicketCommandType, Senders>> = column(ticketCommands, 'sentBy')

/** The lifecycle of a ticket as a total table; docs/lifecycle.md explains it. */
export const lifecycle: Readonly<Record<TicketCommandType, TicketLifecycleRow>> = column(ticketCommands, 'lifecycle')

const typesWith = (cell: 'acceptedWhenMerged' | 'followsMerges'): ReadonlySet<TicketCommandType> =>
  new Set((Object.keys(ticketCommands) as TicketCommandType[]).filter((type) => ticketCommands[type][cell]))

/** Commands that a merged ticket still takes; all others belong to the ticket it was merged into. */
export const acceptedWhenMerged = typesWith('acceptedWhenMerged')

/** Commands that are passed on to the ticket that theirs was merged into. */
export const followsMerges = typesWith('followsMerges')

/** Whether a ticket in this status would take a command at all: used by the `viewerCan…` fields of the API. */
export function accepts(status: LifecycleStatus, command: TicketCommandType): boolean {
  return 'to' in lifecycle[command][status]
}

/** The field of a command that only the desk may set, if the command has it. */
export const deskOnlyField = (command: TicketCommand): string | undefined =>
  ticketCommands[command.type].deskOnly?.find((field) => Object.hasOwn(command, field))
