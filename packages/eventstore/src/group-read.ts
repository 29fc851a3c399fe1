/** What is asked for together. */
type Asked<R, O> = { readonly request: R; resolve(outcome: O): void; reject(error: unknown): void }

/**
 * Gathers requests that are made in one turn of the event loop, and what comes while `maxInFlight` groups of them are under way, into
 * groups of up to `maxRequests`. A request gets its own outcome, which may be that it fails; a group that fails as a whole is asked for
 * one by one, unless the failure concerns all.
 */
export function createGroupRead<R, O>(options: {
  /** Answers each request in their order, by a function that gives its outcome or throws. */
  send(requests: readonly R[]): Promise<readonly (() => O)[]>
  concernsAll(error: unknown): boolean
  readonly maxInFlight: number
  readonly maxRequests: number
}): (request: R) => Promise<O> {
  const { send, concernsAll, maxInFlight, maxRequests } = options
  const waiting: Asked<R, O>[] = []
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
  const carry = async (group: readonly Asked<R, O>[]): Promise<void> => {
    inFlight++
    await ask(group)
    inFlight--
    plan()
  }
  const ask = async (group: readonly Asked<R, O>[]): Promise<void> => {
    try {
      const answers = await send(group.map(({ request }) => request))
      for (const [index, asked] of group.entries()) answer(asked, answers[index])
    } catch (error) {
      if (group.length > 1 && !concernsAll(error)) for (const asked of group) await ask([asked])
      else for (const { reject } of group) reject(error)
    }
  }
  const answer = ({ resolve, reject }: Asked<R, O>, outcome: (() => O) | undefined): void => {
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
