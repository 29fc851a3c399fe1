import type { Activity, ActivityToken } from './activity.ts'
import { ownCall } from './own-call.ts'
import { quietly } from './quietly.ts'

/** After how many milliseconds a request counts as failed. */
const requestMs = 15_000

/** The way to a desk. */
type Delivery = {
  /** Sends activities in one request. Undefined without a token that the desk takes. @throws where it is not reached. */
  send(activities: readonly Activity[]): Promise<Response | undefined>
  /** Hands activities to the browser, which sends them also when the page is gone. */
  beacon(activities: readonly Activity[]): void
}

/**
 * Sends activities to the server at an origin or below a path. A token that was refused is said with the status, and not
 * sent again.
 */
export function createDelivery(server: string, token: ActivityToken, onRefused: (status: number) => void): Delivery {
  const url = `${server.replace(/\/$/, '')}/activities`
  let latest = ''
  let refusedToken: string | undefined
  const readToken = (): string | Promise<string> => (typeof token === 'function' ? ownCall(token) : token)
  const isUsable = (bearer: string): boolean => !!bearer && bearer !== refusedToken

  const post = (bearer: string, activities: readonly Activity[]): Promise<Response> =>
    ownCall(() =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
        body: bodyOf(activities),
        keepalive: true,
        signal: AbortSignal.timeout(requestMs),
      }),
    )

  /** The token of now where it is there at once, or the latest one. */
  const tokenAtOnce = (): string => {
    const value = readToken()
    if (typeof value === 'string') return value
    value.catch(() => undefined)
    return latest
  }

  return {
    send: async (activities) => {
      const bearer = await readToken()
      latest = bearer
      if (!isUsable(bearer)) return undefined
      const answer = await post(bearer, activities)
      const { status } = answer
      if (status !== 401 && status !== 403) return answer
      refusedToken = bearer
      onRefused(status)
      return undefined
    },
    beacon: (activities) => {
      const bearer = tokenAtOnce()
      if (!isUsable(bearer)) return
      if (quietly(() => navigator.sendBeacon(url, bodyOf(activities, bearer)))) return
      post(bearer, activities).catch(() => undefined)
    },
  }
}

const bodyOf = (activities: readonly Activity[], token?: string): string =>
  JSON.stringify({ token, sentAt: new Date().toISOString(), activities })
