import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventStoreDBClient, excludeSystemEvents } from '@eventstore/db-client'
import { StoreUnavailable, StoreUnusable } from '../failure/index.ts'
import { eventStoreUrlFault, hostsOf } from './address.ts'
import { tlsMismatch } from './tls-mismatch.ts'
import { said, troubleOf } from './trouble.ts'

/** A way to a server, or to the leader of a cluster. */
export type Connection = {
  readonly client: EventStoreDBClient
  readonly excludeSystemEvents: typeof excludeSystemEvents
  /** Milliseconds that a read may be silent for. */
  readonly patienceMs: number
  /** Aborted when the connection is closed: the client leaves reads under way without an answer. */
  readonly closing: AbortSignal
  close(): Promise<void>
}

/** What this adapter needs of the client beyond what its types publish. */
type Inside = {
  supports: () => Promise<boolean>
  readonly capabilities: Promise<{ readonly serverVersion: string }>
  getChannel(): Promise<{ close(): void }>
}

const oldest = { major: 22, minor: 6 }
const tries = 3
/** How long calls under way may take to end when the connection is closed. */
const graceMs = 2_000

/**
 * Opens a connection and sees whether the server behind it can be worked with.
 * @throws StoreUnusable for an address that cannot be one, refused credentials, a server that is none of EventStoreDB's or
 * older than 22.6; StoreUnavailable when nothing answers within `patienceMs`.
 */
export async function connect(url: string, patienceMs: number): Promise<Connection> {
  const fault = eventStoreUrlFault(url)
  if (fault !== undefined) throw new StoreUnusable('address_invalid', `the address of EventStoreDB ${fault}`)
  // Loaded when it is wanted: it takes longer than everything else at the start of a process.
  const { EventStoreDBClient, excludeSystemEvents } = await import('@eventstore/db-client')
  const client = clientOf(EventStoreDBClient, url)
  const inside = client as unknown as Inside
  // One call for each append (docs/decisions/020): in the shared one a broken connection fails the appends of all clients.
  inside.supports = async () => false
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const close = async (): Promise<void> => {
    closing.abort()
    const closed = client
      .dispose()
      .then(() => inside.getChannel())
      .then(
        (channel) => channel.close(),
        () => undefined,
      )
    await Promise.race([closed, delay(graceMs, undefined, { ref: false })])
  }
  try {
    await within(patienceMs, tryOut(client, inside))
  } catch (error) {
    await close()
    throw await unusable(url, error)
  }
  return { client, excludeSystemEvents, patienceMs, closing: closing.signal, close }
}

function clientOf(Client: typeof EventStoreDBClient, url: string): EventStoreDBClient {
  try {
    return Client.connectionString(url)
  } catch {
    const about = 'are the files of its certificates there, and a key with each user certificate?'
    throw new StoreUnusable('address_invalid', `the address of EventStoreDB cannot be used: ${about}`)
  }
}

/** @throws StoreUnavailable when the connection was closed: the client would open it again. */
export function assertOpen({ closing }: Pick<Connection, 'closing'>): void {
  if (closing.aborted) throw new StoreUnavailable('the store was closed')
}

/** Reads the last event of all, as the leader knows it, and asks for the version. */
async function tryOut(client: EventStoreDBClient, inside: Inside): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const read = client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true })
      // To its end: what is left of a read keeps the client from closing.
      for await (const _ of read.on('error', () => undefined));
      break
    } catch (error) {
      if (troubleOf(error) !== 'not_leader' || attempt === tries) throw error
    }
  }
  const { serverVersion } = await inside.capabilities
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number)
  if (!(major > oldest.major || (major === oldest.major && minor >= oldest.minor))) {
    throw new StoreUnusable(
      'eventstore_too_old',
      `EventStoreDB ${serverVersion} is too old: ${oldest.major}.${oldest.minor} is the first that tells the position of every event`,
    )
  }
}

async function unusable(url: string, error: unknown): Promise<Error> {
  if (error instanceof StoreUnusable) return error
  const hosts = hostsOf(url)
  const trouble = troubleOf(error)
  if (trouble === 'denied') {
    return new StoreUnusable(
      'credentials_refused',
      `EventStoreDB at ${hosts} refuses the user of the address, or lets it not read $all`,
    )
  }
  const mismatch = await tlsMismatch(url, error)
  if (mismatch !== undefined) return new StoreUnusable('tls_mismatch', `EventStoreDB at ${hosts} ${mismatch}`)
  if (trouble === 'unknown_service' || /Protocol error/.test(said(error))) {
    return new StoreUnusable('not_an_eventstore', `what answers at ${hosts} is not EventStoreDB`)
  }
  return new StoreUnavailable(`EventStoreDB at ${hosts} cannot be reached (${said(error)})`, { cause: error })
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
