import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Drain } from './draining.ts'

/** How often connections are checked while a server closes, in milliseconds. */
const sweepMs = 50

/**
 * Returns signals that abort when the server begins to close, and when its streams have ended. From the first on the server closes every
 * connection that carries nothing. Otherwise connections that become idle only now, and those without a request yet, such as a browser
 * opens in advance, would delay it for as long as their clients keep them open. Running work may continue for `graceMs` milliseconds after
 * the second: an answer that is read slowly, an incomplete request, a WebSocket whose client does not close it.
 */
export function closingOf(app: FastifyInstance, drain: Drain, graceMs: number) {
  const closing = new AbortController()
  const drained = new AbortController()
  setMaxListeners(0, closing.signal)
  /** The open connections with the work on each: answers until their last byte is sent, and WebSockets. */
  const open = new Map<Socket, { answers: number; upgraded: boolean }>()
  app.server.on('connection', (socket: Socket) => {
    open.set(socket, { answers: 0, upgraded: false })
    socket.once('close', () => open.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(socket)
    if (!connection) return
    connection.answers++
    response.once('close', () => connection.answers--)
  })
  app.server.on('upgrade', ({ socket }: IncomingMessage) => {
    const connection = open.get(socket)
    if (connection) connection.upgraded = true
  })

  let sweeping: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    closing.abort()
    let ends = Infinity
    const sweep = (): void => {
      const late = performance.now() >= ends
      for (const [socket, { answers, upgraded }] of open) if (late || (answers === 0 && !upgraded)) socket.destroy()
    }
    sweep()
    sweeping = setInterval(sweep, sweepMs)
    await drain.run()
    drained.abort()
    ends = performance.now() + graceMs
    // The server itself treats an answer as done once it is written, and cuts off the bytes that are not yet sent.
    while ([...open.values()].some(({ answers }) => answers > 0)) await delay(sweepMs)
  })
  app.addHook('onClose', async () => clearInterval(sweeping))
  return { closing: closing.signal, drained: drained.signal }
}
