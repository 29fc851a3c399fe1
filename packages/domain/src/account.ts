import { z } from 'zod'
import { isEngineActor } from './kernel/actor.ts'
import type { Actor } from './kernel/actor.ts'
import { internal } from './kernel/command.ts'
import type { Refusal } from './kernel/refusal.ts'
import { deny, refusal } from './kernel/refusal.ts'
import { nameSchema, personId } from './kernel/values.ts'

/** What the desk knows of the customer of a command at its moment: added by the desk, never taken from a sender. */
export const accountSchema = internal(
  z
    .strictObject({
      /** The customer's own plan, or else that of their organisation. */
      plan: nameSchema.optional(),
      organisationId: personId.optional(),
      blocked: z.literal(true).optional(),
    })
    .optional(),
)

/** A customer's plan, organisation and block at the moment of a command; fields without a value are left out. */
export type Account = Readonly<NonNullable<z.output<typeof accountSchema>>>

/**
 * Blocked customers open nothing and write in no ticket, and no channel does it for them; a chat that is open goes on.
 * Agents may, and the engine completes what it began.
 */
export const refuseBlocked = (by: Actor, account: Account | undefined): ReturnType<typeof deny<Refusal>> | undefined =>
  account?.blocked && by.kind !== 'agent' && !isEngineActor(by) ? deny(refusal('customer_blocked')) : undefined
