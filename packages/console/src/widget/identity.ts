import { exclusively } from '../connection/lock.ts'
import type { Store } from '../connection/storage.ts'
import { readJson } from '../connection/storage.ts'
import type { Errors } from '../connection/event-stream.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'

/** Who the visitor is: somebody the host names by a token, or an anonymous visitor whose token the desk mints. */
export type Identity = {
  /** Separates in the host's storage what belongs to different people. */
  readonly owner: string
  /** Whether nobody has said who they are: also where the host gives the token of an anonymous visitor. */
  readonly isAnonymous: boolean
  /** The token for the next request. @throws Unreachable @throws Refused */
  token(): Promise<string>
  /**
   * Joins the visit that this browser began anonymously to the customer whom the host has named. Returns whether there
   * was one. @throws Unreachable @throws Refused
   */
  claim(): Promise<boolean>
  /**
   * Renews a token that the desk has minted before its end, by a timer and when the browser wakes; `renewed` is called when
   * there is another token than the last one that was given out, by this tab or another. Returns how to stop.
   */
  keepFresh(renewed: () => void): () => void
  /**
   * The server takes a token no more; without one, the renewal was refused. Returns whether another one can be had without
   * the host.
   */
  rejected(token?: string): boolean
  /** Revokes a token that the desk has minted, and forgets it. */
  leave(): Promise<void>
}

/** A token that the desk has minted, as `POST /visitor` answers it. */
type VisitorToken = { readonly token: string; readonly id: string; readonly expiresAt: string }

/** A token is renewed this long before its end, in milliseconds. */
const renewMs = 300_000

/** An attempt to renew it is made this far from the last one at least, and a timer runs so long at most, in milliseconds. */
const retryMs = 5_000
const longestTimerMs = 2_147_483_647

const requestMs = 15_000

/** A visitor whose new tokens are refused too, so many times, has to wait for another visit. */
export const mostRejections = 3

/** The visitor's identity at a server. `hostToken` is the token of the host; without it the visitor is anonymous. */
export const createIdentity = (server: string, hostToken: string, store: Store): Identity =>
  hostToken === '' ? anonymous(server, store) : named(server, hostToken, store)

const keyOf = (server: string): string => `guichet-visitor:${server}`

const readToken = (server: string, store: Store): VisitorToken | undefined =>
  readJson<VisitorToken>(store, keyOf(server), ({ token, expiresAt }) => token !== '' && Date.parse(expiresAt) > 0)

const leftOf = (minted: VisitorToken | undefined): number => (minted ? Date.parse(minted.expiresAt) - Date.now() : 0)

/** Mints the token of a visitor, or renews it. */
async function mint(server: string, store: Store, bearer: string | undefined): Promise<VisitorToken> {
  const minted = await post<VisitorToken>(`${server}/visitor`, bearer)
  store.setItem(keyOf(server), JSON.stringify(minted))
  return minted
}

