import { z } from 'zod'
import type { AddedByDesk, CommandDefinition, CommandSchema } from '../../kernel/command.ts'
import type { DataOf, DataSubject, Description, EventDefinition } from '../../kernel/event.ts'
import { defineEvent } from '../../kernel/event.ts'
import type { LifecycleRow } from '../../kernel/lifecycle.ts'
import { refuse, to } from '../../kernel/lifecycle.ts'
import type { Instant } from '../../kernel/time.ts'
import { storedInstantSchema } from '../../kernel/time.ts'
import { priorities } from '../../kernel/values.ts'
import type { ChatStatus } from '../vocabulary.ts'
import { chatSides } from '../vocabulary.ts'

/** The languages of transcripts and their sentences: a text that is missing in one of them does not compile. */
export type ChatLanguage = 'en' | 'fr'

/** Writes an instant for a reader, in their time zone. */
export type InstantFormat = (at: Instant) => string

/** The definition of an event of a chat. A missing cell does not compile. */
type ChatEventDefinition<S extends z.ZodType<object>> = EventDefinition<S> & {
  /**
   * What happened, for readers of the API. They see the fields of the schema that have a description; those that
   * customers see are listed in `chat-event.test.ts` of the API.
   */
  readonly description: string
  /** The status after the event; null leaves the status unchanged. */
  readonly statusAfter: ChatStatus | null
  /** Whether the customer is shown it. The API hides single fields. */
  readonly shownToCustomers: boolean | ((data: DataOf<S>) => boolean)
  /** Describes in words what it changed, in each language. */
  readonly sentences: { readonly [L in ChatLanguage]: (data: DataOf<S>, format: InstantFormat) => Description }
}

/** The definition of an event of a chat. */
export const chatEvent = <S extends z.ZodType<object>>(
  definition: ChatEventDefinition<S>,
): ChatEventDefinition<S> & { readonly schemaVersion: number } => ({ ...definition, ...defineEvent(definition) })

/** The effect of a command on a chat in each status; `absent` is a stream on which no chat has been started. */
type ChatLifecycleRow = LifecycleRow<ChatStatus | 'absent'>

/** The definition of a command of a chat, without its rule. A missing cell does not compile. */
type ChatCommandDefinition<S extends CommandSchema> = CommandDefinition<S> & { readonly lifecycle: ChatLifecycleRow }

/** The definition of a command of a chat. */
export const chatCommand = <S extends CommandSchema>(
  definition: ChatCommandDefinition<S> & AddedByDesk<S>,
): ChatCommandDefinition<S> => definition

/** The same in every status: the command changes the chat, not its status. */
export const anywhere: ChatLifecycleRow = {
  absent: refuse('chat_not_found'),
  waiting: to('waiting'),
  active: to('active'),
  closed: to('closed'),
}

/** The same in every status but closed, where the command is refused. */
export const untilClosed: ChatLifecycleRow = { ...anywhere, closed: refuse('chat_closed') }

/** Until the chat is closed; a repeat of what has taken effect changes nothing even then. */
export const untilClosedUnlessDone: ChatLifecycleRow = {
  ...untilClosed,
  closed: { refuse: 'chat_closed', unlessDone: true },
}

/** In an active chat alone: one that waits or is closed refuses the command. */
export const whileActive: ChatLifecycleRow = { ...untilClosed, waiting: refuse('chat_not_active') }

/** History is parsed more leniently than commands: limits may tighten over the years, but old events stay readable. */
export const text = z.string()
/** An id of something, as history has it. */
export const storedId = z.string()
/** An instant, as history has it: ISO 8601, UTC. */
export const at = storedInstantSchema
/** Somebody of the desk, as history has them: by id, with the name of that time. */
export const person = z.object({ id: text, name: text.optional() })
/** A whole number from 0. */
export const count = z.int().nonnegative()
/** Where a chat is handed over to: an agent, a team or a level, one of which is there. */
export const transferTarget = z.object({ agent: person.optional(), team: text.optional(), level: count.optional() })

/** The agent or colleague of an event. Readers of the API see it with this description, and the next three with theirs. */
export const agent = person.describe('The agent or colleague.')
/** The side of the chat that received or read something. */
export const side = z.enum(chatSides).describe('Who received or read it.')
/** The priority of a chat, at its start and after a change. */
export const priority = z.enum(priorities).describe('The priority, at the start and after a change.')
/** Until when an offer can be accepted: ISO 8601, UTC. */
export const expiresAt = at.describe('Until when an offer can be accepted.')

/** The number of a customer's reservation for a chat. */
export const reservation = z.int().positive()

/** Text that agents wrote in a chat, or about it: it may concern its customer and themselves. */
export const freeText: readonly DataSubject[] = ['customer', 'author']

/** The text for a person: name, or id. */
export const named = ({ id, name }: { readonly id: string; readonly name?: string | undefined }): string => name ?? id
