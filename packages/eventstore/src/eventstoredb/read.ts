import { setTimeout as delay } from 'node:timers/promises'
import { CorruptHistory } from '@guichet/domain'
import type { AllStreamResolvedEvent, ResolvedEvent, StreamingRead } from '@eventstore/db-client'
import { StoreUnavailable } from '../failure/index.ts'
import type { Connection } from './connection.ts'
import { assertOpen } from './connection.ts'
import type { Recorded } from './recorded.ts'
import { toRecorded } from './recorded.ts'
import { isPassing, said, troubleOf } from './trouble.ts'

const pageSize = 1_000
const pauses = [20, 100, 500]

/**
 * The events of a stream behind a version, as the leader knows them; so many at the most.
 * @throws CorruptHistory for a stream that was deleted or has lost events; StoreUnavailable.
 */
export async function readStreamAfter(
  connection: Connection,
  stream: string,
  version: number,
  limit = Infinity,
): Promise<readonly Recorded[]> {
  const events: Recorded[] = []
  for (;;) {
    const from = version + events.length
    const maxCount = Math.min(pageSize, limit - events.length)
    const page = await persistently(connection, () =>
      connection.client.readStream(stream, {
        fromRevision: BigInt(from),
        maxCount,
        requiresLeader: true,
      }),
    ).catch((error: unknown) => emptyOrThrow(stream, error))
    for (const { event } of page) {
      if (!event) continue
      const recorded = toRecorded(event)
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

function emptyOrThrow(stream: string, error: unknown): readonly ResolvedEvent[] {
  const trouble = troubleOf(error)
  if (trouble === 'not_found') return []
  if (trouble === 'deleted') throw new CorruptHistory(`the stream ${stream} was deleted from EventStoreDB`)
  throw error
}

/**
 * Everything that a read answers with. What the server's surroundings spoil is tried again a few times.
 * @throws StoreUnavailable when that does not help; otherwise what the client throws.
 */
export async function persistently<E extends ResolvedEvent | AllStreamResolvedEvent>(
  connection: Connection,
  read: () => StreamingRead<E>,
): Promise<readonly E[]> {
  for (let attempt = 0; ; attempt++) {
    assertOpen(connection)
    try {
      return await collect(read(), connection)
    } catch (error) {
      const trouble = troubleOf(error)
      if (trouble !== 'denied' && !isPassing(trouble)) throw error
      const pause = pauses[attempt]
      if (pause === undefined || trouble === 'late' || trouble === 'denied') {
        throw new StoreUnavailable(`EventStoreDB did not read: ${said(error)}`, { cause: error })
      }
      await delay(pause)
    }
  }
}

/** No answer in time, as the client names it of calls for which it has a deadline; for reads it has none. */
class Silence extends Error {
  readonly type = 'deadline-exceeded'
}

async function collect<E>(read: StreamingRead<E>, { patienceMs, closing }: Connection): Promise<E[]> {
  const events: E[] = []
  let timer: NodeJS.Timeout | undefined
  let close = (): void => undefined
  // The client may report an error twice, the second time to nobody.
  read.on('error', () => undefined)
  const silence = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      void read.cancel()
      reject(new Silence(`the server was silent for ${patienceMs} ms`))
    }
    timer = setTimeout(giveUp, patienceMs)
    close = () => reject(new StoreUnavailable('the store was closed'))
    closing.addEventListener('abort', close)
    read.on('data', (event: E) => {
      events.push(event)
      timer?.refresh()
    })
  })
  const end = new Promise<void>((resolve, reject) => void read.once('end', resolve).once('error', reject))
  try {
    await Promise.race([end, silence])
    return events
  } finally {
    clearTimeout(timer)
    closing.removeEventListener('abort', close)
  }
}
