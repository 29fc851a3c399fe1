import type { Principal } from './principal.ts'

/** Revokes one token by its claim `jti`, or all tokens of a principal that were issued before an instant. */
export type Revocation =
  | { readonly tokenId: string }
  | { readonly subject: string; /** In milliseconds since 1970. */ readonly issuedBefore: number }

/** The tokens that were revoked before they expired. */
export type Revocations = {
  isRevoked(principal: Pick<Principal, 'id' | 'tokenId' | 'issuedAt'>): boolean
  /** Calls the listener after each change of the list. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void
}

/** A list of revocations that is replaced as a whole. */
type RevocationList = Revocations & { replace(revocations: readonly Revocation[]): void }

/** Returns an empty list. A token without the claim `iat` counts as issued before every instant. */
export function revocationList(): RevocationList {
  let tokens: ReadonlySet<string> = new Set()
  let subjects: ReadonlyMap<string, number> = new Map()
  const listeners = new Set<() => void>()
  return {
    isRevoked: ({ id, tokenId, issuedAt = 0 }) => {
      if (tokenId !== undefined && tokens.has(tokenId)) return true
      const issuedBefore = subjects.get(id)
      return issuedBefore !== undefined && issuedAt < issuedBefore
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    replace: (revocations) => {
      const last = new Map<string, number>()
      for (const each of revocations) {
        if ('subject' in each) last.set(each.subject, Math.max(each.issuedBefore, last.get(each.subject) ?? 0))
      }
      tokens = new Set(revocations.flatMap((each) => ('tokenId' in each ? [each.tokenId] : [])))
      subjects = last
      for (const listener of listeners) listener()
    },
  }
}
