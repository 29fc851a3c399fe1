import type { Principal } from './principal.ts'

/** What is revoked: one token by its claim `jti`, or all of somebody's that were issued before an instant. */
export type Revocation =
  | { readonly tokenId: string }
  | { readonly subject: string; /** In milliseconds since 1970. */ readonly issuedBefore: number }

/** Which tokens are no longer valid though their time is not over. */
export type Revocations = {
  isRevoked(principal: Pick<Principal, 'id' | 'tokenId' | 'issuedAt'>): boolean
  /** Calls back after each change of what is revoked; answers with what ends that. */
  onChange(listener: () => void): () => void
}

/** A list of revocations, which is replaced as a whole. */
export type RevocationList = Revocations & { replace(revocations: readonly Revocation[]): void }

/** An empty list. A token that does not say when it was issued counts as issued before everything. */
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
