import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { actorSchema } from '../kernel/actor.ts'
import { commandIdLength, commandIdPattern } from '../kernel/command-id.ts'
import type { Instant } from '../kernel/instant.ts'
import { instantSchema } from '../kernel/instant.ts'
import { line } from '../kernel/text.ts'

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

/**
 * A sender as it comes from outside. Command ids that begin with `clock/`, `routing/`, `classification/` or `relay/` are the engine's: nobody
 * else can use up that of a deadline, of a claim, of a classification or of an update that is relayed.
 */
export const senderSchema = z
  .object({
    by: actorSchema,
    commandId: z.string().min(1).max(commandIdLength).regex(commandIdPattern, 'must be printable ASCII').optional(),
    at: instantSchema.optional(),
    correlationId: line(200).optional(),
    causationId: line(200).optional(),
    expectedVersion: z.int().nonnegative().optional(),
  })
  .refine(
    ({ by, commandId }) => by.kind === 'system' || !/^(?:clock|routing|classification|relay)\//.test(commandId ?? ''),
    {
      message: 'must not begin with clock/, routing/, classification/ or relay/',
      path: ['commandId'],
    },
  )
