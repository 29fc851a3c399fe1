import { hash128 } from './fingerprint.ts'

/** How long a command id may be, in characters. */
export const commandIdLength = 200

/** What a command id is made of. */
export const commandIdPattern: RegExp = /^[\x20-\x7e]+$/

/**
 * The id of one of several commands that are carried out together, by its place from 0: the first has their common id, the
 * others one that no sender can choose.
 */
export const stepCommandId = (commandId: string, step: number): string =>
  step === 0 ? commandId : `${commandId}\n${step}`

/**
 * The id of a command that follows from something else: always the same for the same parts, such as the id of the first
 * command and the name of what follows it. Parts that are too long together, or not printable ASCII, are hashed, and what the id
 * begins with stays: an engine's ids are told by it (`senderSchema`).
 */
export function derivedCommandId(...parts: readonly string[]): string {
  const id = parts.join('/')
  if (id.length <= commandIdLength && commandIdPattern.test(id)) return id
  const [first = ''] = parts
  return `${/^[a-z_]{1,50}$/.test(first) ? first : 'derived'}/#${hash128(id)}`
}
