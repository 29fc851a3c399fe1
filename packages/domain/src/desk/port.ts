import { z } from 'zod'
import type { Configuration } from '../configuration/configuration.ts'
import { importIdOf } from '../history-import.ts'
import type { incidentCommandSchemas } from '../incident/commands.ts'
import type { IncidentEvent } from '../incident/events.ts'
import type { IncidentState } from '../incident/state.ts'
import type { Actor } from '../kernel/actor.ts'
import { actorSchema, commandIdLength, commandIdPattern, isEngineActor, isEngineCommandId } from '../kernel/actor.ts'
import type { ClockState } from '../kernel/decider.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { DomainEvent, StreamName } from '../kernel/event.ts'
import type { Executed } from '../kernel/execute.ts'
import { refusedAt } from '../kernel/execute.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Snapshot } from '../kernel/stream-cache.ts'
import type { Instant } from '../kernel/time.ts'
import { instantSchema } from '../kernel/time.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import { line } from '../kernel/values.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { Terms, TermsTimeline, TermsVersion } from '../ticket/rule.ts'
import type { TicketState } from '../ticket/state.ts'
import type { Wording } from '../wording/wording.ts'
import type { StreamCategories, StreamCategory } from './categories.ts'

/** What became of a command: what it stored, or why it was refused. */
export type Outcome<E extends DomainEvent = DomainEvent, S = unknown> = Result<Executed<E, S>>

/** The way into Guichet: commands in, outcomes out. */
export type Desk = {
  readonly store: EventStore
  /**
   * The engine's own entry: the same desk, which also takes what no other sender may send, namely commands under the engine's own ids
   * (`isEngineCommandId`), in its name (`isEngineActor`) and as imported history. For clocks, reactions, routing and imports; never hand
   * it to what answers requests.
   */
  readonly engine: Desk
  /** What tickets are run by until a configuration has been applied. */
  readonly base: Omit<TermsVersion, 'from'>
  /** The terms in force now, as stored. */
  terms(): Promise<Terms>
  /** The policy and the words in force, as far as this process knows. */
  readonly policy: TicketPolicy
  readonly wording: Wording
  /** The terms that tickets are, were and will be run by, as far as this process knows. */
  readonly timeline: TermsTimeline
  /**
   * Carries out a command: checks it, decides it on the stream's present state and stores its events. Refusals are
   * answers; only a failing store rejects. A reply to a merged ticket goes to the ticket it was merged into, unless the
   * merged one holds it already: then it is a repeat, and changes nothing.
   */
  execute<K extends StreamCategory>(
    category: K,
    id: string,
    command: StreamCategories[K]['command'],
    sender: Sender,
  ): Promise<Outcome<StreamCategories[K]['event'], StreamCategories[K]['state']>>
  /**
   * Carries out 1 to 1,000 commands on one stream as one: each is decided on the state that those before it lead to, and
   * all their events are stored at once, under the sender's command id, or none. The first refusal is the answer for all;
   * its `step` names the command. A repeat answers with the first outcome, as with `execute`.
   */
  executeTogether<K extends StreamCategory>(
    category: K,
    id: string,
    steps: readonly Step<StreamCategories[K]['command']>[],
    sender: Sender,
  ): Promise<Outcome<StreamCategories[K]['event'], StreamCategories[K]['state']>>
  /** The configuration in force, looked for anew when that was some time ago; undefined until one has been applied. */
  configuration(): Promise<Configuration | undefined>
  /** Whether a command of this moment would be refused with `at_in_the_future`. */
  isInTheFuture(at: Instant): boolean
  /**
   * The state of a stream as stored, with its version: 0 when nothing has happened on it, as under an id that none can have.
   * @throws RangeError for a category that there is not.
   */
  read<K extends StreamCategory>(category: K, id: string): Promise<Snapshot<StreamCategories[K]['state']>>
  /** Takes a state that was folded from a stream up to a version for what it is, so that no command reads the events before. */
  remember<K extends StreamCategory>(category: K, id: string, known: Snapshot<StreamCategories[K]['state']>): void
  /** Looks at once for a configuration that another process has applied, for whoever has heard of its consequences already. */
  refreshConfiguration(): Promise<void>
  /**
   * What stands on a stream of any category, as stored; nothing on one whose category has no clocks, or that is unknown.
   * @param known the stream as an outcome has just told of it, which saves reading it.
   */
  clockState(stream: StreamName, known?: Snapshot<unknown>): Promise<ClockState>
  /**
   * Merges one ticket into another of the same customer; a repeat with the same command id completes what was begun. The
   * sender's `expectedVersion` is that of the source.
   */
  mergeTickets(source: string, target: string, sender: Sender): Promise<Outcome<TicketEvent, TicketState>>
  /** Lets a message of a ticket's customer go on as a ticket of its own; answers with that one. A repeat completes what was begun. */
  splitTicket(split: Split, sender: Sender): Promise<Outcome<TicketEvent, TicketState>>
  /** Declares an incident with its urgent ticket, as `declareIncident` does. */
  declareIncident(id: string, declaration: Declaration, sender: Sender): Promise<Outcome<IncidentEvent, IncidentState>>
}

