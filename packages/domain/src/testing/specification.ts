import type { z } from 'zod'
import type { Aggregate, Issued } from '../kernel/decider.ts'
import { fold } from '../kernel/decider.ts'
import type { DomainEvent } from '../kernel/event.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import { malformed } from '../kernel/malformed.ts'
import type { Refusal, RefusalCode } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { deny } from '../kernel/result.ts'
import { same } from '../kernel/same.ts'

/** An event as a specification expects it: what it does not name is not compared. */
export type Expected<E extends DomainEvent> = E extends DomainEvent ? Pick<E, 'type'> & Partial<Omit<E, 'type'>> : never

class Nothing {
  readonly expected = 'nothing'
}

class Refused {
  readonly expected: Pick<Refusal, 'code' | 'field'>
  constructor(expected: Pick<Refusal, 'code' | 'field'>) {
    this.expected = expected
  }
}

/** The expectation that a command changes nothing: a repeat, or nothing to do. */
export const nothing: Nothing = new Nothing()

/** The expectation that a command is refused, with this code and, if given, on this field. */
export function refused(code: RefusalCode, field?: string): Refused {
  return new Refused({ code, ...(field !== undefined && { field }) })
}

/** What a specification may expect: an event, or several in their order; nothing; or a refusal. */
export type Expectation<E extends DomainEvent> = Expected<E> | readonly Expected<E>[] | Nothing | Refused

/** A command decided on a history, about to be compared with what is expected of it. */
export type Decided<E extends DomainEvent, S> = {
  readonly decision: Result<readonly E[], Refusal>
  /** The state after the events decided, for a look at it. */
  readonly state: S
  /**
   * Compares the decision with what is expected of it.
   * @throws SpecificationFailed when they differ, with both in its message.
   */
  then(expected: Expectation<E>): void
}

/** A decision other than the one specified. */
export class SpecificationFailed extends Error {
  override readonly name = 'SpecificationFailed'
}

export type Specification<C, E extends DomainEvent, S> = {
  /** The history to decide on; empty without this step. */
  given(...events: readonly E[]): { when(command: C, issued?: Partial<Issued>): Decided<E, S> }
  /** Decides a command on an empty history; `issued` overrides the specification's own. */
  when(command: C, issued?: Partial<Issued>): Decided<E, S>
}

/** An aggregate that takes its commands as a sender writes them, and checks them as the desk does. */
export const asSent = <I, C extends I | object, E extends DomainEvent, S>(
  schema: z.ZodType<C, I>,
  aggregate: Aggregate<C, E, S>,
): Aggregate<I, E, S> => ({
  category: aggregate.category,
  initial: aggregate.initial,
  evolve: aggregate.evolve,
  decide: ({ commandId, aggregateId, at, by, ...input }, state) => {
    const command = schema.safeParse(input, inOurWords)
    return command.success
      ? aggregate.decide({ ...command.data, commandId, aggregateId, at, by }, state)
      : deny(malformed(command.error))
  },
})

/**
 * Specifies a decider by example: given events, when a command, then events, `nothing` or `refused(code)`. It needs no
 * test framework: what differs is thrown. Commands are issued as `issued` says unless the step `when` says otherwise.
 */
export function specify<C, E extends DomainEvent, S>(
  decider: Aggregate<C, E, S>,
  issued: Issued,
): Specification<C, E, S> {
  const given = (...events: readonly E[]) => ({
    when(command: C, override: Partial<Issued> = {}): Decided<E, S> {
      const state = fold(decider, events)
      const decision = decider.decide({ ...command, ...issued, ...override }, state)
      return {
        decision,
        state: decision.ok ? decision.value.reduce(decider.evolve, state) : state,
        // oxlint-disable-next-line unicorn/no-thenable -- the third word of given, when, then
        then: (expected) => compare(decision, expected),
      }
    },
  })
  return { given, when: given().when }
}

function compare<E extends DomainEvent>(decision: Result<readonly E[], Refusal>, expected: Expectation<E>): void {
  if (meets(decision, expected)) return
  const actual = decision.ok ? decision.value : { refused: decision.refusal }
  throw new SpecificationFailed(`expected ${shown(expected)}\nbut decided ${shown(actual)}`)
}

function meets<E extends DomainEvent>(decision: Result<readonly E[], Refusal>, expected: Expectation<E>): boolean {
  if (expected instanceof Refused) return !decision.ok && contains(decision.refusal, expected.expected)
  if (!decision.ok) return false
  const events: readonly object[] = expected instanceof Nothing ? [] : [expected].flat()
  return (
    decision.value.length === events.length && decision.value.every((event, i) => contains(event, events[i] ?? nothing))
  )
}

/** Whether a value has every field of another, with the same data. */
function contains(actual: object, expected: object): boolean {
  const fields = new Map(Object.entries(actual))
  return Object.entries(expected).every(([key, value]) => same(fields.get(key), value))
}

const shown = (value: unknown): string => JSON.stringify(value, undefined, 2)
