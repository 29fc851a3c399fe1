import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { setTimeout as delay } from 'node:timers/promises'
import type { Aim, Attacker, Vector } from './vectors.ts'
import { largeAnswer, vectors, wholeStream } from './vectors.ts'

/** The data that a thread of attackers is started with. */
export type Attack = {
  readonly origin: string
  readonly tokens: Readonly<Record<Attacker, string>>
  readonly aim: Aim
  readonly seconds: number
}

/** The outcomes of the requests of one vector: how many of each HTTP status and first error code. */
export type Tally = {
  readonly name: string
  readonly outcomes: Readonly<Record<string, number>>
  readonly slowestMs: number
}

const patienceMs = 30_000
const largestAnswer = 65_536

/** Runs all vectors concurrently until the time is up, and returns their outcomes. */
async function attack({ origin, tokens, aim, seconds }: Attack): Promise<readonly Tally[]> {
  const until = performance.now() + seconds * 1_000
  const url = new URL('/graphql', origin)
  const all = vectors(aim).map((vector) => fire(url, vector, tokens[vector.by], until))
  return Promise.all([
    ...all,
    badTokens(url, until),
    slowBodies(url, until),
    eventStreams(url, tokens.customer, aim.ticketId, until),
    unreadAnswers(url, tokens.agent, aim.longTicketId, until),
  ])
}

async function fire(url: URL, vector: Vector, token: string, until: number): Promise<Tally> {
  const agent = new Agent({ keepAlive: true })
  const headers = { authorization: `Bearer ${token}` }
  const tally = await paced(vector, until, () => {
    const { body, headers: more } = vector.shot()
    return send(url, { agent }, { ...headers, ...more }, body)
  })
  agent.destroy()
  return tally
}

/** Sends invalid tokens, each from another address. */
function badTokens(url: URL, until: number): Promise<Tally> {
  let turn = 0
  return paced({ name: 'bad tokens from many addresses', perSecond: 50, atOnce: 20 }, until, () => {
    turn++
    const localAddress = `127.${1 + (turn % 100)}.${Math.floor(turn / 100) % 250}.${1 + (turn % 200)}`
    return send(url, { localAddress }, { authorization: `Bearer nobody-${turn}` }, '{"query":"{ viewer { role } }"}')
  })
}

/** Sends bodies one byte at a time. */
async function slowBodies(url: URL, until: number): Promise<Tally> {
  const outcomes: Record<string, number> = {}
  const sockets = Array.from({ length: 50 }, () => {
    const socket = connect(Number(url.port), url.hostname)
    socket.on('error', () => undefined)
    socket.on('close', () => count(outcomes, 'closed'))
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n',
    )
    return socket
  })
  while (performance.now() < until) {
    for (const socket of sockets) if (socket.writable) socket.write(' ')
    await delay(500)
  }
  for (const socket of sockets) socket.destroy()
  return { name: 'slow bodies', outcomes, slowestMs: 0 }
}

/** Opens event streams of the whole history of a ticket, and opens each again as soon as it ends. */
async function eventStreams(url: URL, token: string, ticketId: string, until: number): Promise<Tally> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
  const ending = AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())))
  setMaxListeners(0, ending)
  return paced({ name: 'event streams from the beginning', perSecond: 5, atOnce: 20 }, until, () =>
    send(url, { signal: ending }, headers, wholeStream(ticketId)),
  )
}

/** Requests large answers and does not read them. */
async function unreadAnswers(url: URL, token: string, ticketId: string, until: number): Promise<Tally> {
  const outcomes: Record<string, number> = {}
  const body = largeAnswer(ticketId)
  const open = new Set<Socket>()
  while (performance.now() < until) {
    if (open.size < 100) {
      const socket = connect(Number(url.port), url.hostname)
      open.add(socket)
      count(outcomes, 'opened')
      socket.pause()
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        count(outcomes, 'closed')
      })
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    }
    await delay(500)
  }
  for (const socket of open) socket.destroy()
  return { name: 'unread answers', outcomes, slowestMs: 0 }
}

async function paced(
  { name, perSecond, atOnce }: Pick<Vector, 'name' | 'perSecond' | 'atOnce'>,
  until: number,
  shoot: () => Promise<string>,
): Promise<Tally> {
  const outcomes: Record<string, number> = {}
  const underWay = new Set<Promise<void>>()
  let slowestMs = 0
  for (let next = performance.now(); next < until; next += 1_000 / perSecond) {
    await delay(Math.max(0, next - performance.now()))
    if (underWay.size >= atOnce) continue
    const begun = performance.now()
    const shot: Promise<void> = shoot().then((outcome) => {
      count(outcomes, outcome)
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - begun))
      underWay.delete(shot)
    })
    underWay.add(shot)
  }
  await Promise.all(underWay)
  return { name, outcomes, slowestMs }
}

function count(outcomes: Record<string, number>, outcome: string): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
}

function send(url: URL, options: object, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        method: 'POST',
        timeout: patienceMs,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
        ...options,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          if (text.length < largestAnswer) text += part
        })
        response.on('close', () => resolve(outcomeOf(response.statusCode ?? 0, text)))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    sent.end(body)
  })
}

function outcomeOf(status: number, text: string): string {
  const [, code] = /"code":"(\w+)"/i.exec(text) ?? []
  return code === undefined ? String(status) : `${status} ${code}`
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread has no origin
parentPort?.postMessage(await attack(workerData as Attack))
