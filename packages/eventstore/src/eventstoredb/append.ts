import { randomUUID } from 'node:crypto'
import type { AppendOutcome } from '@guichet/domain'
import { CorruptHistory, meets } from '@guichet/domain'
import type { EncodedAppend } from '../codec/encode-append.ts'
import type { Connection } from './connection.ts'
import type { KnownStreams } from './known-streams.ts'
import { assertNotDeleted, readStreamAfter } from './read.ts'
import { toProposed } from './recorded.ts'
import { send } from './send.ts'

const maxRefusals = 5

/**
 * Appends at the very version up to which every command id of the stream is known, whatever version was expected; when the
 * stream has moved on it learns what is new and decides again. So a command id is stored once, by the server's own version
 * check, and no other stream is needed to remember it (docs/decisions/020).
 *
 * Appends to one stream must take turns within this process; among processes the version check sees to it.
 */
export async function appendAtKnownVersion(
  connection: Connection,
  known: KnownStreams,
  encoded: EncodedAppend,
): Promise<AppendOutcome> {
  const { stream, commandId, expectedVersion, fingerprint } = encoded
  const ids = encoded.events.map(() => randomUUID())
  const eventId = ids.at(-1) ?? ''
  const proposed = toProposed(encoded, ids)
  const refresh = async (): Promise<void> => {
    const { version: behind } = known.of(stream)
    const events = await readStreamAfter(connection, stream, behind)
    if (known.of(stream).version < behind) return refresh()
    known.learn(stream, events)
  }

  let asStored = !known.has(stream) && expectedVersion !== 'no_stream' && expectedVersion !== 0
  if (asStored) await refresh()
  else if (!known.isThere(stream)) {
    await assertNotDeleted(connection, stream)
    known.found(stream)
  }
  for (let refusals = 0; refusals < maxRefusals;) {
    const { version, commands } = known.of(stream)
    const outcome = commands.get(commandId)
    if (outcome) {
      const { fingerprint: _, ...written } = outcome.first
      return outcome.eventId === eventId ? { kind: 'appended', ...written } : { kind: 'duplicate', ...outcome.first }
    }
    if (!meets(expectedVersion, version)) {
      if (asStored) return { kind: 'conflict', actualVersion: version }
    } else {
      const position = await send(connection, stream, proposed, version)
      if (position !== undefined) {
        const written = { version: version + ids.length, position }
        known.keep(stream, version, commandId, { first: { ...written, ...(fingerprint && { fingerprint }) }, eventId })
        return { kind: 'appended', ...written }
      }
    }
    await refresh()
    asStored = true
    refusals = known.of(stream).version === version ? refusals + 1 : 0
  }
  throw new CorruptHistory(`the stream ${stream} takes no events behind its last one: some may have been removed`)
}
