import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports from which systems choose those of outgoing connections, one of which may take a free port in between. */
const range = { first: 10_000, last: 32_767 } as const

/** Returns a TCP port of 127.0.0.1 that nothing listens on: the preferred one if it is free, else a random one. */
export async function freePort(preferred?: number): Promise<number> {
  const port = await portIfFree(preferred ?? randomInt(range.first, range.last + 1))
  return port ?? freePort()
}

/**
 * Returns a TCP port of 127.0.0.1 if nothing listens on it, else undefined; 0 stands for one that the system picks.
 * @throws Error when the port cannot be looked at for another reason.
 */
export function portIfFree(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      code === 'EADDRINUSE' || code === 'EACCES' ? resolve(undefined) : reject(new Error(`port ${port}: ${code}`)),
    )
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}
