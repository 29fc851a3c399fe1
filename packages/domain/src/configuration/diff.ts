import { same } from '../kernel/same.ts'

/** One difference between two configurations; a side that has nothing there is undefined. */
export type Change = { readonly path: string; readonly from: unknown; readonly to: unknown }

/**
 * What differs between two configurations, in the order of their documents: as deep as both sides have the same shape.
 * Entries of a list that have a `name` are compared with those of the same name, wherever they stand.
 */
export function changesBetween(from: unknown, to: unknown, path = ''): readonly Change[] {
  if (same(from, to)) return []
  const [before, after] = [parts(from), parts(to)]
  if (!before || !after || before.kind !== after.kind) return [{ path, from, to }]
  const keys = [...new Set([...before.entries.keys(), ...after.entries.keys()])]
  const inside = keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`
    return changesBetween(before.entries.get(key), after.entries.get(key), at)
  })
  return inside.length > 0 ? inside : [{ path, from: [...before.entries.keys()], to: [...after.entries.keys()] }]
}

type Parts = { readonly kind: 'map' | 'list'; readonly entries: ReadonlyMap<string, unknown> }

function parts(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return { kind: 'map', entries: new Map(Object.entries(value)) }
  if (!value.every(hasName)) return undefined
  return { kind: 'list', entries: new Map(value.map((entry) => [entry.name, entry])) }
}

const hasName = (entry: unknown): entry is { readonly name: string } =>
  typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string'
