import { createServer } from 'node:net'

/** A TCP port of 127.0.0.1 that nothing listens on: the wanted one, or any; undefined when the wanted one is in use. */
export async function portIfFree(wanted: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      code === 'EADDRINUSE' || code === 'EACCES' ? resolve(undefined) : reject(new Error(`port ${wanted}: ${code}`)),
    )
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

/** Any TCP port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  return (await portIfFree(0)) ?? freePort()
}
