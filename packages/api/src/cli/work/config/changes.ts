import type { Change } from '@guichet/domain'

/** Differences as people read them, one a line. */
export const inLines = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ path, from, to }) => {
    if (from === undefined) return `+ ${path}: ${value(to)}`
    if (to === undefined) return `- ${path}: ${value(from)}`
    return `~ ${path}: ${value(from)} → ${value(to)}`
  })

const value = (side: unknown): string => (typeof side === 'string' ? side : JSON.stringify(side))
