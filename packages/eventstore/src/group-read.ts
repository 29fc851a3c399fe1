/** Requests that are answered together. */
type Pending<R, O> = { readonly request: R; resolve(outcome: O): void; reject(error: unknown): void }

/**
 * Gathers the requests of one turn of the event loop, and those that arrive while `maxInFlight` groups are under way,
 * into groups of up to `maxRequests`. Each request gets its own outcome, which may be a failure. When a group fails as
 * a whole, its requests are sent one by one, unless the failure concerns all.
 */
export function createGroupRead<R, O>(options: {
  /** Answers the requests in their order, each with a function that returns its outcome or throws. */
  send(requests: readonly R[]): Promise<readonly (() => O)[]>
  concernsAll(error: unknown): boolean
  readonly maxInFlight: number
  readonly maxRequests: number
}): (request: R) => Promise<O> {
  const { send, concernsAll, maxInFlight, maxRequests } = options
  const waiting: Pending<R, O>[] = []
  let inFlight = 0
  let planned = false

  const plan = (): void => {
    if (planned || inFlight >= maxInFlight || waiting.length === 0) return
    planned = true
    setImmediate(() => {
      planned = false
      while (inFlight < maxInFlight && waiting.length > 0) void carry(waiting.splice(0, maxRequests))
    })
  }
  const carry = async (group: readonly Pending<R, O>[]): Promise<void> => {
    inFlight++
    await ask(group)
    inFlight--
    plan()
  }
  const ask = async (group: readonly Pending<R, O>[]): Promise<void> => {
    try {
      const answers = await send(group.map(({ request }) => request))
      for (const [index, entry] of group.entries()) answer(entry, answers[index])
    } catch (error) {
      if (group.length > 1 && !concernsAll(error)) for (const entry of group) await ask([entry])
      else for (const { reject } of group) reject(error)
    }
  }
  const answer = ({ resolve, reject }: Pending<R, O>, outcome: (() => O) | undefined): void => {
    try {
      if (!outcome) throw new Error('there is no answer')
      resolve(outcome())
    } catch (error) {
      reject(error)
    }
  }
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject })
      plan()
    })
}
