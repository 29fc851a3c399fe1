import type { z } from 'zod'
import type { CommandDefinition, CommandInput, CommandOf, Senders } from './command.ts'
import { anyCommandOf } from './command.ts'
import type { Aggregate, ClockLabels, CommandMetadata, Deadline } from './decider.ts'
import { reachedBy } from './decider.ts'
import type { EventDefinition, EventOf } from './event.ts'
import { column } from './event.ts'
import type { LifecycleRow } from './lifecycle.ts'
import type { RefusalCode, Result } from './refusal.ts'
import { accept, deny, refusal } from './refusal.ts'
import type { Instant } from './time.ts'
import { latest } from './time.ts'

type Commands = Readonly<Record<string, CommandDefinition & { readonly lifecycle?: LifecycleRow<string> }>>

type Events = Readonly<Record<string, EventDefinition & { readonly schemaVersion: number }>>

/** The states of a stream that has begun: those without the status `absent`. */
type ExistingState<S> = Exclude<S, { readonly status: 'absent' }>

/** The decision of a rule: the events that it results in, none for a repeat, or a refusal. */
type Decision<V extends Events> = Result<readonly EventOf<V>[]>

/** A command with its metadata, at a moment that is not before the last event of the stream. */
type IssuedCommand<D extends Commands, C extends keyof D = keyof D> = CommandOf<D, C> & CommandMetadata

/**
 * One rule for each command; those that begin a stream are given its state before they do. The rule of `fire` decides on
 * a deadline that is still outstanding and has been reached: one of its kinds.
 */
type Rules<D extends Commands, V extends Events, S, B, T, K> = {
  readonly [C in keyof D]: (
    command: IssuedCommand<D, C> & (C extends 'fire' ? { readonly kind: K } : unknown),
    state: C extends B ? S : ExistingState<S>,
    terms: T,
  ) => Decision<V>
}

type Definition<D extends Commands, V extends Events, S, B extends keyof D, T, K extends string> = Omit<
  Aggregate<CommandOf<D>, EventOf<V>, S>,
  'initial' | 'decide' | 'evolve' | 'deadlines' | 'deadlineKinds' | 'labels'
> & {
  /** The schema of the ids of its streams. */
  readonly id: z.ZodType<string>
  readonly commands: D
  readonly events: V
  readonly initial: NoInfer<S>
  readonly evolve: (state: S, event: EventOf<V>) => S
  /** The commands that may begin a stream; all of them create one unless `creates` says otherwise. */
  readonly begunBy: readonly B[]
  /**
   * The refusal of all other commands on a stream that has not begun; without one they change nothing there. An aggregate
   * with a lifecycle says so in its table.
   */
  readonly notFound?: RefusalCode
  readonly rules: Rules<D, V, S, B, T, NoInfer<K>>
  /** Decides a command before the lifecycle does; undefined leaves it to the lifecycle and its rule. */
  readonly first?: (command: IssuedCommand<D>, state: S, terms: T) => Decision<V> | undefined
  /** Whether a command that the lifecycle refuses `unlessDone` has taken effect; without this, its rule decides that. */
  readonly isDone?: (command: IssuedCommand<D>, state: ExistingState<S>) => boolean
  /** Completes the decision of a rule. */
  readonly last?: (decision: Decision<V>, command: IssuedCommand<D>, state: ExistingState<S>, terms: T) => Decision<V>
  readonly deadlineKinds?: readonly K[]
  readonly deadlines?: (state: S, termsAt: (at: Instant) => T) => readonly Deadline<NoInfer<K>>[]
  readonly labels?: (state: S, termsAt: (at: Instant) => T) => ClockLabels | undefined
}

/** The definitions of an aggregate, from which desk, store and API derive what they need of it. */
type Definitions<D extends Commands, V extends Events> = {
  readonly id: z.ZodType<string>
  readonly events: V
  /** Any command, checked. */
  readonly schema: z.ZodType<CommandOf<D>, CommandInput<D>>
  /** The schema of every command, by its type. */
  readonly schemas: { readonly [K in keyof D]: D[K]['schema'] }
  /** What each command does, for its senders. */
  readonly descriptions: { readonly [K in keyof D]: string }
  /** Who may send which command. */
  readonly sentBy: { readonly [K in keyof D]: Senders }
  /** What the desk adds to a command, by the paths of the fields. */
  readonly addedByDesk: { readonly [K in keyof D]: readonly string[] | undefined }
}

type AggregateOf<D extends Commands, V extends Events, S> = Aggregate<CommandOf<D>, EventOf<V>, S>

