import type { FastifyInstance } from 'fastify'
import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'

/** How often connections are let go while a server closes, in milliseconds. */
const sweepMs = 50

/**
 * A signal that comes when the server begins to close. From then on it lets go of each connection that carries no request: those that
 * become idle only now, and those over which nothing has come yet, such as a browser opens ahead, would hold it up for as long as their clients keep them.
 */
export function closingOf(app: FastifyInstance): AbortSignal {
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  for (const event of ['request', 'upgrade']) {
    app.server.on(event, ({ socket }: { readonly socket: Socket }) => unused.delete(socket))
  }
  const sweep = (): void => {
    app.server.closeIdleConnections()
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  }
  let sweeping: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    closing.abort()
    sweep()
    sweeping = setInterval(sweep, sweepMs)
  })
  app.addHook('onClose', async () => clearInterval(sweeping))
  return closing.signal
}
