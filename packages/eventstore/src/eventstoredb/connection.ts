import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { isPackageMissing, StoreUnavailable, StoreUnusable } from '../failure.ts'
import { retryWithBackOff } from '../retry.ts'
import { speaksTls } from '../speaks-tls.ts'
import { hostsOf, parseAddress } from './address.ts'
import type * as filtering from './client.ts'
import type { FilteringClient } from './client.ts'
import type { Place } from './position.ts'
import type { StreamNames } from './recorded.ts'
import { streamNames } from './recorded.ts'
import { firstLineOf, troubleOf } from './trouble.ts'

/** A connection to a server, or to the leader of a cluster. */
export type Connection = {
  readonly client: FilteringClient
  readonly names: StreamNames
  /** Host and port, of one node or of several. */
  readonly hosts: string
  /**
   * Milliseconds that a read may be silent; for a filtered one, until a second call checks that the server still
   * answers.
   */
  readonly patienceMs: number
  /** Aborted when the connection is closed: the client leaves reads under way without an answer. */
  readonly closing: AbortSignal
  /** Records an event that the server has, to recognise an older backup of it. */
  saw(event: EventMark): void
  /**
   * Called before every request.
   * @throws StoreUnavailable for a connection that was closed, or leads to another history.
   */
  assertUsable(): Promise<void>
  close(): Promise<void>
}

/** An event on the server, by its place and its id there. */
export type EventMark = { readonly position: Place; readonly id: string }

const oldest = { major: 22, minor: 6 }
/** How often the last event is read again from a node that is not the leader. */
const retries = 2
const backOff = { first: 50, last: 1_000 }

/** How long calls under way may take to end when the connection is closed. */
const graceMs = 2_000

/**
 * Opens a connection and checks that the server is usable; waits for a server that is starting.
 * @throws StoreUnusable for an invalid address, refused credentials, a server other than EventStoreDB or older than
 * 22.6, or a missing client package; StoreUnavailable when nothing answers within `patienceMs`.
 */
export async function connect(url: string, patienceMs: number): Promise<Connection> {
  const address = parseAddress(url)
  if (typeof address === 'string') throw invalid(address)
  const { clientFor } = await loadClient()
  const client = make(() => clientFor(address))
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const close = async (): Promise<void> => {
    closing.abort()
    const closed = client
      .dispose()
      .then(() => client.channel())
      .then(
        (channel) => channel.close(),
        () => undefined,
      )
    await Promise.race([closed, delay(graceMs, undefined, { ref: false })])
  }
  try {
    await patiently(patienceMs, url, () => tryOut(client))
  } catch (error) {
    await close()
    throw error
  }
  return {
    client,
    names: streamNames(address.options['streamPrefix']),
    hosts: hostsOf(url),
    patienceMs,
    closing: closing.signal,
    saw: () => undefined,
    assertUsable: async () => {
      // The client would open a closed connection again.
      if (closing.signal.aborted) throw new StoreUnavailable('the store was closed')
    },
    close,
  }
}

/** Loaded on demand: it takes longer than everything else at the start of a process, and need not be installed. */
async function loadClient(): Promise<typeof filtering> {
  try {
    return await import('./client.ts')
  } catch (cause) {
    if (!isPackageMissing(cause)) throw cause
    const message = 'the client of EventStoreDB is not installed: npm install @eventstore/db-client@6 @grpc/grpc-js@1'
    throw new StoreUnusable('client_missing', message, { cause })
  }
}

const invalid = (fault: string): StoreUnusable =>
  new StoreUnusable('address_invalid', `the address of EventStoreDB ${fault}`)

function make(client: () => FilteringClient): FilteringClient {
  try {
    return client()
  } catch (error) {
    throw invalid(`cannot be used: ${firstLineOf(error)}`)
  }
}

/**
 * Retries for the given milliseconds: for some seconds a starting server refuses connections, and answers that it is
 * not ready.
 */
async function patiently(patienceMs: number, url: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + patienceMs
  let last: Error = new StoreUnavailable(`EventStoreDB at ${hostsOf(url)} gave no answer within ${patienceMs} ms`)
  let isLate = false
  const tryOnce = async (): Promise<void> => {
    const outcome = await within(deadline - performance.now(), attempt()).catch((error: unknown) =>
      unusable(url, error),
    )
    if (outcome === undefined) return
    isLate = outcome === 'late'
    if (outcome !== 'late') last = outcome
    throw last
  }
  const isRetryable = (): boolean => !isLate && !(last instanceof StoreUnusable)
  await retryWithBackOff(tryOnce, { backOff, patienceMs, isRetryable })
}

/** Reads the last event of all, as the leader knows it, and requests the version. */
async function tryOut(client: FilteringClient): Promise<void> {
  const readLast = async (): Promise<void> => {
    const read = client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true })
    // Reads to its end: an unfinished read keeps the client from closing.
    for await (const _ of read.on('error', () => undefined));
  }
  const isRetryable = (error: unknown): boolean => troubleOf(error) === 'not_leader'
  await retryWithBackOff(readLast, { backOff: { first: 0, last: 0 }, retries, isRetryable })
  const serverVersion = await client.serverVersion()
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
  if (trouble === 'unknown_service' || /Protocol error/.test(firstLineOf(error))) {
    return new StoreUnusable('not_an_eventstore', `what answers at ${hosts} is not EventStoreDB`)
  }
  return new StoreUnavailable(`EventStoreDB at ${hosts} cannot be reached (${firstLineOf(error)})`, { cause: error })
}

async function within(milliseconds: number, work: Promise<void>): Promise<'late' | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), milliseconds)
  })
  try {
    return (await Promise.race([work, late])) ?? undefined
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}

/** Describes a TLS mismatch between an address and its server, and the remedy; undefined for any other problem. */
async function tlsMismatch(url: string, error: unknown): Promise<string | undefined> {
  const message = firstLineOf(error)
  if (/wrong version number|packet length too long/.test(message)) {
    return 'takes no encrypted connections: its address needs tls=false'
  }
  const [, ...after] = message.split('Last error: ')
  const refused = after.join('Last error: ').replace(/^(?:Error: )?(?:\w{1,100}:error:)?/, '')
  if (/certificate|altnames|issuer/i.test(refused)) {
    return `has a certificate that is not trusted (${refused.replace(/\.$/, '')}): tlsCAFile names its authority`
  }
  const unclear = /Failed to connect|Protocol error|ECONNRESET|socket hang up/.test(message)
  if (unclear && url.includes('tls=false') && (await isEncrypted(hostsOf(url)))) {
    return 'takes encrypted connections only: its address must go without tls=false'
  }
  return undefined
}

async function isEncrypted(hosts: string): Promise<boolean> {
  const [host = '', port = '2113'] = hosts.split(',')[0]?.split(':') ?? []
  return speaksTls(host, Number(port))
}