/** An aggregate with its definitions. One whose rules depend on terms decides under those. */
export type DefinedAggregate<D extends Commands, V extends Events, S, T = undefined> = Definitions<D, V> &
  (undefined extends T
    ? AggregateOf<D, V, S>
    : Omit<AggregateOf<D, V, S>, 'decide' | 'deadlines' | 'labels'> & {
        /** The aggregate under terms, given as of an instant. */
        under(termsAt: (at: Instant) => T): AggregateOf<D, V, S>
      })

/**
 * Defines an aggregate by its commands with their rules, its events with their fold, and its states. What all aggregates
 * share is decided here, in this order: who may send a command, what `first` says, the lifecycle, whether the stream has
 * begun, and then the rule. Time never runs backwards in a stream: a command from a clock that is behind is decided for
 * the moment of the last event (`updatedAt`), under the terms of that moment. A deadline takes effect only if exactly
 * this one is still outstanding and has been reached: a timer that is stale, doubled or early changes nothing.
 * @throws RangeError for a command without a rule, a rule without a command, and deadlines without the command `fire`.
 */
export function defineAggregate<
  D extends Commands,
  V extends Events,
  S,
  B extends keyof D & string = never,
  T = undefined,
  K extends string = string,
>(definition: Definition<D, V, S, B, T, K>): DefinedAggregate<D, V, S, T> {
  const { id, commands, events, begunBy, notFound, rules, first, isDone, last, deadlines, labels, ...aggregate } =
    definition
  checkParts(definition)
  const schemas = column(commands, 'schema')
  const begins: ReadonlySet<string> = new Set(begunBy)
  const ruleOf = rules as unknown as Readonly<
    Record<string, (command: IssuedCommand<D>, state: S | ExistingState<S>, terms: T) => Decision<V>>
  >

  const decide = (sent: IssuedCommand<D>, state: S, termsAt: (at: Instant) => T): Decision<V> => {
    const { type, at, by } = sent as CommandMetadata & { readonly type: string }
    const { status, updatedAt = at } = state as { readonly status?: string; readonly updatedAt?: Instant }
    const defined = commands[type]
    if (!defined?.sentBy[by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
    const command = { ...sent, at: latest(at, updatedAt) }
    const terms = termsAt(command.at)
    const decided = first?.(command, state, terms)
    if (decided) return decided
    const existingState = status === 'absent' ? undefined : (state as ExistingState<S>)
    const cell = status === undefined ? undefined : defined.lifecycle?.[status]
    if (cell && 'refuse' in cell && (isDone || !cell.unlessDone)) {
      return cell.unlessDone && existingState && isDone?.(command, existingState)
        ? accept([])
        : deny(refusal(cell.refuse))
    }
    if (cell && 'repeat' in cell) return accept([])
    if (!existingState && !begins.has(type)) return notFound ? deny(refusal(notFound)) : accept([])
    if (isFire(command) && !reachedBy(command, deadlines?.(state, termsAt) ?? [])) return accept([])
    const decision = ruleOf[type]?.(command, state, terms) ?? accept([])
    return last && existingState ? last(decision, command, existingState, terms) : decision
  }

  const under = (termsAt: (at: Instant) => T): AggregateOf<D, V, S> => ({
    creates: ({ type }) => begins.has(type),
    ...aggregate,
    decide: (command, state) => decide(command, state, termsAt),
    ...(deadlines && { deadlines: (state: S) => deadlines(state, termsAt) }),
    ...(labels && { labels: (state: S) => labels(state, termsAt) }),
  })
  const definitions: Definitions<D, V> = {
    id,
    events,
    schema: anyCommandOf(schemas),
    schemas,
    descriptions: column(commands, 'description'),
    sentBy: column(commands, 'sentBy'),
    addedByDesk: column(commands, 'addedByDesk'),
  }
  const withoutTerms = under(() => undefined as T)
  return { ...withoutTerms, ...definitions, under }
}

/** What types say to callers who have them: a rule for every command, and `fire` where there are deadlines. */
function checkParts({
  category,
  commands,
  begunBy,
  rules,
  deadlines,
}: {
  readonly category: string
  readonly commands: object
  readonly begunBy: readonly string[]
  readonly rules: object
  readonly deadlines?: unknown
}): void {
  const types = Object.keys(commands)
  const without = types.find((type) => typeof Reflect.get(rules, type) !== 'function')
  if (without !== undefined) throw new RangeError(`${category}: the command ${without} has no rule`)
  const unknown = [...begunBy, ...Object.keys(rules)].find((type) => !types.includes(type))
  if (unknown !== undefined) throw new RangeError(`${category}: there is no command ${unknown}`)
  if (deadlines && !types.includes('fire')) throw new RangeError(`${category}: deadlines need the command fire`)
}

const isFire = (command: CommandMetadata & { readonly type?: unknown }): command is CommandMetadata & Deadline =>
  command.type === 'fire'
