import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { actorSchema, isEngineActor } from '../kernel/actor.ts'
import { commandIdLength, commandIdPattern, isEngineCommandId } from '../kernel/command-id.ts'
import type { Instant } from '../kernel/instant.ts'
import { instantSchema } from '../kernel/instant.ts'
import { line } from '../kernel/text.ts'
import { importIdOf } from '../history-import/correlation.ts'

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
