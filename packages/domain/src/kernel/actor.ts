import { z } from 'zod'
import { personId } from './person-id.ts'
import { line } from './text.ts'

/** Who caused an event: a person on either side of the desk, or the engine itself (a clock, a reaction, an import). */
export type Actor = {
  readonly kind: 'customer' | 'agent' | 'system'
  readonly id: string
  readonly name?: string | undefined
}

/** An actor as it comes from outside. */
export const actorSchema = z.object({
  kind: z.enum(['customer', 'agent', 'system']),
  id: personId,
  name: line(200).optional(),
})

/** The engine's own clock, which fires deadlines. */
export const clockActor: Actor = { kind: 'system', id: 'clock' }

/** The engine's own word of an incident to its ticket. */
export const incidentActor: Actor = { kind: 'system', id: 'incident' }

/** The engine's own routing, which finds an agent for each ticket. */
export const routingActor: Actor = { kind: 'system', id: 'routing' }
