import type { Store } from './outbox.ts'
import { Refused, Unreachable } from './transport.ts'

/** Who the visitor is: somebody the host names by a token, or an anonymous visitor whose token the desk mints. */
export type Identity = {
  /** Tells apart in the host's storage what belongs to different people. */
  readonly owner: string
  /** The token for the next request. @throws Unreachable @throws Refused */
  token(): Promise<string>
  /** The server takes the token no more. Returns whether another one can be had without the host. */
  rejected(): boolean
  /** Revokes a visitor's token, and forgets it. */
  leave(): Promise<void>
}

/** A token that the desk has minted, as `POST /visitor` answers it. */
type Minted = { readonly token: string; readonly id: string; readonly expiresAt: string }

/** A token is renewed this long before its end, in milliseconds. */
const renewMs = 300_000

const requestMs = 15_000

/** The visitor's identity at a server. `given` is the token of the host; without it the visitor is anonymous. */
export function createIdentity(server: string, given: string, store: Store): Identity {
  if (given !== '') {
    return { owner: subjectOf(given), token: async () => given, rejected: () => false, leave: async () => undefined }
  }
  const key = `guichet-visitor:${server}`
  const known = (): Minted | null => JSON.parse(store.getItem(key) ?? 'null') as Minted | null
  let asking: Promise<Minted> | undefined

  const mint = async (bearer: string | undefined): Promise<Minted> => {
    const minted = await post<Minted>(`${server}/visitor`, bearer)
    store.setItem(key, JSON.stringify(minted))
    return minted
  }
  return {
    owner: 'visitor',
    token: async () => {
      const minted = known()
      const left = minted ? Date.parse(minted.expiresAt) - Date.now() : 0
      if (minted && left > renewMs) return minted.token
      asking ??= mint(left > 0 ? minted?.token : undefined).finally(() => (asking = undefined))
      return (await asking).token
    },
    rejected: () => {
      store.removeItem(key)
      return true
    },
    leave: async () => {
      const minted = known()
      store.removeItem(key)
      if (minted) await post(`${server}/visitor/logout`, minted.token)
    },
  }
}

async function post<T>(address: string, bearer: string | undefined): Promise<T> {
  const response = await fetch(address, {
    method: 'POST',
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    signal: AbortSignal.timeout(requestMs),
  }).catch((error: unknown) => {
    throw new Unreachable(String(error))
  })
  if (response.status === 429 || response.status >= 500) throw new Unreachable(`status ${response.status}`)
  // A desk that takes no visitors, or a server that knows of none.
  if (!response.ok) throw new Refused('unauthenticated')
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** The claim `sub` of a token. The server alone verifies it. */
function subjectOf(token: string): string {
  try {
    const payload = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    return (JSON.parse(payload) as { readonly sub?: string }).sub ?? ''
  } catch {
    return ''
  }
}
