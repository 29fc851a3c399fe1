import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { actorSchema } from '../kernel/actor.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { Executed } from '../kernel/execute.ts'
import { createExecute } from '../kernel/execute.ts'
import type { Instant } from '../kernel/instant.ts'
import { instantSchema } from '../kernel/instant.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { deny } from '../kernel/result.ts'
import type { Folded } from '../kernel/stream-cache.ts'
import { createStreamCache } from '../kernel/stream-cache.ts'
import type { Recipient, RecipientCommand, RecipientEvent } from '../recipient/recipient.ts'
import { recipientAggregate, recipientCommandSchema } from '../recipient/recipient.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { ticketCommandSchema } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { TicketState } from '../ticket/state.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { id as idSchema } from '../ticket/vocabulary.ts'
import { defaultWording } from '../wording/index.ts'
import type { Wording } from '../wording/wording.ts'
import { mergeTickets } from './merge-tickets.ts'

/** What each category of streams takes, tells and is. */
type Categories = {
  readonly ticket: { readonly command: TicketCommandInput; readonly event: TicketEvent; readonly state: TicketState }
  readonly recipient: { readonly command: RecipientCommand; readonly event: RecipientEvent; readonly state: Recipient }
}
export type Category = keyof Categories

/** Who sends a command, and how it is told from others. */
export type Sender = {
  readonly by: Actor
  /** Chosen by the sender, 1–200 characters; sending it again answers with the first outcome. A new id without one. */
  readonly commandId?: string | undefined
  /** The moment to decide for; now without one. */
  readonly at?: Instant | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** The version of the stream the sender has seen: refused with `version_conflict` when it has moved on. */
  readonly expectedVersion?: number | undefined
}

export type Outcome<E extends DomainEvent = DomainEvent> = Result<Executed<E>>

/** The way into Guichet: commands in, outcomes out. */
export type Desk = {
  readonly store: EventStore
  readonly policy: TicketPolicy
  readonly wording: Wording
  /**
   * Carries out a command: checks it, decides it on the stream's present state and stores its events. Refusals are
   * answers; only a failing store rejects. A reply to a merged ticket goes to the ticket it was merged into.
   */
  execute<K extends Category>(
    category: K,
    id: string,
    command: Categories[K]['command'],
    sender: Sender,
  ): Promise<Outcome<Categories[K]['event']>>
  /** The state of a stream as stored, with its version (0 when nothing has happened on it). */
  read<K extends Category>(category: K, id: string): Promise<Folded<Categories[K]['state']>>
  /** Merges one ticket into another of the same customer; a repeat with the same command id completes what was begun. */
  mergeTickets(source: string, target: string, sender: Sender): Promise<Outcome<TicketEvent>>
}

export type DeskOptions = {
  readonly store: EventStore
  /** The clock of the machine, UTC. */
  readonly now: () => Instant
  /** Makes ids for commands that bring none; unique, such as `crypto.randomUUID`. */
  readonly newId: () => string
  readonly policy?: TicketPolicy
  readonly wording?: Wording
  /** How many folded streams are kept in memory (default 10,000). */
  readonly cachedStreams?: number
}

const senderSchema = z.object({
  by: actorSchema,
  commandId: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
    .optional(),
  at: instantSchema.optional(),
  correlationId: z.string().min(1).max(200).optional(),
  causationId: z.string().min(1).max(200).optional(),
  expectedVersion: z.int().nonnegative().optional(),
})

/** Builds the desk over a store. Time and ids come from outside, so that the same inputs give the same history. */
export function createDesk(options: DeskOptions): Desk {
  const { store, now, newId, policy = defaultTicketPolicy, wording = defaultWording } = options
  const cache = createStreamCache(options.cachedStreams)
  const carryOut = createExecute(store, cache)
  const categories = {
    ticket: { aggregate: ticketAggregate({ policy, wording }), schema: ticketCommandSchema },
    recipient: { aggregate: recipientAggregate, schema: recipientCommandSchema },
  } as unknown as Readonly<
    Record<Category, { aggregate: Aggregate<object, DomainEvent, unknown>; schema: z.ZodType<object> }>
  >

  const execute = async (category: Category, id: string, input: unknown, sender: Sender): Promise<Outcome> => {
    const { aggregate, schema } = categories[category]
    const command = schema.safeParse(input)
    if (!command.success) return deny(malformed(command.error))
    const from = senderSchema.safeParse(sender)
    if (!from.success) return deny(malformed(from.error))
    const stream = idSchema.safeParse(id)
    if (!stream.success) return deny(malformed(stream.error, 'id'))

    const intent = {
      ...command.data,
      ...from.data,
      at: from.data.at ?? now(),
      commandId: from.data.commandId ?? newId(),
    }
    let outcome = await carryOut(aggregate, id, intent)
    for (let hop = 0; hop < 10 && follows(input) && !outcome.ok && outcome.refusal.movedTo !== undefined; hop++) {
      outcome = await carryOut(aggregate, outcome.refusal.movedTo, intent)
    }
    return outcome
  }

  const desk = {
    store,
    policy,
    wording,
    execute,
    read: async (category: Category, id: string) => {
      const { aggregate } = categories[category]
      return cache.refresh(store, aggregate, streamName(category, id), cache.peek(aggregate, streamName(category, id)))
    },
    mergeTickets: async (source: string, target: string, sender: Sender) =>
      mergeTickets(desk, source, target, { ...sender, commandId: sender.commandId ?? newId() }),
  } as Desk
  return desk
}

/** A reply belongs to whoever reads it now: it follows a merged ticket. */
function follows(input: unknown): boolean {
  const { type } = input as { type?: string }
  return type === 'customerReply' || type === 'agentReply'
}

function malformed(error: z.ZodError, root = '') {
  const [issue] = error.issues
  const path = issue?.path.join('.') || root
  return refusal('invalid_command', {
    message: `${path || 'command'}: ${issue?.message}`,
    ...(path && { field: path }),
  })
}
