import { same } from '../kernel/same.ts'

/** One difference between two configurations; a side that has nothing there is undefined. */
export type Change = { readonly path: string; readonly from: unknown; readonly to: unknown }

/**
 * What differs between two configurations, in the order of their documents: as deep as both sides have the same shape. Entries of a list
 * that have a date, an `id` or a `name` of their own are compared with those of the same, wherever they stand; where those that both
 * sides have stand in another order, that is told first.
 */
export function changesBetween(from: unknown, to: unknown, path = ''): readonly Change[] {
  if (same(from, to)) return []
  const [before, after] = [parts(from), parts(to)]
  if (!before || !after || !alike(before, after)) return [{ path, from, to }]
  const keys = [...new Set([...before.entries.keys(), ...after.entries.keys()])]
  const inside = keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`
    return changesBetween(before.entries.get(key), after.entries.get(key), at)
  })
  return [...reordered(before, after, path), ...inside]
}

/** What the parts of a value are told apart by; those of an empty list by anything. */
type Parts = { readonly by: 'key' | 'nothing' | Identity; readonly entries: ReadonlyMap<string, unknown> }

const alike = ({ by: before }: Parts, { by: after }: Parts): boolean =>
  before === after || (before === 'nothing' && after !== 'key') || (after === 'nothing' && before !== 'key')

/** Another order of those that both sides have; that of a map says nothing. */
function reordered(before: Parts, after: Parts, path: string): readonly Change[] {
  if (before.by === 'key') return []
  const [from, to] = [[...before.entries.keys()], [...after.entries.keys()]]
  const stayed = from.filter((key) => after.entries.has(key))
  return same(
    stayed,
    to.filter((key) => before.entries.has(key)),
  )
    ? []
    : [{ path, from, to }]
}

function parts(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return { by: 'key', entries: new Map(Object.entries(value)) }
  if (value.length === 0) return { by: 'nothing', entries: new Map() }
  for (const by of identities) {
    if (!value.every((entry) => isToldApartBy(by, entry))) continue
    const entries = new Map(value.map((entry) => [entry[by], entry]))
    return entries.size === value.length ? { by, entries } : undefined
  }
  return undefined
}

/** What entries of a list are told apart by, the surest first: many days may have one name, and so may centres. */
const identities = ['date', 'id', 'name'] as const
type Identity = (typeof identities)[number]

const isToldApartBy = (by: Identity, entry: unknown): entry is Readonly<Record<Identity, string>> =>
  typeof entry === 'object' && entry !== null && typeof (entry as Readonly<Record<string, unknown>>)[by] === 'string'
