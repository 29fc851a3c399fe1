import type { Keyset, Page, Slice } from '@guichet/projections'

type Versioned = { readonly version: number }

const keysetOf = ({ version }: Versioned): Keyset => ({ value: String(version), id: '' })

/** The version that a bound of a list in the order of versions stands for. */
export const versionOf = (keyset: Keyset | undefined, otherwise: number): number => keysetVersion(keyset) ?? otherwise

function keysetVersion(keyset: Keyset | undefined): number | undefined {
  const version = Number(keyset?.value)
  return Number.isSafeInteger(version) && version >= 0 ? version : undefined
}

/** Cuts a page out of what is held in memory in the order of versions. */
export function sliceByVersion<T extends Versioned>(all: readonly T[], page: Page): Slice<T> {
  const after = versionOf(page.after, 0)
  const before = versionOf(page.before, Number.MAX_SAFE_INTEGER)
  const within = all.filter(({ version }) => version > after && version < before)
  const rows = page.backward ? within.slice(-page.limit) : within.slice(0, page.limit)
  const [first, last] = [rows[0]?.version ?? after, rows.at(-1)?.version ?? before]
  return {
    rows: rows.map((row) => ({ row, keyset: keysetOf(row) })),
    hasPrevious: after > 0 || all.some(({ version }) => version < first),
    hasNext: all.some(({ version }) => version > last),
  }
}
