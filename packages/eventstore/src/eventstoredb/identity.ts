import { randomUUID } from 'node:crypto'
import type { Channel, connectivityState } from '@grpc/grpc-js'
import { z } from 'zod'
import { StoreUnavailable, StoreUnusable } from '../failure/index.ts'
import type { Connection } from './connection.ts'
import { readMetadata } from './read.ts'
import { isPassing, said, troubleOf } from './trouble.ts'

/** Holds no events; its metadata has the identity, in a stream that the server counts as its own and no reader of events meets. */
const stream = 'guichet-store'
/** As a value, since only who chooses EventStoreDB has its client installed. */
const ready: connectivityState.READY = 2

const metadataSchema = z.object({ identity: z.string().min(1) })

/** The identity of the history on this server, which is written by whoever comes first. */
export async function openIdentity(connection: Connection): Promise<string> {
  for (;;) {
    const identity = await readIdentity(connection)
    if (identity !== undefined) return identity
    const options = { expectedRevision: 'no_stream', requiresLeader: true } as const
    const name = connection.names.onServer(stream)
    await connection.client.setStreamMetadata(name, { identity: randomUUID() }, options).catch((error: unknown) => {
      if (troubleOf(error) !== 'wrong_version') throw unavailableOr(error)
    })
  }
}

const unavailableOr = (error: unknown): unknown =>
  isPassing(troubleOf(error))
    ? new StoreUnavailable(`EventStoreDB did not note the identity: ${said(error)}`, { cause: error })
    : error

/** Undefined on a server that has none. @throws StoreUnusable where something else stands in its place. */
async function readIdentity(connection: Connection): Promise<string | undefined> {
  const metadata = await readMetadata(connection, connection.names.onServer(stream))
  if (metadata === undefined) return undefined
  const parsed = metadataSchema.safeParse(metadata)
  if (parsed.success) return parsed.data.identity
  const name = connection.names.onServer(stream)
  throw new StoreUnusable('identity_missing', `the metadata of the stream ${name} has no identity of an event store`)
}

/**
 * The same connection, which compares the identity again whenever it has been broken and made anew, before anything is sent:
 * another server may answer there by then, or a wiped one.
 */
export function keepIdentity(connection: Connection, identity: string): Connection {
  const { client, hosts, assertUsable } = connection
  let compared: Channel | undefined
  let comparing: Promise<void> | undefined

  const compareNow = async (): Promise<void> => {
    const found = await readIdentity(connection).catch((error: unknown) => {
      if (error instanceof StoreUnusable) return undefined
      throw error
    })
    if (found !== identity) {
      const answers = found === undefined ? 'one without an identity' : found
      throw new StoreUnavailable(`another event store answers at ${hosts}: ${answers}, where ${identity} was`)
    }
    const channel = await client.channel()
    if (channel.getConnectivityState(false) !== ready) return
    compared = channel
    channel.watchConnectivityState(ready, Infinity, () => {
      if (compared === channel) compared = undefined
    })
  }

  return {
    ...connection,
    assertUsable: async () => {
      await assertUsable()
      if (compared !== undefined && compared === (await client.channel().catch(() => undefined))) return
      comparing ??= compareNow().finally(() => {
        comparing = undefined
      })
      await comparing
    },
  }
}
