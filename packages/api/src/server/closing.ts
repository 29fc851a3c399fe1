import type { FastifyInstance } from 'fastify'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How often connections are looked at while a server closes, in milliseconds. */
const sweepMs = 50

/**
 * A signal that comes when the server begins to close. From then on it lets go of each connection that carries nothing: those that
 * become idle only now, and those over which no request has come yet, such as a browser opens ahead, would hold it up for as long as
 * their clients keep them. What is under way may go on for `graceMs` milliseconds: an answer that is read slowly, a request that has
 * not come whole, a WebSocket whose client does not say goodbye.
 */
export function closingOf(app: FastifyInstance, graceMs: number): AbortSignal {
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  /** Every open connection, and what is under way over it: answers until their last byte has left, and WebSockets. */
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
    const ends = performance.now() + graceMs
    const sweep = (): void => {
      const late = performance.now() >= ends
      for (const [socket, { answers, upgraded }] of open) if (late || (answers === 0 && !upgraded)) socket.destroy()
    }
    sweep()
    sweeping = setInterval(sweep, sweepMs)
    // The server itself takes an answer for given as soon as it is written, and cuts off what is still to be sent.
    while ([...open.values()].some(({ answers }) => answers > 0)) await delay(sweepMs)
  })
  app.addHook('onClose', async () => clearInterval(sweeping))
  return closing.signal
}
