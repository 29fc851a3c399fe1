import { z } from 'zod'
import type { Configuration } from '../configuration/configuration.ts'
import type { TermsTimeline, TermsVersion } from '../configuration/terms.ts'
import { importIdOf } from '../history-import.ts'
import type { Actor } from '../kernel/actor.ts'
import { actorSchema, commandIdLength, commandIdSchema, isEngineActor, isEngineCommandId } from '../kernel/actor.ts'
import type { ClockState } from '../kernel/decider.ts'
import type { EventStore, LogObservation, LogTail } from '../kernel/event-store.ts'
import type { DomainEvent, StreamName } from '../kernel/event.ts'
import { eventIdLength } from '../kernel/event.ts'
import type { Execution } from '../kernel/execute.ts'
import { refusedAt } from '../kernel/execute.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import type { Instant } from '../kernel/time.ts'
import { instantSchema } from '../kernel/time.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import { isEngineName, line } from '../kernel/values.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import type { Terms } from '../ticket/rule.ts'
import type { Wording } from '../wording/wording.ts'
import type { StreamCategories, StreamCategory } from './categories.ts'

/** The outcome of a command: what it stored, or why it was refused. */
export type Outcome<E extends DomainEvent = DomainEvent, S = unknown> = Result<Execution<E, S>>

/** The types of one category of streams: its commands as senders write them, its events and its states. */
type StreamTypes = { readonly command: object; readonly event: DomainEvent; readonly state: unknown }

/** Commands and states of the streams of some categories. */
export type Streams<C extends { readonly [K in keyof C]: StreamTypes }> = {
  /**
   * Carries out a command: checks it, decides it on the stream's present state and stores its events. Refusals are
   * returned; only a failing store rejects. A reply to a merged ticket goes to the ticket it was merged into, unless
   * the merged one has already stored it: then it is a repeat, and changes nothing.
   */
  execute<K extends keyof C & string>(
    category: K,
    id: string,
    command: C[K]['command'],
    sender: Sender,
  ): Promise<Outcome<C[K]['event'], C[K]['state']>>
  /**
   * Carries out 1 to 1,000 commands on one stream as one: each is decided on the state after the commands before it,
   * and their events are all stored in one append under the sender's command id, or none is. The first refusal is the
   * answer for all; its `step` names the command. A repeat returns the first outcome, as with `execute`.
   */
  executeTogether<K extends keyof C & string>(
    category: K,
    id: string,
    steps: readonly Step<C[K]['command']>[],
    sender: Sender,
  ): Promise<Outcome<C[K]['event'], C[K]['state']>>
  /**
   * The state of a stream as stored, with its version: 0 on a stream without events, also for an invalid id.
   * @throws RangeError for an unknown category.
   */
  read<K extends keyof C & string>(category: K, id: string): Promise<Snapshot<C[K]['state']>>
  /**
   * The state of a stream as of shortly ago, for facts that a command needs beside its own stream. Where the desk follows
   * the log and has the stream in its cache, no read of the store is needed: then everything is in it that this desk has
   * stored, that consumers of its log have been given, and that other processes stored until two seconds ago. Otherwise
   * as `read`.
   * @throws RangeError for an unknown category.
   */
  readRecent<K extends keyof C & string>(category: K, id: string): Promise<Snapshot<C[K]['state']>>
  /** Caches a state that was folded from a stream up to a version, so that no command reads the events before it. */
  cacheState<K extends keyof C & string>(category: K, id: string, snapshot: Snapshot<C[K]['state']>): void
}

/** A desk as the streams that it has: commands to one of them, and what is stored. A `Desk` has processes over several, too. */
export type StreamDesk = Streams<StreamCategories> & {
  readonly store: EventStore
  /** The machine's clock, UTC. */
  readonly now: () => Instant
  /**
   * The engine's own entry: the same desk, which also takes commands that no other sender may send: under the engine's
   * own ids (`isEngineCommandId`), in its name (`isEngineActor`) and as imported history. For clocks, reactions,
   * routing and imports; never pass it to code that serves requests.
   */
  readonly engine: StreamDesk
  /** The ticket terms until a configuration has been applied. */
  readonly base: Omit<TermsVersion, 'from'>
  /** The terms in force now, as stored. */
  terms(): Promise<Terms>
  /** The policy and the wording in force, as far as this process knows. */
  readonly policy: TicketPolicy
  readonly wording: Wording
  /** The past, present and scheduled terms of tickets, as far as this process knows. */
  readonly timeline: TermsTimeline
  /** The configuration in force, read again when the last read is not recent; undefined until one has been applied. */
  configuration(): Promise<Configuration | undefined>
  /** Whether a command at this moment would be refused with `at_in_the_future`. */
  isInTheFuture(at: Instant): boolean
  /**
   * Keeps the cached streams of this desk, and of its `engine`, current with the log, until the observation is stopped.
   * @param begins the categories whose streams are cached from their first event on: for processes that send commands
   * after events of other processes.
   */
  follow(tail: LogTail, begins?: readonly StreamCategory[]): LogObservation
  /**
   * Reads the configuration now, for callers that have already seen consequences of one that another process applied.
   */
  refreshConfiguration(): Promise<void>
  /**
   * The clock state of a stream of any category, as stored; empty for a category that has no clocks or is unknown.
   * @param snapshot the stream's snapshot from an outcome, which saves reading it.
   */
  clockState(stream: StreamName, snapshot?: Snapshot<unknown>): Promise<ClockState>
}

