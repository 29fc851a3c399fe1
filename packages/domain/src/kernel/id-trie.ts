/** An item with an id. */
type Item = { readonly id: string }

/**
 * Items by id, as a trie of hashed ids. It is plain data: adding one item to many thousands copies a few entries. A key
 * is the next four bits of the hash, as a letter; below the last bits it is the id itself.
 */
export type IdTrie<T extends Item> = { readonly [key: string]: T | IdTrie<T> }

/** The trie with one more item; an id that is already in it keeps its item, unless that is to be replaced. */
export function withItem<T extends Item>(trie: IdTrie<T>, item: T, onConflict: 'keep' | 'replace' = 'keep'): IdTrie<T> {
  return added(trie, item, onConflict, 0)
}

/** The item of an id. */
export function itemOf<T extends Item>(trie: IdTrie<T>, id: string): T | undefined {
  let depth = 0
  let node = trie[keyOf(id, depth)]
  while (node !== undefined && !isItem(node)) node = node[keyOf(id, ++depth)]
  return node?.id === id ? node : undefined
}

function added<T extends Item>(trie: IdTrie<T>, item: T, onConflict: 'keep' | 'replace', depth: number): IdTrie<T> {
  const key = keyOf(item.id, depth)
  const there = trie[key]
  if (there === undefined) return { ...trie, [key]: item }
  if (!isItem(there)) return { ...trie, [key]: added(there, item, onConflict, depth + 1) }
  if (there.id === item.id) return onConflict === 'keep' ? trie : { ...trie, [key]: item }
  return { ...trie, [key]: added(added<T>({}, there, onConflict, depth + 1), item, onConflict, depth + 1) }
}

const isItem = <T extends Item>(node: T | IdTrie<T>): node is T => typeof node['id'] === 'string'

const digits = 8
const letters = 'abcdefghijklmnop'
const keyOf = (id: string, depth: number): string =>
  depth < digits ? letters.charAt((hashOf(id) >>> (4 * depth)) & 0xf) : `=${id}`

/** FNV-1a over the UTF-16 code units: spreads ids a few times faster than a fingerprint does. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
