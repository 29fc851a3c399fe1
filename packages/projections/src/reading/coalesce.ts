/** Reads things by their keys, in the order of the keys. */
export type ReadMany<K, V> = (keys: readonly K[]) => Promise<readonly V[]>

type Asked<K, V> = {
  readonly keys: readonly K[]
  resolve(values: readonly V[]): void
  reject(error: unknown): void
}

/**
 * Answers everybody who asks within one turn of the event loop with one read, at most `maxKeys` keys at a time: people
 * who wait for the same batch of events come back together. The read begins after each of them has asked, so nobody is
 * shown anything older than without it. When it fails, each is read alone: a key that cannot be read is its sender's fault.
 */
export function coalesced<K, V>(read: ReadMany<K, V>, maxKeys = 1_000): ReadMany<K, V> {
  let asked: Asked<K, V>[] = []
  let keys = 0

  const send = async (): Promise<void> => {
    const together = asked
    asked = []
    keys = 0
    try {
      const values = await read(together.flatMap((each) => each.keys))
      let from = 0
      for (const { keys, resolve } of together) resolve(values.slice(from, (from += keys.length)))
    } catch (error) {
      if (together.length === 1) together[0]?.reject(error)
      else for (const { keys, resolve, reject } of together) read(keys).then(resolve, reject)
    }
  }

  return (wanted) =>
    new Promise((resolve, reject) => {
      if (keys + wanted.length > maxKeys) void send()
      if (asked.length === 0) {
        const opened = asked
        setImmediate(() => void (opened === asked && send()))
      }
      asked.push({ keys: wanted, resolve, reject })
      keys += wanted.length
    })
}
