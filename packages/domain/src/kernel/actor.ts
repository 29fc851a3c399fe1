import { z } from 'zod'
import { personId } from './person-id.ts'
import { line } from './text.ts'

/** Who caused an event: a person on either side of the desk, a service, or the engine itself (`isEngineActor`). */
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

/** The engine's own classifier, which sends `classify`. */
export const classifierActor: Actor = { kind: 'system', id: 'classifier' }

/** The import of what happened in another helpdesk. */
export const importActor: Actor = { kind: 'system', id: 'import' }

/** The simulation of a helpdesk. */
export const simulationActor: Actor = { kind: 'system', id: 'simulation' }

/** Whoever works at the command line. */
export const commandLineActor: Actor = { kind: 'system', id: 'command-line' }

/** The ids of those above, and the words that the engine's command ids begin with. */
const engineNames: ReadonlySet<string> = new Set(
  'clock incident routing classifier import simulation command-line classification relay'.split(' '),
)

/** What nobody sees, or sees as white space. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800]/gu

/** Whether an id is a name of the engine's own, which nobody else has, or looks like one: letters count alike in either case and width. */
export const isEngineName = (id: string): boolean =>
  engineNames.has(id.normalize('NFKC').replace(unseen, '').toLowerCase())

/**
 * Whether an actor is the engine, or would be taken for it. Services are `system` too, under other ids and names: only the engine's own
 * entry (`Desk.engine`) takes commands in the engine's name.
 */
export const isEngineActor = ({ kind, id, name = '' }: Actor): boolean =>
  kind === 'system' && (isEngineName(id) || isEngineName(name))
