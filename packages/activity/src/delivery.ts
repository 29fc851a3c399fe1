import type { Activity, ActivityToken } from './activity.ts'
import { ownCall } from './own-call.ts'
import { quietly } from './quietly.ts'

/** After how many milliseconds a request counts as failed. */
const requestMs = 15_000
/** For how many milliseconds a token is used again that a promise gave. */
const tokenMs = 300_000

/** The way to a desk. */
type Delivery = {
  /**
   * Sends activities in one request, which are read when the token is there. Undefined without any, or without a token that
   * the desk takes. @throws where it is not reached.
   */
  send(read: () => readonly Activity[]): Promise<Response | undefined>
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
  /** Until when the latest token is used again; 0 for none. */
  let latestUntil = 0
  let refusedToken: string | undefined
  const readToken = (): string | Promise<string> =>
    Date.now() < latestUntil ? latest : typeof token === 'function' ? ownCall(token) : token
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

  const send = async (read: () => readonly Activity[]): Promise<Response | undefined> => {
    const value = readToken()
    const bearer = await value
    latest = bearer
    const activities = read()
    if (!isUsable(bearer) || activities.length === 0) return undefined
    const answer = await post(bearer, activities)
    const { status } = answer
    if (status !== 401 && status !== 403) {
      if (value !== bearer) latestUntil = Date.now() + tokenMs
      return answer
    }
    // One that was used before may have expired: the next one is tried before any is said to be refused.
    if (latestUntil > 0) {
      latestUntil = 0
      return send(read)
    }
    refusedToken = bearer
    onRefused(status)
    return undefined
  }

  return {
    send,
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
