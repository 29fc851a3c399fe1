import { z } from 'zod'
import type { CommandDefinition, CommandSchema } from '../../kernel/command.ts'
import type { DataOf, DataSubject, Description, EventDefinition } from '../../kernel/event.ts'
import { defineEvent } from '../../kernel/event.ts'
import type { RefusalCode } from '../../kernel/refusal.ts'
import { storedInstantSchema } from '../../kernel/time.ts'
import { line, priorities, text as textUpTo } from '../../kernel/values.ts'
import type { Person, TicketStatus } from '../vocabulary.ts'
import { limits } from '../vocabulary.ts'

/** All that is said of an event of a ticket. A missing cell does not compile. */
type TicketEventDefinition<S extends z.ZodType<object>> = EventDefinition<S> & {
  /** The status that it leaves the ticket in; null leaves the status alone. */
  readonly statusAfter: TicketStatus | null
  /** Whether customers are shown it on their ticket. What it says besides, such as a reason, the API hides field by field. */
  readonly shownToCustomers: boolean | ((data: DataOf<S>) => boolean)
  /** Says in words what it changed; `whyDue` tells what its due instant follows from, if it has one. */
  readonly sentence: (data: DataOf<S>, whyDue?: string) => Description
}

/** The definition of an event of a ticket. */
export const ticketEvent = <S extends z.ZodType<object>>(
  definition: TicketEventDefinition<S>,
): TicketEventDefinition<S> & { readonly schemaVersion: number } => ({ ...definition, ...defineEvent(definition) })

/** Where a ticket stands in its life; `absent` is a stream that no ticket has been opened on. */
export type LifecycleStatus = TicketStatus | 'absent'

/**
 * What a status makes of a command: `to` lists the statuses it may lead to (one of them may be the same again),
 * `repeat` says that it has taken effect already and changes nothing, `refuse` says why it is rejected (`unlessDone`:
 * except that a repeat of what has taken effect changes nothing). A rule may still refuse, or find nothing to do in, what
 * a cell lets through.
 */
export type Cell =
  | { readonly to: readonly LifecycleStatus[] }
  | { readonly repeat: true }
  | { readonly refuse: RefusalCode; readonly unlessDone?: true }

/** What each status makes of a command. */
export type LifecycleRow = Readonly<Record<LifecycleStatus, Cell>>

/** All that is said of a command of a ticket, but its rule. A missing cell does not compile. */
type TicketCommandDefinition<S extends CommandSchema> = CommandDefinition<S> & {
  readonly lifecycle: LifecycleRow
  /** A merged ticket still takes it; all others belong to the ticket it went into. */
  readonly acceptedWhenMerged?: true
  /** Sent to a merged ticket it goes to the one that that was merged into: a reply belongs to whoever reads it now. */
  readonly followsMerges?: true
  /** What only the desk may say, where the command says it, and an import: of another ticket, or of what the desk does not have. */
  readonly deskOnly?: readonly (keyof z.input<S> & string)[]
}

/** The definition of a command of a ticket. */
export const ticketCommand = <S extends CommandSchema>(
  definition: TicketCommandDefinition<S>,
): TicketCommandDefinition<S> => definition

/** The cell that lets a command lead to these statuses. */
export const to = (...statuses: readonly LifecycleStatus[]): Cell => ({ to: statuses })

export const repeat: Cell = { repeat: true }

/** The cell that rejects a command. */
export const refuse = (code: RefusalCode): Cell => ({ refuse: code })

/** In every status alike: the command changes the ticket, not its status. */
export const anywhere: LifecycleRow = {
  absent: refuse('ticket_not_found'),
  new: to('new'),
  in_progress: to('in_progress'),
  waiting_customer: to('waiting_customer'),
  resolved: to('resolved'),
  closed: to('closed'),
}

export const untilClosed: LifecycleRow = { ...anywhere, closed: refuse('ticket_closed') }

export const whileUnsolved: LifecycleRow = { ...untilClosed, resolved: refuse('ticket_resolved') }

/** Ends a ticket that has not ended; whether it has ended so, its rule knows. */
export const ends: LifecycleRow = {
  absent: refuse('ticket_not_found'),
  new: to('closed'),
  in_progress: to('closed'),
  waiting_customer: to('closed'),
  resolved: to('closed'),
  closed: { refuse: 'ticket_closed', unlessDone: true },
}

/** History is parsed more leniently than commands: limits may tighten over the years, what happened stays readable. */
export const text = z.string()
export const at = storedInstantSchema
export const person = z.object({ id: text, name: text.optional(), email: text.optional() })
export const priority = z.enum(priorities)
export const message = { messageId: text, body: text }
/** A deadline that was fired: when it was due, and the cycle that it was of. */
export const fired = { dueAt: at, cycle: z.int().nonnegative() }

const stretches = z.array(z.object({ from: at, to: at })).optional()
/** Since when the customer waits for an answer to a message, and when the clocks have not counted since. `responsePauses`: what of that the time to an answer has not counted; older events have that alone, as `pauses`. */
export const waited = { waitingSince: at, pauses: stretches, responsePauses: stretches }

/** Why somebody asks for something, as a command takes it. */
export const reason = textUpTo(limits.reason)

/** A tag, as a command takes it. */
export const tag = line(limits.tag)

/** The category, or the team, may be one that the desk does not have: for the history of another helpdesk. */
export const anyName = z.literal(true).optional()

/** What people of the desk wrote of a ticket, or on it: it may tell of its customer, and of themselves. */
export const freeText: readonly DataSubject[] = ['customer', 'author']

/** A person in words: by name and id. */
export const inWords = ({ id, name }: Person): string => (name === undefined || name === id ? id : `${name} (${id})`)

/** When something was due, in words. */
export const wasDue = (dueAt: string): string => `was due at ${dueAt}`
