import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Connection } from './connection.ts'
import { persistently } from './read.ts'
import { troubleOf } from './trouble.ts'

/** Holds no events; its metadata has the identity, in a stream that the server counts as its own and no reader of events meets. */
const stream = 'guichet-store'
const metadataSchema = z.object({ identity: z.string().min(1) })

/** The identity of the history on this server, which is written by whoever comes first. */
export async function openIdentity(connection: Connection): Promise<string> {
  for (;;) {
    const identity = await readIdentity(connection)
    if (identity !== undefined) return identity
    const options = { expectedRevision: 'no_stream', requiresLeader: true } as const
    await connection.client.setStreamMetadata(stream, { identity: randomUUID() }, options).catch((error: unknown) => {
      if (troubleOf(error) !== 'wrong_version') throw error
    })
  }
}

/** Undefined on a server that has none. */
export async function readIdentity(connection: Connection): Promise<string | undefined> {
  const read = { direction: 'backwards', fromRevision: 'end', maxCount: 1, requiresLeader: true } as const
  const page = await persistently(connection, () => connection.client.readStream(`$$${stream}`, read)).catch(
    (error: unknown) => {
      if (troubleOf(error) === 'not_found') return []
      throw error
    },
  )
  return page[0]?.event && metadataSchema.parse(page[0].event.data).identity
}
