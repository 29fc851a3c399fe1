import type { Connection } from '@temporalio/client'
import { EventEmitter, once } from 'node:events'
import type { Repetition } from '../../supervision/periodically.ts'
import type { RepeatedWork } from '../../supervision/repeat-with-back-off.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'
import { withOwnSignal } from '../../supervision/with-own-signal.ts'
import type { Watch } from './watch.ts'

/** Something that the server has to be told before it is of full use. */
export type Preparation = Repetition & {
  done(): boolean
  /** Resolves when it was tried for the first time, or when the signal is aborted. */
  untilTried(signal: AbortSignal): Promise<void>
}

const patienceMs = 10_000
const backOff = { first: 1_000, last: 30_000 }

/**
 * Tries until it has worked: the server may be away, or somebody may have to give leave. Does it again after each time the server was
 * lost: another one may be in its place, or the same without what it was told.
 */
export function untilDone(
  connection: Connection,
  watch: Watch,
  work: () => Promise<void>,
  reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>,
): Preparation {
  let done = false
  let tried = false
  const news = new EventEmitter()
  const { stop } = repeatWithBackOff({
    ...reports,
    backOff,
    work: async ({ signal, well }) => {
      try {
        await withOwnSignal(signal, (own) =>
          connection.withAbortSignal(own.signal, () => connection.withDeadline(Date.now() + patienceMs, work)),
        )
        done = true
      } catch (error) {
        done = false
        throw error
      } finally {
        tried = true
        news.emit('tried')
      }
      well()
      await watch.untilLost(signal)
      return 0
    },
  })
  return {
    done: () => done,
    untilTried: async (signal) => {
      if (!tried) await once(news, 'tried', { signal }).catch(() => undefined)
    },
    stop,
  }
}
