/** Adds a listener to those of a key. Returns the function that removes it: a key without listeners is forgotten. */
export function addListener<K, L>(listeners: Map<K, Set<L>>, key: K, listener: L): () => void {
  const own = listeners.get(key) ?? new Set<L>()
  listeners.set(key, own.add(listener))
  return () => {
    own.delete(listener)
    if (own.size === 0 && listeners.get(key) === own) listeners.delete(key)
  }
}
