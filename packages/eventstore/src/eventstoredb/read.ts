import type { ResolvedEvent } from '@eventstore/db-client'
import { CorruptHistory } from '@guichet/domain'
import { StoreUnavailable, StreamDeleted, StreamTruncated } from '../failure.ts'
import { retryWithBackOff } from '../retry.ts'
import type { Connection } from './connection.ts'
import type { ServerEvent } from './recorded.ts'
import { toRecorded } from './recorded.ts'
import { isPassing, firstLineOf, troubleOf } from './trouble.ts'

const pageSize = 1_000
/** How often a call is retried that failed because of the network or the server's state, here and for appends. */
export const resending = { backOff: { first: 100, last: 400 }, retries: 3 }

/**
 * Returns the events of a stream after a version, as the leader knows them, up to a limit.
 * @throws StreamDeleted, also for a stream that has lost its first events; CorruptHistory for one with a gap;
 * StoreUnavailable.
 */
export async function readStreamAfter(
  connection: Connection,
  stream: string,
  version: number,
  limit = Infinity,
): Promise<readonly ServerEvent[]> {
  const events: ServerEvent[] = []
  const name = connection.names.onServer(stream)
  for (;;) {
    const from = version + events.length
    const maxCount = Math.min(pageSize, limit - events.length)
    const options = { fromRevision: BigInt(from), maxCount, requiresLeader: true }
    const page = await retried<ResolvedEvent>(connection, async () =>
      connection.client.readStream(name, options),
    ).catch((error: unknown) => absentOrThrow(connection, stream, error))
    if (!page) return events
    // It exists, but readers are shown nothing.
    if (page.length === 0 && from === 0) throw new StreamTruncated(stream)
    for (const { event } of page) {
      if (!event) continue
      const recorded = toRecorded(event, connection.names)
      if (events.length === 0 && recorded.version > version + 1) throw new StreamTruncated(stream)
      if (recorded.version !== version + events.length + 1) {
        throw new CorruptHistory(
          `the stream ${stream} has lost events: ${recorded.version} follows ${version + events.length}`,
        )
      }
      events.push(recorded)
    }
    if (page.length < maxCount || events.length >= limit) return events
  }
}

/** @returns undefined for a stream that does not exist. */
async function absentOrThrow(connection: Connection, stream: string, error: unknown): Promise<undefined> {
  const trouble = troubleOf(error)
  if (trouble === 'deleted') throw new StreamDeleted(stream)
  if (trouble !== 'not_found') throw error
  await assertNotDeleted(connection, stream)
  return undefined
}

/**
 * Looks for what is missing in a stream that is known, or new: it was deleted, or a limit that it has got has taken its
 * first events, without which nothing could be read of it in another process.
 * @throws StreamDeleted, also for a stream that has lost its first events.
 */
export async function assertWhole(connection: Connection, stream: string): Promise<void> {
  const metadata = await assertNotDeleted(connection, stream)
  if ('$maxCount' in metadata || '$maxAge' in metadata) await readStreamAfter(connection, stream, 0, 1)
}

/**
 * Looks for the mark that the server leaves where a stream was deleted so that it can be written again. Readers see
 * such a stream as one that never existed, and an append to it would be stored after the hidden events.
 * @returns the metadata of the stream.
 * @throws StreamDeleted when the mark is there, or the stream was deleted for good.
 */
async function assertNotDeleted(connection: Connection, stream: string): Promise<object> {
  const name = connection.names.onServer(stream)
  const metadata = await readMetadata(connection, name).catch((error: unknown) => {
    throw troubleOf(error) === 'deleted' ? new StreamDeleted(stream) : error
  })
  if (typeof metadata !== 'object' || metadata === null) return {}
  if ('$tb' in metadata) throw new StreamDeleted(stream)
  return metadata
}

/** The metadata of a stream on the server, by its name there; undefined without any. */
export async function readMetadata(connection: Connection, name: string): Promise<unknown> {
  const options = { direction: 'backwards', fromRevision: 'end', maxCount: 1, requiresLeader: true } as const
  try {
    const [latest] = await retried<ResolvedEvent>(connection, async () =>
      connection.client.readStream(`$$${name}`, options),
    )
    return latest?.event?.data
  } catch (error) {
    if (troubleOf(error) === 'not_found') return undefined
    throw error
  }
}

/** The answer to a call, piece by piece. */
type Answering<E> = {
  on(event: 'data', listener: (piece: E) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'end', listener: () => void): unknown
  cancel(): unknown
}

/** When a read is over, besides at its end. */
type Ending<E> = {
  /** For each try, creates the check that recognises the last event needed. */
  readonly createEnough?: () => (event: E) => boolean
  /**
   * Checks whether a server that has been silent for long still answers, and rejects if not; without it silence ends
   * the read.
   */
  readonly assertAnswering?: () => Promise<void>
}

/**
 * Collects the whole answer to a read. Failures of the network or the server are retried a few times.
 * @throws StoreUnavailable when that does not help; otherwise the client's error.
 */
export async function retried<E>(
  connection: Connection,
  read: () => Promise<Answering<E>>,
  { createEnough = () => () => false, assertAnswering }: Ending<E> = {},
): Promise<readonly E[]> {
  const readOnce = async (): Promise<readonly E[]> => {
    await connection.assertUsable()
    return collect(read, connection, createEnough(), assertAnswering)
  }
  const isRetryable = (error: unknown): boolean => {
    const trouble = troubleOf(error)
    return trouble !== 'late' && isPassing(trouble)
  }
  try {
    return await retryWithBackOff(readOnce, { ...resending, isRetryable })
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble !== 'denied' && !isPassing(trouble)) throw error
    throw new StoreUnavailable(`EventStoreDB did not read: ${firstLineOf(error)}`, { cause: error })
  }
}

/** No answer in time, in the client's name for calls with a deadline; its reads have none. */
class Silence extends Error {
  readonly type = 'deadline-exceeded'
}

/** Collects the answer, to its end or up to the last event needed. */
export async function collect<E>(
  read: () => Promise<Answering<E>>,
  { patienceMs, closing }: Connection,
  enough: (event: E) => boolean = () => false,
  assertAnswering?: () => Promise<void>,
): Promise<E[]> {
  const events: E[] = []
  let over = false
  let timer: NodeJS.Timeout | undefined
  let close = (): void => undefined
  let cancel = (): void => undefined
  const silence = new Promise<never>((_, reject) => {
    const giveUp = (error: Error): void => {
      cancel()
      reject(error)
    }
    const beSilent = (): void => {
      if (!assertAnswering) return giveUp(new Silence(`the server was silent for ${patienceMs} ms`))
      assertAnswering().then(() => (over ? undefined : timer?.refresh()), giveUp)
    }
    timer = setTimeout(beSilent, patienceMs)
    close = () => reject(new StoreUnavailable('the store was closed'))
    closing.addEventListener('abort', close)
  })
  const whole = async (): Promise<void> => {
    const answering = await read()
    cancel = () => void answering.cancel()
    await new Promise<void>((resolve, reject) => {
      // An error may be reported twice, the second time without a listener.
      answering.on('error', reject)
      answering.on('end', resolve)
      let ended = false
      answering.on('data', (event) => {
        if (ended) return
        events.push(event)
        timer?.refresh()
        if (!enough(event)) return
        ended = true
        answering.cancel()
        resolve()
      })
    })
  }
  const reading = whole()
  reading.catch(() => undefined)
  try {
    await Promise.race([reading, silence])
    return events
  } finally {
    over = true
    clearTimeout(timer)
    closing.removeEventListener('abort', close)
  }
}