function anonymous(server: string, store: Store): Identity {
  let asking: Promise<VisitorToken> | undefined
  let lastToken: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let renewed: (() => void) | undefined

  const schedule = (): void => {
    clearTimeout(timer)
    const left = leftOf(readToken(server, store))
    if (!renewed || left <= 0) return
    const wait = left > renewMs ? left - renewMs : Math.max(left / 2, retryMs)
    timer = setTimeout(() => void renew(), Math.min(wait, longestTimerMs))
  }
  const fresh = (): VisitorToken | undefined => {
    const minted = readToken(server, store)
    return leftOf(minted) > renewMs ? minted : undefined
  }
  /** Two tabs would become two visitors: each looks, once it is its turn, at what the other has got. */
  const freshOrMinted = async (): Promise<VisitorToken> => {
    const minted = readToken(server, store)
    return fresh() ?? mint(server, store, leftOf(minted) > 0 ? minted?.token : undefined)
  }
  const valid = async (): Promise<string> => {
    const minted = fresh()
    if (minted) return minted.token
    asking ??= exclusively(keyOf(server), freshOrMinted).finally(() => (asking = undefined))
    return (await asking).token
  }
  const token = async (): Promise<string> => {
    try {
      return (lastToken = await valid())
    } finally {
      schedule()
    }
  }
  /** After its end a token is not renewed here: the next request gets another one, and says that it is another visitor. */
  const renew = async (): Promise<void> => {
    const before = lastToken
    if (!renewed || before === undefined || leftOf(readToken(server, store)) <= 0) return
    try {
      if ((await token()) !== before) renewed?.()
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    }
  }

  return {
    owner: 'visitor',
    isAnonymous: true,
    token,
    claim: async () => false,
    keepFresh: (then) => {
      const waking = new AbortController()
      const { signal } = waking
      renewed = then
      window.addEventListener('online', () => void renew(), { signal })
      document.addEventListener('visibilitychange', () => void renew(), { signal })
      schedule()
      return () => {
        renewed = undefined
        clearTimeout(timer)
        waking.abort()
      }
    },
    rejected: (refused) => {
      // Another one than that which was refused is valid: this tab or another has renewed it.
      if (refused === undefined || readToken(server, store)?.token === refused) store.removeItem(keyOf(server))
      return true
    },
    leave: async () => {
      const minted = readToken(server, store)
      store.removeItem(keyOf(server))
      if (minted) await post(`${server}/visitor/logout`, minted.token)
    },
  }
}

/** The customer whom the host names. The token that a claim mints is in memory alone: it goes with the page. */
function named(server: string, hostToken: string, store: Store): Identity {
  let claimed: VisitorToken | undefined
  const { sub = '', role } = claimsOf(hostToken)
  return {
    owner: sub,
    isAnonymous: role === 'visitor',
    token: async () => (claimed && leftOf(claimed) > 0 ? claimed.token : hostToken),
    claim: async () => {
      const visitor = readToken(server, store)
      if (!visitor) return false
      if (leftOf(visitor) > 0) claimed = await claim(server, store, visitor, hostToken)
      store.removeItem(keyOf(server))
      return true
    },
    keepFresh: () => () => undefined,
    rejected: () => false,
    leave: async () => {
      if (claimed) await post(`${server}/visitor/logout`, claimed.token)
      claimed = undefined
    },
  }
}

/**
 * Claims a visit; undefined when the visitor's own token is not valid any more, such as when an earlier claim was
 * answered and the answer lost. With a faulty token of the host the visitor stays who they are.
 */
async function claim(
  server: string,
  store: Store,
  visitor: VisitorToken,
  token: string,
): Promise<VisitorToken | undefined> {
  try {
    return await post<VisitorToken>(`${server}/visitor/claim`, visitor.token, { token })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const isVisitor = await mint(server, store, visitor.token).then(
      () => true,
      (refused: unknown) => {
        if (refused instanceof Refused) return false
        throw refused
      },
    )
    if (isVisitor) throw error
    return undefined
  }
}

async function post<T>(address: string, bearer: string | undefined, body?: object): Promise<T> {
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(requestMs),
  }).catch((error: unknown) => {
    throw new Unreachable(String(error))
  })
  if (response.status === 429 || response.status >= 500) throw new Unreachable(`status ${response.status}`)
  if (response.status === 204) return undefined as T
  const answer = (await response.json().catch(() => undefined)) as (T & { readonly errors?: Errors }) | undefined
  if (!response.ok) {
    const unnamed = response.status === 401 ? 'unauthenticated' : 'visitors_off'
    throw new Refused(answer?.errors?.[0]?.extensions?.code ?? unnamed)
  }
  if (!answer) throw new Unreachable(`status ${response.status}`)
  return answer
}

type Claims = { readonly sub?: string; readonly role?: string }

/** The claims of a token. The server alone verifies them. */
function claimsOf(token: string): Claims {
  try {
    const payload = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    return (JSON.parse(payload) as Claims | null) ?? {}
  } catch {
    return {}
  }
}
