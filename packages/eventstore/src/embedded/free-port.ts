import { createServer } from 'node:net'

/** A TCP port of 127.0.0.1 that nothing listens on: the preferred one if it is free, else one the system picks. */
export async function freePort(preferred = 0): Promise<number> {
  const port = await new Promise<number | undefined>((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      preferred > 0 && error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ host: '127.0.0.1', port: preferred, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
  return port ?? freePort()
}
