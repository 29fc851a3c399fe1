import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { percentile } from '../ground.ts'
import { agentToken, openClients, startServer, untilReady } from '../guichet-process.ts'
import { clients, workOf } from './graphql.ts'

const subscribers = 5_000
const repliesPerSecond = 100
/** As many agents as subscribe to the tickets; each may hold twenty subscriptions. */
const agents = 400
/** How long nothing happens before memory is read, in milliseconds: what opening connections left is collected by then. */
export const idleMs = 60_000
const targets = { memory: 350, p99: 100 }

/** What a subscriber selects: the event alone, or the ticket with it, which a read model must show first. */
const selections = {
  received: 'position event { __typename }',
  shown: 'position event { __typename } ticket { version status }',
} as const

type SelectionName = keyof typeof selections

/**
 * Measures 5,000 subscribers of a ticket each, over a WebSocket each, on a server in a separate process: its memory while nothing happens,
 * how long after its acknowledgement a reply is received while 100 replies are sent a second, and the processor time of the server meanwhile.
 * Requires a system with `/proc`.
 */
export async function subscriptions({ ground, quick }: Bench): Promise<readonly Figure[]> {
  if (!existsSync('/proc/self/stat')) {
    return [skipped('subscriptions-idle-5000', 'MB', targets.memory, 'there is no /proc on this system')]
  }
  const count = quick ? subscribers / 10 : subscribers
  const { server, secret } = startServer(join(ground.folder, 'subscriptions'), await ground.database(), {
    GUICHET_RATE_LIMIT: '0',
  })
  const pid = server.child.pid ?? 0
  try {
    const url = await untilReady(server)
    const tokens = await Promise.all(Array.from({ length: agents }, () => agentToken(secret)))
    const { ask, close } = await openClients(url, tokens, clients)
    const { openOne, replyTo, tickets } = workOf(ask)
    for (let opened = 0; opened < count; opened += clients) await Promise.all(Array.from({ length: clients }, openOne))
    const figures: Figure[] = []
    for (const shown of Object.keys(selections) as SelectionName[]) {
      const open = await subscribeAll(url, tokens, tickets.slice(0, count), selections[shown])
      await delay(quick || shown !== 'received' ? 1_000 : idleMs)
      if (shown === 'received') {
        figures.push(figure(`subscriptions-idle-${count}`, 'MB', await memoryOf(pid), { target: targets.memory }))
      }
      const begun = await processorSeconds(pid)
      const started = performance.now()
      const received = await reply(open, replyTo, quick ? 3 : 20)
      const seconds = (performance.now() - started) / 1_000
      const busy = (await processorSeconds(pid)) - begun
      figures.push(
        figure(`subscriptions-${shown}-p50`, 'ms', percentile(received, 0.5)),
        figure(`subscriptions-${shown}-p99`, 'ms', percentile(received, 0.99), { target: targets.p99 }),
        figure(`subscriptions-${shown}-processor`, '% of a core', (100 * busy) / seconds),
      )
      for (const { socket } of open) socket.terminate()
    }
    await close()
    return figures
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

type Subscriber = { readonly socket: WebSocket; readonly ticketId: string; received: () => void }

/** Opens a WebSocket with one subscription for each ticket, fifty at a time. */
async function subscribeAll(
  url: string,
  tokens: readonly string[],
  tickets: readonly string[],
  selection: string,
): Promise<readonly Subscriber[]> {
  const { WebSocket } = await import('ws').catch((cause: unknown) => {
    throw new Error('the bench needs ws: run it in a clone, after npm ci', { cause })
  })
  const query = `subscription ($id: ID!) { ticketChanged(id: $id) { ${selection} } }`
  const opened: Subscriber[] = []
  let next = 0
  const open = async (number: number): Promise<void> => {
    const ticketId = tickets[number] ?? ''
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const subscriber: Subscriber = { socket, ticketId, received: () => undefined }
    const send = (message: object): void => socket.send(JSON.stringify(message))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.on('open', () =>
        send({ type: 'connection_init', payload: { authorization: `Bearer ${tokens[number % tokens.length]}` } }),
      )
      socket.on('message', (data: Buffer) => {
        const text = data.toString()
        if (text.includes('"connection_ack"')) {
          send({ id: '1', type: 'subscribe', payload: { query, variables: { id: ticketId } } })
          resolve()
        } else if (text.includes('"ping"')) send({ type: 'pong' })
        else if (text.includes('"errors"') || text.includes('"error"'))
          throw new Error(`a subscription failed: ${text}`)
        else subscriber.received()
      })
    })
    opened.push(subscriber)
  }
  const one = async (): Promise<void> => {
    for (let number = next++; number < tickets.length; number = next++) await open(number)
  }
  await Promise.all(Array.from({ length: 50 }, one))
  return opened
}

/** Sends replies at a fixed rate, each to another ticket. Returns how long after its answer each was received, in milliseconds. */
async function reply(
  open: readonly Subscriber[],
  replyTo: (ticketId: string) => Promise<unknown>,
  seconds: number,
): Promise<readonly number[]> {
  const took: Promise<number>[] = []
  const started = performance.now()
  for (let number = 0; number < seconds * repliesPerSecond; number++) {
    const due = started + (number * 1_000) / repliesPerSecond
    if (due > performance.now()) await delay(due - performance.now())
    const subscriber = open[number % open.length]
    if (subscriber) took.push(receivedAfterAnswer(subscriber, replyTo))
  }
  return Promise.all(took)
}

async function receivedAfterAnswer(
  subscriber: Subscriber,
  replyTo: (ticketId: string) => Promise<unknown>,
): Promise<number> {
  const received = new Promise<number>((resolve) => {
    subscriber.received = () => resolve(performance.now())
  })
  await replyTo(subscriber.ticketId)
  const answered = performance.now()
  return Math.max(0, (await received) - answered)
}

/** The resident memory of a process, in MB. */
export async function memoryOf(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}

/** The processor time of a process without its children, in seconds, at a hundred ticks a second. */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