/** The sender of a command, and the metadata of the command. */
export type Sender = {
  readonly by: Actor
  /** Chosen by the sender, 1–200 characters; sending it again returns the first outcome. A new id by default. */
  readonly commandId?: string | undefined
  /** The moment to decide for; now by default. */
  readonly at?: Instant | undefined
  /** The id of the command that began it all. */
  readonly correlationId?: string | undefined
  /** The id of the command or of the event that caused this one. */
  readonly causationId?: string | undefined
  /**
   * The version of the stream (of a merge: of its source) that the sender has seen. Another version is refused with
   * `version_conflict`.
   */
  readonly expectedVersion?: number | undefined
}

/** A sender with a command id. */
export type IdentifiedSender = Sender & { readonly commandId: string }

/** A sender as the engine itself sends commands. */
const engineSenderSchema = z.object({
  by: actorSchema,
  commandId: commandIdSchema.optional(),
  at: instantSchema.optional(),
  correlationId: line(commandIdLength).optional(),
  causationId: line(eventIdLength).optional(),
  expectedVersion: z.int().nonnegative().optional(),
})

/** The actor of a command or a step, as it comes from outside: it has no name of the engine's own. */
const senderActorSchema = actorSchema.refine((by) => !isEngineActor(by) && !isEngineName(by.id), {
  message: 'is a name of the engine’s own',
  path: ['id'],
})

/**
 * A sender as it comes from outside, whatever its kind. It cannot use the ids of the engine's own commands: with such
 * an id it could keep a deadline from taking effect. Nor can it use the correlation id of imported history.
 */
const senderSchema = engineSenderSchema
  .extend({ by: senderActorSchema })
  .refine(({ commandId }) => commandId === undefined || !isEngineCommandId(commandId), {
    message: 'begins as the ids of the engine’s own commands do',
    path: ['commandId'],
  })
  .refine(({ correlationId }) => correlationId === undefined || importIdOf(correlationId) === undefined, {
    message: 'is that of an import',
    path: ['correlationId'],
  })

/** One of several commands that are carried out together; missing fields are taken from the sender. */
export type Step<C> = StepMetadata & { readonly command: C }

type StepMetadata = { readonly by?: Actor | undefined; readonly at?: Instant | undefined }

const stepMetadata = (actor: z.ZodType<Actor>) => z.object({ by: actor.optional(), at: instantSchema.optional() })

/** The schemas of the sender of a command and of the metadata of its steps, for one entry to a desk. */
export type Accepts = { readonly sender: typeof engineSenderSchema; readonly step: z.ZodType<StepMetadata> }

/** What the engine's own entry accepts. */
export const engineAccepts: Accepts = { sender: engineSenderSchema, step: stepMetadata(actorSchema) }

/** What the entry for all other senders accepts. */
export const senderAccepts: Accepts = { sender: senderSchema, step: stepMetadata(senderActorSchema) }

/** How many commands may be carried out together. */
export const mostSteps = 1_000

/**
 * The fingerprint of the commands as their senders sent them.
 * @param addedByDesk what is not theirs in each type of command, by the paths of the fields.
 */
export const fingerprintOfSteps = (
  steps: readonly Step<{ readonly type: string }>[],
  by: Actor,
  addedByDesk: Readonly<Record<string, readonly string[] | undefined>> = {},
): string =>
  fingerprintOf(
    steps.map(({ command, by: actor = by }) => [
      (addedByDesk[command.type] ?? []).reduce<unknown>((rest, path) => without(rest, path.split('.')), command),
      actor.kind,
      actor.id,
    ]),
  )

/** A value without the fields at a path, in which `*` stands for every entry of a list or a record. */
function without(value: unknown, [name, ...path]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || name === undefined) return value
  if (Array.isArray(value)) return path.length === 0 ? [] : value.map((entry) => without(entry, path))
  const rest = (field: string): unknown => (path.length === 0 ? undefined : without(Reflect.get(value, field), path))
  const fields = name === '*' ? Object.keys(value) : [name]
  return { ...value, ...Object.fromEntries(fields.map((field) => [field, rest(field)])) }
}

/** Checks steps from outside and their actors; the first malformed one is refused. */
export function checkSteps<C>(
  schema: z.ZodType<C>,
  metadata: z.ZodType<StepMetadata>,
  steps: readonly Step<unknown>[],
): Result<readonly Step<C>[]> {
  if (steps.length < 1 || steps.length > mostSteps) {
    const message = `steps: must be 1 to ${mostSteps} commands`
    return deny(refusal('invalid_command', { message, field: 'steps' }))
  }
  const checked: Step<C>[] = []
  for (const [index, { command, ...ownMetadata }] of steps.entries()) {
    const read = readStep(schema, metadata, command, ownMetadata)
    if (!read.ok) return deny(refusedAt(index, steps.length, read.refusal))
    checked.push(read.value)
  }
  return accept(checked)
}

function readStep<C>(
  schema: z.ZodType<C>,
  metadata: z.ZodType<StepMetadata>,
  input: unknown,
  ownMetadata: StepMetadata,
): Result<Step<C>> {
  const command = schema.safeParse(input, describeIssue)
  if (!command.success) return deny(malformed(command.error))
  if (ownMetadata.by === undefined && ownMetadata.at === undefined) return accept({ command: command.data })
  const checked = metadata.safeParse(ownMetadata, describeIssue)
  return checked.success ? accept({ command: command.data, ...checked.data }) : deny(malformed(checked.error))
}