/** Who sends a command, and how it is told from others. */
export type Sender = {
  readonly by: Actor
  /** Chosen by the sender, 1–200 characters; sending it again answers with the first outcome. A new id without one. */
  readonly commandId?: string | undefined
  /** The moment to decide for; now without one. */
  readonly at?: Instant | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  /** The version of the stream (of a merge: of its source) the sender has seen: refused with `version_conflict` when it has moved on. */
  readonly expectedVersion?: number | undefined
}

/** A sender whose command carries an id. */
export type IdentifiedSender = Sender & { readonly commandId: string }

/** A sender as the engine itself names it. */
export const engineSenderSchema = z.object({
  by: actorSchema,
  commandId: z.string().min(1).max(commandIdLength).regex(commandIdPattern, 'must be printable ASCII').optional(),
  at: instantSchema.optional(),
  correlationId: line(200).optional(),
  causationId: line(200).optional(),
  expectedVersion: z.int().nonnegative().optional(),
})

/** Whoever sends a command or takes a step of one, as they come from outside: nobody acts in the engine's name. */
export const senderActorSchema = actorSchema.refine((by) => !isEngineActor(by), {
  message: 'is a name of the engine’s own',
  path: ['id'],
})

/**
 * A sender as it comes from outside, whatever its kind. The ids of the engine's own commands are not to be had: whoever could use
 * one up would keep a deadline from taking effect. Nor is the correlation by which imported history is known.
 */
export const senderSchema = engineSenderSchema
  .extend({ by: senderActorSchema })
  .refine(({ commandId }) => commandId === undefined || !isEngineCommandId(commandId), {
    message: 'begins as the ids of the engine’s own commands do',
    path: ['commandId'],
  })
  .refine(({ correlationId }) => correlationId === undefined || importIdOf(correlationId) === undefined, {
    message: 'is that of an import',
    path: ['correlationId'],
  })

/** One of several commands that are carried out together; what it leaves out is the sender's. */
export type Step<C> = { readonly command: C; readonly by?: Actor | undefined; readonly at?: Instant | undefined }

/** How many commands may be carried out together. */
export const mostSteps = 1_000

/** Tells these commands from others, by what their senders have said: a profile is what the desk has added. */
export const fingerprintOfSteps = (steps: readonly Step<object>[], by: Actor): string =>
  fingerprintOf(
    steps.map(({ command, by: own = by }) => [{ ...command, assigneeProfile: undefined }, own.kind, own.id]),
  )

/** Steps as they come from outside, checked, with whoever takes them; the first malformed one is refused. */
export function checkSteps<C>(
  schema: z.ZodType<C>,
  actor: z.ZodType<Actor>,
  steps: readonly Step<unknown>[],
): Result<readonly Step<C>[]> {
  if (steps.length < 1 || steps.length > mostSteps) {
    const message = `steps: must be 1 to ${mostSteps} commands`
    return deny(refusal('invalid_command', { message, field: 'steps' }))
  }
  const ownSchema = z.object({ by: actor.optional(), at: instantSchema.optional() })
  const checked: Step<C>[] = []
  for (const [index, { command, ...own }] of steps.entries()) {
    const read = readStep(schema, ownSchema, command, own)
    if (!read.ok) return deny(refusedAt(index, steps.length, read.refusal))
    checked.push(read.value)
  }
  return accept(checked)
}

function readStep<C>(
  schema: z.ZodType<C>,
  ownSchema: z.ZodType<Omit<Step<unknown>, 'command'>>,
  input: unknown,
  own: Omit<Step<unknown>, 'command'>,
): Result<Step<C>> {
  const command = schema.safeParse(input, describeIssue)
  if (!command.success) return deny(malformed(command.error))
  if (own.by === undefined && own.at === undefined) return accept({ command: command.data })
  const checked = ownSchema.safeParse(own, describeIssue)
  return checked.success ? accept({ command: command.data, ...checked.data }) : deny(malformed(checked.error))
}

/** What is reported of an incident. */
export type Declaration = Omit<z.input<typeof incidentCommandSchemas.declare>, 'type'>

/** A message of a ticket's customer, and the subject of the ticket that it goes on as. */
export type Split = { readonly source: string; readonly messageId: string; readonly subject: string }
