import type { Pool, PoolClient } from 'pg'

type Release = (error?: Error) => void
type Connected = (error: Error | undefined, client: PoolClient | undefined, release: Release) => void

/**
 * The same pool, whose connections may be given back twice: the queue does so when its listening connection breaks while
 * it is given back, which would end the process. A pool that has ended lends none, and there is nothing to give back.
 */
export function poolForQueue(pool: Pool): Pool {
  const connect = (connected?: Connected): unknown =>
    connected
      ? pool.connect((error, client, release?: Release) => {
          let released = false
          connected(error, client, (broken) => {
            if (released) return
            released = true
            release?.(broken)
          })
        })
      : pool.connect()
  return new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') return connect
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
