import type { Activity, ActivityProblem, ActivityToken } from './activity.ts'
import { createDelivery } from './delivery.ts'
import { quietly, runLater } from './quietly.ts'

const mostInBatch = 100
/** With so many a request is sent at once, and else after so many milliseconds. */
const flushAt = 20
const flushMs = 2_000
/**
 * Kinds that may mean trouble, which is not to wait: sent at once, or right after the answer to a request that is under
 * way. There are two such requests in so many milliseconds at most.
 */
const urgent = /error|failed|timeout/
/** The most bytes of the activities of a request. With the token it is below the 64 kB of a beacon. */
const mostBytes = 50_000
/** The first and the longest wait before an attempt, in milliseconds. */
const shortestWait = 1_000
const longestWait = 300_000
/** How long the desk may make its clients wait, in milliseconds. */
const longestPause = 86_400_000

/**
 * The wait before a failed request is sent again, in milliseconds; attempts are counted from 0. Anything from a second to
 * a limit that doubles from two seconds up to five minutes.
 */
export function retryDelay(attempt: number): number {
  const limit = Math.min(longestWait, shortestWait * 2 ** (attempt + 1))
  return shortestWait + Math.random() * (limit - shortestWait)
}

type Options = {
  /** Where the desk is; without it nothing is taken. */
  readonly server?: string
  readonly token?: ActivityToken
  /** How many activities may wait: the oldest of more are dropped. */
  readonly mostPending?: number
  readonly onProblem?: (problem: ActivityProblem) => void
}

/** The activities that wait to be sent. */
type Queue = {
  add(activity: Activity): void
  /** Sends all of them, also during a back-off. Resolves when none is left or an attempt has failed; never rejects. */
  flush(): Promise<void>
  /** Hands them to the browser, since the page may end. If it does not, they are sent again under their ids. */
  leave(): void
  /** How many wait. */
  size(): number
  /** Drops all of them, and returns them. */
  discard(): readonly Activity[]
  /** Takes none any more, and ends the pause that the desk has asked for. */
  close(): void
}

/**
 * Sends activities in batches, and keeps what the desk does not take until it does.
 * @param isAllowed whether activities may be sent now.
 * @param isHeld whether those that may not may wait until they may.
 * @param delay takes over what the desk has refused for a while, by the code of the refusal; returns whether it does.
 */
export function createQueue(
  { server, token = '', mostPending = 200, onProblem }: Options,
  isAllowed: () => boolean,
  isHeld: () => boolean,
  delay?: (code: string, activity: Activity | undefined) => boolean,
): Queue {
  let pending: Activity[] = []
  let sending: Promise<void> | undefined
  let cancel: (() => void) | undefined
  let attempt = 0
  /** The most activities of a request. */
  let most = mostInBatch
  let pausedUntil = 0
  let flushedAt = 0
  let flushedBefore = 0
  let closed = !server
  /** The last one that was handed to the browser. */
  let beaconed: Activity | undefined
  /** How many are to be sent now: what comes meanwhile waits for others, unless it is enough. */
  let due = 0

  const report = (code: ActivityProblem['code'], reason?: string | number, activity?: Activity): void =>
    quietly(() => onProblem?.({ code, reason, activity }))

  const delivery = createDelivery(server ?? '', token, (status) => report('token_refused', status))

  const stop = (): void => {
    cancel?.()
    cancel = undefined
  }
  /** For how many milliseconds what is pending waits, where a request was begun at a moment. */
  const delayAfter = (begun: number): number =>
    pending.some(({ kind }) => urgent.test(kind)) ? Math.min(flushMs, begun + flushMs - Date.now()) : flushMs
  const schedule = (milliseconds: number): void => {
    stop()
    if (!closed) cancel = runLater(milliseconds, () => void flush())
  }

  /** Sends one batch; returns how long the next has to wait, in milliseconds. */
  const sendBatch = async (): Promise<number> => {
    if (!isAllowed()) {
      if (!isHeld()) pending = []
      return flushMs
    }
    let batch: readonly Activity[] = []
    const answer = await delivery.send(() => (batch = isAllowed() ? beginningOf(pending, most) : []))
    if (!answer) return retryDelay(attempt++)
    const { ok, status, headers } = answer
    if (status >= 500 || [408, 425, 429].includes(status)) {
      const retryAfterMs = Math.min(Number(headers.get('retry-after')) * 1_000 || 0, longestPause)
      pausedUntil = Date.now() + retryAfterMs
      return retryAfterMs || retryDelay(attempt++)
    }
    if (status === 413 && batch.length > 1) {
      most = batch.length >> 1
      return 0
    }
    attempt = 0
    most = Math.min(mostInBatch, 2 * most)
    const refusals = ok ? await refusalsIn(answer) : []
    due -= batch.length
    pending = pending.filter((activity) => !batch.includes(activity))
    if (!ok) for (const activity of batch) report('refused', status, activity)
    for (const { index, code, message } of refusals)
      if (!delay?.(code, batch[index])) report('refused', message, batch[index])
    return 0
  }

  const drain = async (): Promise<void> => {
    let wait = 0
    while (wait === 0 && pending.length > (due > 0 ? 0 : flushAt - 1))
      wait = await sendBatch().catch(() => retryDelay(attempt++))
    sending = undefined
    if (pending.length > 0) schedule(wait || delayAfter(flushedBefore))
  }

  const flush = async (): Promise<void> => {
    stop()
    const pause = pausedUntil - Date.now()
    if (pending.length === 0) return
    if (pause > 0) return schedule(pause)
    due = pending.length
    flushedBefore = flushedAt
    flushedAt = Date.now()
    sending ??= drain()
    await sending
  }

  const add = (activity: Activity): void => {
    if (closed) return
    if (bytesOf(activity) > mostBytes) return report('too_large', undefined, activity)
    pending.push(activity)
    if (pending.length > mostPending) report('queue_full', undefined, pending.shift())
    // The end of what is being sent now sees to what has come meanwhile.
    if (sending) return
    if (pending.length >= flushAt && attempt === 0) void flush()
    else if (!cancel || (urgent.test(activity.kind) && attempt === 0)) schedule(delayAfter(flushedAt))
  }

  return {
    add,
    flush,
    leave: () => {
      const last = pending.at(-1)
      if (closed || last === beaconed || pausedUntil > Date.now() || !isAllowed()) return
      beaconed = last
      for (let rest: readonly Activity[] = pending; rest.length > 0;) {
        const batch = beginningOf(rest, most)
        delivery.beacon(batch)
        rest = rest.slice(batch.length)
      }
    },
    size: () => pending.length,
    discard: () => pending.splice(0),
    close: () => {
      closed = true
      pausedUntil = 0
      stop()
    },
  }
}

/** The beginning of a list that fits in a request of at most so many activities. */
function beginningOf(activities: readonly Activity[], most: number): readonly Activity[] {
  let batch = activities.slice(0, most)
  while (batch.length > 1 && bytesOf(batch) > mostBytes) batch = batch.slice(0, batch.length >> 1)
  return batch
}

/** One activity of a request that the desk refused, by its place in it. */
type Refusal = { readonly index: number; readonly code: string; readonly message: string }

async function refusalsIn(answer: Response): Promise<readonly Refusal[]> {
  const body = (await answer.json().catch(() => undefined)) as { readonly refused?: readonly Refusal[] } | undefined
  return body?.refused ?? []
}

const bytesOf = (value: object): number => new TextEncoder().encode(JSON.stringify(value)).length
