import { z } from 'zod'
import { hash128 } from './fingerprint.ts'
import { line, personId } from './values.ts'

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

/** How long a command id may be, in characters. */
export const commandIdLength = 200

/** What a command id is made of. */
export const commandIdPattern: RegExp = /^[\x20-\x7e]+$/

/**
 * What the ids of the engine's own commands begin with, before a slash: of a deadline, a claim, a classification, a relayed
 * update, and of what follows from a sender's command.
 */
export const engineNamespaces = ['clock', 'routing', 'classification', 'relay', 'derived'] as const

export type EngineNamespace = (typeof engineNamespaces)[number]

/** `import:` begins the ids of imported rows; `import/` the correlation ids of imports, which an id stands for where none is given. */
const reservedPrefixes: readonly string[] = [...engineNamespaces.map((name) => `${name}/`), 'import:', 'import/']

/** Whether only the engine may send a command under this id. */
export const isEngineCommandId = (commandId: string): boolean =>
  reservedPrefixes.some((prefix) => commandId.startsWith(prefix))

/**
 * The id of one of several commands that are carried out together, by its place from 0: the first has their common id, the
 * others one that no sender can choose.
 */
export const stepCommandId = (commandId: string, step: number): string =>
  step === 0 ? commandId : `${commandId}\n${step}`

/**
 * The id of a command of the engine's own: always the same for the same parts, another for any others, and one that no
 * sender can choose (`senderSchema`). Parts that are too long together, or not printable ASCII, are hashed.
 */
export function engineCommandId(namespace: EngineNamespace, ...parts: readonly string[]): string {
  const id = [namespace, ...parts.map((part) => part.replace(/[%/]/g, encodeURIComponent))].join('/')
  return id.length <= commandIdLength && commandIdPattern.test(id) ? id : `${namespace}/#${hash128(id)}`
}

/** The id under which a command is stored on a stream that has begun anew so many times: what was carried out before is another. */
export function generationCommandId(commandId: string, generation: number): string {
  if (generation === 0) return commandId
  const id = `${commandId}@${generation}`
  return id.length <= commandIdLength ? id : `#${hash128(id)}`
}

/** The id of a command that follows from a sender's, by the id of that and the name of what follows it. */
export const derivedCommandId = (commandId: string, ...name: readonly string[]): string =>
  engineCommandId('derived', commandId, ...name)
