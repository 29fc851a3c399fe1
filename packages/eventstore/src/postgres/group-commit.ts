/** A request; two requests with the same key are never under way at once. */
type KeyedAppend = { readonly stream: string; readonly events: readonly unknown[] }

type Waiting<R, O> = {
  readonly request: R
  resolve(outcome: O): void
  reject(error: unknown): void
}

/** Gathers concurrent requests into batches. */
type GroupCommit<R, O> = {
  /** Adds a request to one of the next batches; requests for the same stream keep their order. */
  submit(request: R): Promise<O>
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>
}

/**
 * Group commit: requests that arrive while batches are under way leave in the next one. A batch holds at most one
 * request per stream and about `maxEvents` events, and `maxInFlight` batches are under way at once. A request that a
 * batch leaves `busy` is sent again alone until it is answered. So is every request of a batch that fails as a whole,
 * so that a failure reaches only the request that caused it; `concernsAll` recognises the failures for which that would
 * be wrong. Up to `maxInFlight` such requests are under way at once, besides the batches: requests that wait long for
 * their stream delay no others. A batch leaves in the next turn of the event loop, or after `gatherMs` milliseconds,
 * for which larger batches are worth the wait, unless one is full by then.
 */
export function createGroupCommit<R extends KeyedAppend, O>(options: {
  send(batch: readonly R[]): Promise<readonly (O | 'busy')[]>
  concernsAll(error: unknown): boolean
  readonly maxInFlight: number
  readonly maxEvents: number
  readonly gatherMs?: number
}): GroupCommit<R, O> {
  const { send, concernsAll, maxInFlight, maxEvents, gatherMs } = options
  const ready: Waiting<R, O>[] = []
  /** Streams that are ready or under way, with the requests that queue behind. */
  const queues = new Map<string, Waiting<R, O>[]>()
  let whenIdle: (() => void)[] = []
  let inFlight = 0
  let readyEvents = 0
  let planned: 'gathering' | 'leaving' | undefined
  let gathering: NodeJS.Timeout | undefined

  const addReady = (waiting: Waiting<R, O>): void => {
    ready.push(waiting)
    readyEvents += waiting.request.events.length
    plan()
  }

  const plan = (): void => {
    if (planned === 'leaving' || inFlight >= maxInFlight || ready.length === 0) return
    if (gatherMs === undefined || readyEvents >= maxEvents) {
      clearTimeout(gathering)
      planned = 'leaving'
      setImmediate(leave)
    } else if (planned === undefined) {
      planned = 'gathering'
      gathering = setTimeout(leave, gatherMs)
    }
  }

  const leave = (): void => {
    planned = undefined
    while (inFlight < maxInFlight && ready.length > 0) void carry(takeBatch())
  }

  const takeBatch = (): Waiting<R, O>[] => {
    let events = 0
    let length = 0
    for (const { request } of ready) {
      events += request.events.length
      if (length > 0 && events > maxEvents) break
      length++
    }
    const batch = ready.splice(0, length)
    for (const { request } of batch) readyEvents -= request.events.length
    return batch
  }

  const carry = async (batch: readonly Waiting<R, O>[]): Promise<void> => {
    inFlight++
    const unanswered = await answer(batch)
    inFlight--
    repeat(unanswered)
    plan()
  }

  /** Answers every request that has an outcome, and returns those that must be sent again alone. */
  const answer = async (batch: readonly Waiting<R, O>[]): Promise<readonly Waiting<R, O>[]> => {
    try {
      const outcomes = await send(batch.map(({ request }) => request))
      return batch.filter((waiting, index) => !settle(waiting, outcomes[index]))
    } catch (error) {
      if (batch.length > 1 && !concernsAll(error)) return batch
      for (const { request, reject } of batch) {
        reject(error)
        release(request.stream)
      }
      return []
    }
  }

  const settle = ({ request, resolve, reject }: Waiting<R, O>, outcome: O | 'busy' | undefined): boolean => {
    if (outcome === 'busy') return false
    if (outcome === undefined) reject(new Error(`there is no answer for ${request.stream}`))
    else resolve(outcome)
    release(request.stream)
    return true
  }

  const release = (stream: string): void => {
    const next = queues.get(stream)?.shift()
    if (next) return addReady(next)
    queues.delete(stream)
    if (queues.size > 0) return
    for (const resolve of whenIdle) resolve()
    whenIdle = []
  }

  const repeat = createRepeats<R, O>(answer, maxInFlight)

  return {
    submit: (request) =>
      new Promise((resolve, reject) => {
        const waiting = { request, resolve, reject }
        const queue = queues.get(request.stream)
        if (queue) {
          queue.push(waiting)
          return
        }
        queues.set(request.stream, [])
        addReady(waiting)
      }),
    idle: () => (queues.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.push(resolve))),
  }
}

/** Answers what it can of a batch, and returns the requests that must be sent again alone. */
type Answer<R, O> = (batch: readonly Waiting<R, O>[]) => Promise<readonly Waiting<R, O>[]>

/** Returns how to send requests again, each alone until it is answered, and at most `maxInFlight` at once. */
function createRepeats<R, O>(answer: Answer<R, O>, maxInFlight: number): (requests: readonly Waiting<R, O>[]) => void {
  const repeats: Waiting<R, O>[] = []
  let inFlight = 0

  const repeat = (requests: readonly Waiting<R, O>[]): void => {
    repeats.push(...requests)
    while (inFlight < maxInFlight) {
      const waiting = repeats.shift()
      if (!waiting) return
      void carryAlone(waiting)
    }
  }

  const carryAlone = async (waiting: Waiting<R, O>): Promise<void> => {
    inFlight++
    const unanswered = await answer([waiting])
    inFlight--
    repeat(unanswered)
  }

  return repeat
}
