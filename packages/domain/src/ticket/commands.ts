import type { CommandInput, CommandOf } from '../kernel/command.ts'
import { conversationCommands } from './catalogue/conversation.ts'
import type { LifecycleStatus } from './catalogue/definition.ts'
import { detailCommands } from './catalogue/details.ts'
import { escalationCommands } from './catalogue/escalation.ts'
import { mergingCommands } from './catalogue/merging.ts'
import { routingCommands } from './catalogue/routing.ts'
import { serviceLevelCommands } from './catalogue/service-levels.ts'
import { statusCommands } from './catalogue/status.ts'

/** The definition of every command of a ticket, without its rule. */
export const ticketCommands = {
  ...conversationCommands,
  ...statusCommands,
  ...detailCommands,
  ...mergingCommands,
  ...serviceLevelCommands,
  ...escalationCommands,
  ...routingCommands,
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type TicketCommands = { readonly [T in keyof typeof ticketCommands]: (typeof ticketCommands)[T] }

/** The type of a command of a ticket. */
export type TicketCommandType = keyof TicketCommands

/** A command of a ticket by its type, checked and with its defaults. */
export type TicketCommandOf<T extends TicketCommandType> = CommandOf<TicketCommands, T>

/** Any command of a ticket, checked and with its defaults. */
export type TicketCommand = CommandOf<TicketCommands>

/** Any command of a ticket as a sender gives it, without defaults. */
export type TicketCommandInput = CommandInput<TicketCommands>

const typesWith = (cell: 'acceptedWhenMerged' | 'followsMerges'): ReadonlySet<TicketCommandType> =>
  new Set((Object.keys(ticketCommands) as TicketCommandType[]).filter((type) => ticketCommands[type][cell]))

/** Commands that a merged ticket still takes; all others belong to the ticket it was merged into. */
export const acceptedWhenMerged = typesWith('acceptedWhenMerged')

/** Commands that are passed on to the ticket that theirs was merged into. */
export const followsMerges = typesWith('followsMerges')

/** Whether a ticket in this status would take a command at all: used by the `viewerCan…` fields of the API. */
export function accepts(status: LifecycleStatus, command: TicketCommandType): boolean {
  return 'to' in ticketCommands[command].lifecycle[status]
}

/** The field of a command that only the desk may set, if the command has it. */
export const deskOnlyField = (command: TicketCommand): string | undefined =>
  ticketCommands[command.type].deskOnly?.find((field) => Object.hasOwn(command, field))
