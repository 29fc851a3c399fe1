import { z } from 'zod'
import type { AddedByDesk, CommandDefinition, CommandSchema } from '../../kernel/command.ts'
import { internal } from '../../kernel/command.ts'
import type { DataOf, DataSubject, Description, EventDefinition } from '../../kernel/event.ts'
import { defineEvent } from '../../kernel/event.ts'
import type { LifecycleRow } from '../../kernel/lifecycle.ts'
import { refuse, to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { storedInstantSchema } from '../../kernel/time.ts'
import { line, priorities, text as textUpTo } from '../../kernel/values.ts'
import type { Person } from '../../person.ts'
import type { TicketStatus } from '../vocabulary.ts'

/** The definition of an event of a ticket. A missing cell does not compile. */
type TicketEventDefinition<S extends z.ZodType<object>> = EventDefinition<S> & {
  /** What happened, for readers of the timeline, whose fields are those of the schema that are not `internal`. */
  readonly description: string
  /** The status after the event; null leaves the status unchanged. */
  readonly statusAfter: TicketStatus | null
  /** Describes in words what it changed; `whyDue` says what its due instant follows from, if it has one. */
  readonly sentence: (data: DataOf<S>, whyDue?: string) => Description
} & (
    | { readonly shownToCustomers: false; readonly hiddenFromCustomers?: never }
    | {
        /** Whether customers are shown it on their ticket. */
        readonly shownToCustomers: true | ((data: DataOf<S>) => boolean)
        /** The fields, such as a reason, that customers are not shown. */
        readonly hiddenFromCustomers: readonly (keyof DataOf<S> & string)[]
      }
  )

/** The definition of an event of a ticket. */
export const ticketEvent = <S extends z.ZodType<object>>(
  definition: TicketEventDefinition<S>,
): TicketEventDefinition<S> & { readonly schemaVersion: number } => ({ ...definition, ...defineEvent(definition) })

/** The status of a ticket in its lifecycle; `absent` is a stream on which no ticket has been opened. */
export type LifecycleStatus = TicketStatus | 'absent'

/** The effect of a command on a ticket in each status. */
type TicketLifecycleRow = LifecycleRow<LifecycleStatus>

/** The definition of a command of a ticket, without its rule. A missing cell does not compile. */
type TicketCommandDefinition<S extends CommandSchema> = CommandDefinition<S> & {
  readonly lifecycle: TicketLifecycleRow
  /** A merged ticket still takes it; all others belong to the ticket it was merged into. */
  readonly acceptedWhenMerged?: true
  /** A merged ticket passes it on to the ticket that it was merged into: a reply belongs where it is read now. */
  readonly followsMerges?: true
  /**
   * Fields that only the desk and an import may set: they refer to another ticket, or to something that the desk does
   * not have.
   */
  readonly deskOnly?: readonly (keyof z.input<S> & string)[]
}

/** The definition of a command of a ticket. */
export const ticketCommand = <S extends CommandSchema>(
  definition: TicketCommandDefinition<S> & AddedByDesk<S>,
): TicketCommandDefinition<S> => definition

/** The same in every status: the command changes the ticket, not its status. */
export const anywhere: TicketLifecycleRow = {
  absent: refuse('ticket_not_found'),
  new: to('new'),
  in_progress: to('in_progress'),
  waiting_customer: to('waiting_customer'),
  resolved: to('resolved'),
  closed: to('closed'),
}

/** The same in every status but closed, where the command is refused. */
export const untilClosed: TicketLifecycleRow = { ...anywhere, closed: refuse('ticket_closed') }

/** The same until the ticket is resolved; then, and once it is closed, the command is refused. */
export const whileUnsolved: TicketLifecycleRow = { ...untilClosed, resolved: refuse('ticket_resolved') }

/** Ends a ticket that has not ended; its rule decides whether it has already ended in this way. */
export const ends: TicketLifecycleRow = {
  absent: refuse('ticket_not_found'),
  new: to('closed'),
  in_progress: to('closed'),
  waiting_customer: to('closed'),
  resolved: to('closed'),
  closed: { refuse: 'ticket_closed', unlessDone: true },
}

/** History is parsed more leniently than commands: limits may tighten over the years, but old events stay readable. */
export const text = z.string()
/** An id of something, as history has it. */
export const storedId = z.string()
/** An instant, as history has it: ISO 8601, UTC. */
export const at = storedInstantSchema
/** A customer or somebody of the desk, as history has them: by id, with the name and address of that time. */
export const person = z.object({ id: text, name: text.optional(), email: text.optional() })
/** A priority, as history has it. */
export const priority = z.enum(priorities)
/** The fields of a message: its id, unique in its ticket, and its text. */
export const message = { messageId: storedId, body: text }
/** A reason for the desk, as history has it. */
export const storedReason = text.optional().describe('The reason.')
/** A note for the desk, as history has it. */
export const storedNote = text.optional().describe('The note.')
/** A deadline that was fired: when it was due, and its cycle. */
export const fired = { dueAt: at, cycle: internal(z.int().nonnegative()) }

const stretches = internal(z.array(z.object({ from: at, to: at })).optional())
/**
 * Since when the customer waits for an answer to a message, and the pauses of the clocks since then. `responsePauses`:
 * the pauses of the time to an answer; older events have only these, as `pauses`.
 */
export const waited = { waitingSince: internal(at), pauses: stretches, responsePauses: stretches }

/** A reason, as a command takes it. */
export const reason = textUpTo(limits.reason)

/** A tag, as a command takes it. */
export const tag = line(limits.tag)

/** The category, or the team, may be one that the desk does not have: for the history of another helpdesk. */
export const anyName = internal(z.literal(true).optional())

/** Text that agents wrote about a ticket, or on it: it may concern its customer and themselves. */
export const freeText: readonly DataSubject[] = ['customer', 'author']

/** The text for a person: name and id. */
export const inWords = ({ id, name }: Person): string => (name === undefined || name === id ? id : `${name} (${id})`)

/** The text for when something was due. */
export const wasDue = (dueAt: string): string => `was due at ${dueAt}`
