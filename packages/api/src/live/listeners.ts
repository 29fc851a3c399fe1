/** Adds a listener to those of a key. Returns the function that removes it: a key without listeners is forgotten. */
export function addListener<K, L>(listeners: Map<K, Set<L>>, key: K, listener: L): () => void {
  const listenersOfKey = listeners.get(key) ?? new Set<L>()
  listeners.set(key, listenersOfKey.add(listener))
  return () => {
    listenersOfKey.delete(listener)
    if (listenersOfKey.size === 0 && listeners.get(key) === listenersOfKey) listeners.delete(key)
  }
}
