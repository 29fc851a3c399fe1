/**
 * How many of these routers come before one for a key: 0 for whoever comes first. Everybody who knows the same names finds the same
 * order, each key has an order of its own, and without one of the names the others keep theirs (rendezvous hashing).
 */
export function rankOf(router: string, routers: readonly string[], key: string): number {
  const own = weightOf(router, key)
  return routers.filter((other) => {
    const weight = weightOf(other, key)
    return weight < own || (weight === own && other < router)
  }).length
}

/** A number that is always the same for a name and a key: FNV-1a, whose last bits are spread over all (MurmurHash3). */
function weightOf(name: string, key: string): number {
  let hash = 0x811c9dc5
  for (const text of [name, '/', key])
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
