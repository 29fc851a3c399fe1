import { setTimeout as delay } from 'node:timers/promises'
import { reconnectDelay } from '@guichet/console'
import type { WebSocket } from 'ws'
import { z } from 'zod'

/** The most connections that are being opened at the same time at the start. */
const openedTogether = 50

/** The addresses of the servers; a server that comes back may have another one. */
type Addresses = readonly string[]

/** Somebody who follows chats over one WebSocket. */
export type ChatFollower = {
  readonly token: string
  readonly chatIds: readonly string[]
  /** Follows the places of the chats in the queue, whose positions are received instead of messages. */
  readonly places?: boolean
  /** Called with the text of each message that arrives, or each position. */
  received(chatId: string, text: string): void
}

/** Clients that follow chats, and when they connected again after they had lost their connection, in milliseconds. */
type ChatClients = { readonly reconnected: readonly number[]; close(): void }

const query = `subscription ($id: ID!, $after: String, $last: Int) {
  chatChanged(id: $id, after: $after, last: $last) { cursor event { message { body } } }
}`

const placeQuery = `subscription ($id: ID!) { chatPlaceChanged(chatId: $id) { position } }`

const answerSchema = z.object({
  type: z.string(),
  id: z.string().optional(),
  payload: z
    .object({
      data: z.object({
        chatChanged: z
          .object({ cursor: z.string(), event: z.object({ message: z.object({ body: z.string() }).nullable() }) })
          .optional(),
        chatPlaceChanged: z.object({ position: z.number().nullable() }).nullish(),
      }),
    })
    .optional()
    .catch(undefined),
})

/**
 * Opens a WebSocket for each follower. One that ends is opened again, at the next server, after the same random times as those of the
 * widget; each chat goes on after its last cursor.
 */
export async function followChats(addresses: Addresses, followers: readonly ChatFollower[]): Promise<ChatClients> {
  const { WebSocket } = await import('ws').catch((cause: unknown) => {
    throw new Error('the bench needs ws: run it in a clone, after npm ci', { cause })
  })
  const reconnected: number[] = []
  const sockets = new Set<WebSocket>()
  let closed = false

  const connect = (
    follower: ChatFollower,
    index: number,
    cursors: Map<string, string>,
    failures = 0,
    lostBy = 0,
  ): Promise<void> =>
    new Promise((resolve) => {
      const address = addresses[index % addresses.length] ?? ''
      const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
      const send = (message: object): void => socket.send(JSON.stringify(message))
      let isOpen = false
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${follower.token}` } }))
      socket.on('message', (data: Buffer) => {
        const { type, id = '', payload } = answerSchema.parse(JSON.parse(data.toString()))
        if (type === 'ping') send({ type: 'pong' })
        else if (type === 'connection_ack') {
          isOpen = true
          if (failures > 0) reconnected.push(performance.now())
          follower.chatIds.forEach((chatId, number) => {
            const after = cursors.get(chatId)
            const variables = { id: chatId, ...(after === undefined ? { last: 500 } : { after }) }
            const payload = follower.places ? { query: placeQuery, variables: { id: chatId } } : { query, variables }
            send({ id: String(number), type: 'subscribe', payload })
          })
          resolve()
        } else if (type === 'next' && payload) {
          const { chatChanged, chatPlaceChanged } = payload.data
          const chatId = follower.chatIds[Number(id)] ?? ''
          if (chatChanged) cursors.set(chatId, chatChanged.cursor)
          if (chatChanged?.event.message) follower.received(chatId, chatChanged.event.message.body)
          if (chatPlaceChanged) follower.received(chatId, String(chatPlaceChanged.position))
        } else if (type === 'complete') return
        else socket.terminate()
      })
      socket.on('close', (code: number) => {
        sockets.delete(socket)
        if (closed) return resolve()
        const [failed, by] = isOpen ? [1, code] : [failures + 1, lostBy]
        void delay(reconnectDelay(failed - 1, by), undefined, { ref: false }).then(() =>
          closed ? resolve() : connect(follower, index + 1, cursors, failed, by).then(resolve),
        )
      })
    })

  const waiting = followers.map((follower, index) => () => connect(follower, index, new Map()))
  const opening = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next()
  }
  await Promise.all(Array.from({ length: openedTogether }, opening))
  return {
    reconnected,
    close: () => {
      closed = true
      for (const socket of sockets) socket.terminate()
    },
  }
}

/** The most of some instants that lie within one second. */
export function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b)
  let [first, most] = [0, 0]
  sorted.forEach((instant, index) => {
    while ((sorted[first] ?? instant) <= instant - 1_000) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}
