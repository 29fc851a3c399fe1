import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import type { ChatFollower } from '../chat-clients.ts'
import { followChats, mostInASecond } from '../chat-clients.ts'
import { percentile } from '../ground.ts'
import type { Ask } from '../guichet-process.ts'
import { openClients, signedToken, startServer, untilReady } from '../guichet-process.ts'
import { idleMs, memoryOf, processorSeconds } from './subscriptions.ts'

const chatsOfAgent = 5
const secondsBetween = 5
const senders = 32
/** For how long the sides write before it is measured: until then the servers compile, and the read models follow the start of the chats. */
const warmUpSeconds = 15
const targets = { p99: 100, memory: 350, reconnects: 500, place: 1_000 }

/** A mutation with its input as GraphQL text, which answers its refusals. */
export const mutation = (name: string, input: string): string =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { userErrors { code } } }`

export const chatCommands = {
  register: mutation('registerAgent', 'RegisterAgentInput'),
  start: 'mutation ($input: StartChatInput!) { startChat(input: $input) { userErrors { code } chat { id } } }',
  available: mutation('setAvailability', 'SetAvailabilityInput'),
  accept: mutation('acceptChat', 'AcceptChatInput'),
  send: mutation('sendChatMessage', 'SendChatMessageInput'),
  end: mutation('endChat', 'EndChatInput'),
}

type Side = 'customer' | 'agent'
const sides = ['customer', 'agent'] as const

/** A chat of the bench: what its two sides have sent, in order, and what each has received. */
type Talk = {
  /** The id of its chat, once it is started. */
  id: string
  readonly customer: string
  /** The agent whom the router offered it to, once one has accepted it. */
  agent: string
  readonly sent: { readonly text: string; readonly by: Side; readonly answered: number }[]
  readonly received: Readonly<Record<Side, { readonly text: string; readonly at: number }[]>>
}

/** Servers on one database, to which clients send in turns. */
type Desk = {
  readonly bearers: ReadonlyMap<string, number>
  readonly tokens: readonly string[]
  /** Sends a command until a server has answered it, and returns the answer. */
  carryOut(query: string, by: string, input: object, others?: object): Promise<string>
}

/**
 * Measures 1,000 chats of 200 agents over two servers, with a message in each every five seconds: how long after its acknowledgement the
 * other side hears it, after a warm-up. Then one server is killed and Postgres restarted while the clients go on: what either side lost, received twice or out
 * of order. Requires a system with `/proc`.
 */
export async function chat({ ground, quick }: Bench): Promise<readonly Figure[]> {
  if (!existsSync('/proc/self/stat'))
    return [skipped('chat-received-p99', 'ms', targets.p99, 'there is no /proc on this system')]
  const talks = talksOf(quick ? 100 : 1_000)
  const environment = {
    GUICHET_JWT_SECRET: randomBytes(32).toString('hex'),
    GUICHET_RATE_LIMIT: '0',
  }
  const databaseUrl = await ground.database()
  const serve = (name: string) => startServer(join(ground.folder, name), databaseUrl, environment).server
  const servers = [serve('chat-1')]
  try {
    const addresses = [await untilReady(servers[0]!)]
    servers.push(serve('chat-2'))
    addresses.push(await untilReady(servers[1]!))
    const desk = await openDesk(addresses, environment.GUICHET_JWT_SECRET, ...peopleOf(talks))
    await begin(desk, talks)
    const clients = await followChats(addresses, followersOf(desk, talks))
    await converse(desk, talks, quick ? 5 : warmUpSeconds)
    await allHeard(talks)
    const measuredFrom = talks.map(({ sent }) => sent.length)

    const pids = servers.map(({ child }) => child.pid ?? 0)
    const spent = async (): Promise<number> => {
      const seconds = await Promise.all(pids.map(processorSeconds))
      return seconds.reduce((sum, each) => sum + each, 0)
    }
    const begun = await spent()
    const since = performance.now()
    await converse(desk, talks, quick ? 5 : 40)
    const busy = ((await spent()) - begun) / ((performance.now() - since) / 1_000)
    await allHeard(talks)
    const took = talks.flatMap((talk, index) => delays(talk).slice(measuredFrom[index]))

    const conversing = converse(desk, talks, quick ? 20 : 30)
    conversing.catch(() => undefined)
    servers[1]?.child.kill('SIGKILL')
    await delay(5_000)
    await ground.restart()
    servers.push(serve('chat-2'))
    addresses[1] = await untilReady(servers[2]!)
    await conversing
    await allHeard(talks)
    clients.close()
    return [
      figure('chat-received-p50', 'ms', percentile(took, 0.5)),
      figure('chat-received-p99', 'ms', percentile(took, 0.99), { target: targets.p99 }),
      figure('chat-processor', '% of a core', 100 * busy),
      ...Object.entries(faultsOf(talks)).map(([name, count]) =>
        figure(`chat-${name}`, 'messages', count, { target: 0 }),
      ),
      figure(
        'chat-sent',
        'messages sent',
        talks.reduce((sum, { sent }) => sum + sent.length, 0),
      ),
    ]
  } finally {
    await Promise.all(
      servers.map(({ child, exited }) => {
        child.kill('SIGTERM')
        return exited
      }),
    )
  }
}

const talksOf = (count: number): readonly Talk[] =>
  Array.from({ length: count }, (_, number) => ({
    id: '',
    customer: `visitor-${number}`,
    agent: `agent-${Math.floor(number / chatsOfAgent)}`,
    sent: [],
    received: { customer: [], agent: [] },
  }))

const peopleOf = (talks: readonly Talk[]) =>
  [talks.map(({ customer }) => customer), [...new Set(talks.map(({ agent }) => agent))]] as const

/**
 * Opens connections on which customers, agents and one supervisor (`boss`) send their commands, each with a token. The
 * agents of the sample that a server fills an empty desk with go offline: nobody would answer for them.
 */
export async function openDesk(
  addresses: readonly string[],
  secret: string,
  customers: readonly string[],
  agents: readonly string[],
): Promise<Desk> {
  const roles = new Map([
    ['boss', 'supervisor'],
    ...customers.map((id) => [id, 'customer'] as const),
    ...agents.map((id) => [id, 'agent'] as const),
  ])
  const subjects = [...roles.keys()]
  const roleOf = (subject: string): string => roles.get(subject) ?? 'customer'
  const tokens = await Promise.all(
    subjects.map((subject) => signedToken(secret, { role: roleOf(subject), subject, name: subject })),
  )
  const bearers = new Map(subjects.map((subject, index) => [subject, index]))
  const clients = new Map<string, Ask>()
  let turn = 0
  const asked = async (): Promise<Ask> => {
    const address = addresses[turn++ % addresses.length] ?? ''
    const known = clients.get(address) ?? (await openClients(address, tokens, senders)).ask
    clients.set(address, known)
    return known
  }
  const carryOut: Desk['carryOut'] = async (query, by, input, others) => {
    const variables = others ?? { input: { commandId: randomUUID(), ...input } }
    for (const deadline = performance.now() + 60_000; ; await delay(250)) {
      try {
        return await (
          await asked()
        )(query, variables, bearers.get(by))
      } catch (error) {
        const isRefused = error instanceof Error && /"userErrors":\[[^\]]/.test(error.message)
        if (isRefused || performance.now() > deadline) throw error
      }
    }
  }
  const sample = await carryOut('query { agents(first: 100) { nodes { userId } } }', 'boss', {}, {})
  await inTurns([...sample.matchAll(/"userId":"([^"]+)"/g)], ([, agentId]) =>
    carryOut(chatCommands.available, 'boss', { agentId, availability: 'OFFLINE' }),
  )
  return { bearers, tokens, carryOut }
}

/** Registers the agents, and lets each accept the chats that it is offered. */
async function begin(desk: Desk, talks: readonly Talk[]): Promise<void> {
  const { carryOut } = desk
  await inTurns(peopleOf(talks)[1], async (agentId) => {
    await carryOut(chatCommands.register, 'boss', { agentId, name: agentId, capacity: { chat: chatsOfAgent } })
    await carryOut(chatCommands.available, 'boss', { agentId, availability: 'AVAILABLE' })
  })
  await inTurns(talks, async (talk) => {
    await start(desk, talk)
    for (let accepted = false; !accepted;) {
      await delay(200)
      const [, agent] = /"userId":"([^"]+)"/.exec(await carryOut(offered, 'boss', {}, { id: talk.id })) ?? []
      if (agent === undefined || !desk.bearers.has(agent)) continue
      talk.agent = agent
      accepted = await carryOut(chatCommands.accept, agent, { chatId: talk.id }).then(
        () => true,
        () => false,
      )
    }
  })
}

const offered = 'query ($id: ID!) { chat(id: $id) { offer { agent { userId } } } }'

async function start({ carryOut }: Desk, talk: Talk): Promise<void> {
  talk.id = /"id":"([^"]+)"/.exec(await carryOut(chatCommands.start, talk.customer, {}))?.[1] ?? ''
}

/** Does work for each of many, some at a time, in order. */
async function inTurns<T>(all: readonly T[], work: (each: T) => Promise<unknown>): Promise<void> {
  const left = [...all]
  const sender = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: senders }, sender))
}

/** A socket for each customer, and one for each agent with all chats of the agent. */
function followersOf({ bearers, tokens }: Desk, talks: readonly Talk[]): readonly ChatFollower[] {
  const tokenOf = (subject: string): string => tokens[bearers.get(subject) ?? 0] ?? ''
  const byId = new Map(talks.map((talk) => [talk.id, talk]))
  const follower = (side: Side, own: readonly Talk[]): ChatFollower => ({
    token: tokenOf(own[0]?.[side] ?? ''),
    chatIds: own.map(({ id }) => id),
    received: (chatId, text) => void byId.get(chatId)?.received[side].push({ text, at: performance.now() }),
  })
  const customers = talks.map((talk) => follower('customer', [talk]))
  return [...customers, ...byAgent(talks).map((own) => follower('agent', own))]
}

function byAgent(talks: readonly Talk[]): readonly (readonly Talk[])[] {
  const groups = new Map<string, Talk[]>()
  for (const talk of talks) groups.set(talk.agent, [...(groups.get(talk.agent) ?? []), talk])
  return [...groups.values()]
}

/** Lets both sides of each chat write in turn, a message every five seconds, for some seconds. */
async function converse({ carryOut }: Desk, talks: readonly Talk[], seconds: number): Promise<void> {
  const started = performance.now()
  const turns = Math.ceil(seconds / secondsBetween)
  await Promise.all(
    talks.map(async ({ id, customer, agent, sent }, index) => {
      for (let turn = 0; turn < turns; turn++) {
        const due = started + (turn + index / talks.length) * secondsBetween * 1_000
        await delay(Math.max(0, due - performance.now()))
        const by = sent.length % 2 === 0 ? 'customer' : 'agent'
        const text = `${id}: ${sent.length}. La page des paris reste blanche depuis la mise à jour.`
        const message = { chatId: id, messageId: `m-${sent.length}`, body: text }
        await carryOut(chatCommands.send, by === 'customer' ? customer : agent, message)
        sent.push({ text, by, answered: performance.now() })
      }
    }),
  )
}

/** Waits until both sides have received as many messages as were sent, a minute at most. */
async function allHeard(talks: readonly Talk[]): Promise<void> {
  const missing = (): boolean =>
    talks.some(({ sent, received }) => sides.some((side) => received[side].length < sent.length))
  for (const deadline = performance.now() + 60_000; missing() && performance.now() < deadline; await delay(100));
  await delay(500)
}

/** How long after its answer the other side received each message, in milliseconds. */
const delays = ({ sent, received }: Talk): readonly number[] =>
  sent.map(({ text, by, answered }) => {
    const other = received[by === 'customer' ? 'agent' : 'customer'].find((each) => each.text === text)
    return Math.max(0, (other?.at ?? Infinity) - answered)
  })

function faultsOf(talks: readonly Talk[]): Readonly<Record<'lost' | 'doubled' | 'out-of-order', number>> {
  const faults = { lost: 0, doubled: 0, 'out-of-order': 0 }
  for (const { sent, received } of talks) {
    const indexes = new Map(sent.map(({ text }, index) => [text, index]))
    for (const side of sides) {
      const got = received[side].map(({ text }) => indexes.get(text) ?? -1)
      faults.lost += sent.length - new Set(got).size
      faults.doubled += got.length - new Set(got).size
      faults['out-of-order'] += got.filter((each, index) => each < (got[index - 1] ?? -1)).length
    }
  }
  return faults
}

/**
 * Measures 5,000 customers who follow a chat each: the memory of the server that has started the chats, before and while they are followed
 * and nothing happens, how many connect again within one second when the server is restarted, and the memory of that server then. Requires a system with `/proc`.
 */
export async function chatSubscribers({ ground, quick }: Bench): Promise<readonly Figure[]> {
  if (!existsSync('/proc/self/stat'))
    return [skipped('chat-idle-5000', 'MB', targets.memory, 'there is no /proc on this system')]
  const count = quick ? 500 : 5_000
  const talks = talksOf(count)
  const environment = { GUICHET_JWT_SECRET: randomBytes(32).toString('hex'), GUICHET_RATE_LIMIT: '0' }
  const databaseUrl = await ground.database()
  const serve = () => startServer(join(ground.folder, 'chat-idle'), databaseUrl, environment).server
  let server = serve()
  try {
    const addresses = [await untilReady(server)]
    const desk = await openDesk(addresses, environment.GUICHET_JWT_SECRET, ...peopleOf(talks))
    await inTurns(talks, (talk) => start(desk, talk))
    const customers = followersOf(desk, talks).slice(0, count)
    const alone = await memoryOf(server.child.pid ?? 0)
    const clients = await followChats(addresses, customers)
    await delay(quick ? 1_000 : idleMs)
    const memory = await memoryOf(server.child.pid ?? 0)
    server.child.kill('SIGTERM')
    await server.exited
    server = serve()
    addresses[0] = await untilReady(server)
    for (const until = performance.now() + 60_000; clients.reconnected.length < count && performance.now() < until;)
      await delay(200)
    await delay(quick ? 1_000 : idleMs)
    const again = await memoryOf(server.child.pid ?? 0)
    clients.close()
    return [
      figure('chat-idle-0', 'MB', alone),
      figure(`chat-idle-${count}`, 'MB', memory, { target: targets.memory }),
      figure(`chat-idle-${count}-restarted`, 'MB', again, { target: targets.memory }),
      figure('chat-reconnected', 'connections', clients.reconnected.length, { target: count }),
      figure('chat-reconnects-in-a-second', 'times', mostInASecond(clients.reconnected), {
        target: targets.reconnects,
      }),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** How many customers leave the queue, and how long each time after the one before, in milliseconds. */
const leaving = { customers: 30, everyMs: 1_500 }

/**
 * Measures how long after the first of a queue of 500 customers has left it each of the others sees the new position.
 */
export async function chatPlaces({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const talks = talksOf(quick ? 20 : 500)
  const environment = { GUICHET_JWT_SECRET: randomBytes(32).toString('hex'), GUICHET_RATE_LIMIT: '0' }
  const { server } = startServer(join(ground.folder, 'chat-places'), await ground.database(), environment)
  try {
    const addresses = [await untilReady(server)]
    const desk = await openDesk(addresses, environment.GUICHET_JWT_SECRET, ...peopleOf(talks))
    for (const talk of talks) await start(desk, talk)
    const seen = new Map<string, Map<string, number>>(talks.map(({ id }) => [id, new Map<string, number>()]))
    const followers = followersOf(desk, talks)
      .slice(0, talks.length)
      .map((follower): ChatFollower => ({
        ...follower,
        places: true,
        received: (chatId, position) => void seen.get(chatId)?.set(position, performance.now()),
      }))
    const clients = await followChats(addresses, followers)
    await delay(3_000)
    const took: number[] = []
    for (let gone = 0; gone < (quick ? 2 : leaving.customers); gone++) {
      const leaves = talks[gone]
      if (!leaves) break
      await desk.carryOut(chatCommands.end, leaves.customer, { chatId: leaves.id })
      const answered = performance.now()
      await delay(leaving.everyMs)
      talks.slice(gone + 1).forEach(({ id }, index) => {
        took.push(Math.max(0, (seen.get(id)?.get(String(index + 1)) ?? Infinity) - answered))
      })
    }
    clients.close()
    return [
      figure('chat-place-p50', 'ms', percentile(took, 0.5)),
      figure('chat-place-p99', 'ms', percentile(took, 0.99), { target: targets.place }),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}
