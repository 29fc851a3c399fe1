import { z } from 'zod'
import { hash128 } from './fingerprint.ts'
import { actorId, isEngineName, personName } from './values.ts'

/** Who caused an event: a person on either side of the desk, a service, or the engine itself (`isEngineActor`). */
export type Actor = {
  readonly kind: 'customer' | 'agent' | 'system'
  readonly id: string
  readonly name?: string | undefined
}

/** An actor as it comes from outside. */
export const actorSchema = z.object({
  kind: z.enum(['customer', 'agent', 'system']),
  id: actorId,
  name: personName.optional(),
})

/** The engine's own clock, which fires deadlines. */
export const clockActor: Actor = { kind: 'system', id: 'clock' }

/** The engine, when it reports an incident to its ticket. */
export const incidentActor: Actor = { kind: 'system', id: 'incident' }

/** The engine's own routing, which finds an agent for each ticket. */
export const routingActor: Actor = { kind: 'system', id: 'routing' }

/** The engine, when it keeps places and reservations in step with chats. */
export const chatActor: Actor = { kind: 'system', id: 'chat' }

/** The engine's own classifier, which sends `classify`. */
export const classifierActor: Actor = { kind: 'system', id: 'classifier' }

/** The scanner of files, when it has answered. */
export const scannerActor: Actor = { kind: 'system', id: 'scanner' }

/** The engine, when it deletes files that no message has. */
export const filesActor: Actor = { kind: 'system', id: 'file' }

/** The import of another helpdesk's history. */
export const importActor: Actor = { kind: 'system', id: 'import' }

/** The simulation of a helpdesk. */
export const simulationActor: Actor = { kind: 'system', id: 'simulation' }

/** The engine, when it claims and releases what identifies customers and organisations. */
export const identityActor: Actor = { kind: 'system', id: 'identity' }

/** The engine, when it suspects trouble and follows what becomes of its drafts. */
export const proactiveActor: Actor = { kind: 'system', id: 'proactive' }

/** A person at the command line. */
export const commandLineActor: Actor = { kind: 'system', id: 'command-line' }

const visitorId = /^visitor-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** Whether an id is one of an anonymous visitor, which only the desk gives. */
export const isVisitorId = (id: string): boolean => visitorId.test(id)

/**
 * Whether an actor is the engine, or could be mistaken for it. Services are `system` too, under other ids and names:
 * only the engine's own entry (`Desk.engine`) takes commands in the engine's name.
 */
export const isEngineActor = ({ kind, id, name = '' }: Actor): boolean =>
  kind === 'system' && (isEngineName(id) || isEngineName(name))

/** How long a command id may be, in characters. */
export const commandIdLength = 200

/** The characters that a command id may hold: printable ASCII. */
export const commandIdPattern: RegExp = /^[\x20-\x7e]+$/

/** The id of a command, as a sender chooses it. */
export const commandIdSchema = z.string().min(1).max(commandIdLength).regex(commandIdPattern, 'must be printable ASCII')

/**
 * The prefixes, before a slash, of the engine's own command ids: of a deadline, a claim, a step of a chat, a
 * classification, a relayed update, what becomes of a file, a suspicion and its draft, and of commands derived from a
 * sender's command.
 */
export const engineNamespaces = [
  'clock',
  'routing',
  'chat',
  'classification',
  'relay',
  'file',
  'proactive',
  'derived',
] as const

/** The prefix of a command id of the engine. */
export type EngineNamespace = (typeof engineNamespaces)[number]

/** `import:` begins the ids of imported rows. `import/` begins the default correlation ids of imports. */
const reservedPrefixes: readonly string[] = [...engineNamespaces.map((name) => `${name}/`), 'import:', 'import/']

/** Whether only the engine may send a command under this id. */
export const isEngineCommandId = (commandId: string): boolean =>
  reservedPrefixes.some((prefix) => commandId.startsWith(prefix))

/**
 * The id of one of several commands that are carried out together, by its index from 0. The first has their common id;
 * the others have ids that no sender can choose.
 */
export const stepCommandId = (commandId: string, step: number): string =>
  step === 0 ? commandId : `${commandId}\n${step}`

/**
 * The id of a command of the engine. The same parts always give the same id, other parts another one, and no sender can
 * choose it (`senderSchema`). Parts that are too long together, or not printable ASCII, are hashed.
 */
export function engineCommandId(namespace: EngineNamespace, ...parts: readonly string[]): string {
  const id = [namespace, ...parts.map((part) => part.replace(/[%/]/g, encodeURIComponent))].join('/')
  return id.length <= commandIdLength && commandIdPattern.test(id) ? id : `${namespace}/#${hash128(id)}`
}

/**
 * The id under which a command is stored in a generation of a stream: the same id in an earlier generation is another
 * command.
 */
export function generationCommandId(commandId: string, generation: number): string {
  if (generation === 0) return commandId
  const id = `${commandId}@${generation}`
  return id.length <= commandIdLength ? id : `#${hash128(id)}`
}

/** The id of a command derived from a sender's command: that command's id and the name of the derived one. */
export const derivedCommandId = (commandId: string, ...name: readonly string[]): string =>
  engineCommandId('derived', commandId, ...name)
