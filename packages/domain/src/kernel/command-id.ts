import { hash128 } from './fingerprint.ts'

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
