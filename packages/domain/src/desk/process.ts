import { derivedCommandId } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import type { GuichetEvent, GuichetEventOf } from './categories.ts'
import type { IdentifiedSender, StreamDesk } from './port.ts'

/** The sender of a step of a process: the process's own, under a command id derived from it, so that a repeat does nothing. */
export const stepOf = (
  { expectedVersion: _, ...sender }: IdentifiedSender,
  ...name: readonly string[]
): IdentifiedSender => ({
  ...sender,
  commandId: derivedCommandId(sender.commandId, ...name),
  causationId: sender.commandId,
})

/** How often a step is tried that others disturb. */
const mostTries = 20

/**
 * Carries out a step that other senders may disturb, anew each time: an attempt that lost to another one gives
 * undefined.
 */
export async function untilUndisturbed<T>(
  attempt: (tries: number) => Promise<Result<T> | undefined>,
): Promise<Result<T>> {
  for (let tries = 0; tries < mostTries; tries++) {
    const outcome = await attempt(tries)
    if (outcome) return outcome
  }
  return deny(refusal('too_many_conflicts'))
}

/**
 * Completes a process whose sender died on the way, after each event that leaves something to do. It is called for each
 * event at least once, also late and beside the sender: the state decides whether there is still something to do.
 */
export type Completion = {
  /** Unique; the checkpoint of the reaction that runs it carries it. */
  readonly name: string
  readonly on: readonly GuichetEvent['type'][]
  /** Whether later events of a stream may be processed before one at which it fails. */
  readonly inAnyOrder?: boolean
  /** @throws Error when it must be called again. */
  complete(envelope: EventEnvelope<GuichetEvent>, desk: StreamDesk): Promise<void>
}

/** Defines a completion, whose `complete` receives events of its types only. */
export const completion = <T extends GuichetEvent['type']>(
  definition: Pick<Completion, 'name' | 'inAnyOrder'> & {
    readonly on: readonly T[]
    complete(envelope: EventEnvelope<GuichetEventOf<T>>, desk: StreamDesk): Promise<void>
  },
): Completion => definition
