import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createDesk, guichetEvents } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { unconfigured } from '@guichet/desk/configuration'
import { now } from '@guichet/cli'
import type { Attack, Tally } from '../attack/attackers.ts'
import type { Aim, Attacker } from '../attack/vectors.ts'
import { incompressible } from '../attack/vectors.ts'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { percentile } from '../ground.ts'
import type { Ask } from '../guichet-process.ts'
import { agentToken, openClients, signedToken, startServer, untilReady } from '../guichet-process.ts'

/** The largest factor by which an attack may raise the 95th percentile of an ordinary client. */
const slowdown = 4
/** The memory limit of `serve` with a heap of 512 MB, in MB; docs/operations.md explains it. */
const memoryBound = 1_024
const perSecond = 20
const ordinaryTokens = 20

const open = `mutation ($input: OpenTicketInput!) { openTicket(input: $input) { userErrors { code } ticket { version } } }`
const reply = `mutation ($input: AgentReplyInput!) { agentReply(input: $input) { userErrors { code } ticket { version } } }`
const read = `query ($id: ID!) { ticket(id: $id) { version status conversation(last: 5) { nodes { body } } } }`
const list = `query {
  tickets(first: 25, filter: { status: [NEW, IN_PROGRESS] }, orderBy: { by: UPDATED_AT }) {
    nodes { ticketId: id subject status priority updatedAt customer { personId: userId name } }
  }
}`
const declare = `mutation ($input: DeclareIncidentInput!) {
  declareIncident(input: $input) { userErrors { code message } incident { incidentId: key deadlines { kind dueAt } } }
}`

const post = `mutation ($input: PostIncidentUpdateInput!) { postIncidentUpdate(input: $input) { userErrors { code message } } }`

/**
 * Measures the effect of a mixed attack on an ordinary client: all known harmful requests together, from three tokens and without a token,
 * each within the limits of a token. The client opens, answers, reads and lists twenty times a second, independent of the duration of
 * answers. Its times are measured from when a request was due. The attackers run in a thread of the bench, on the server's cores.
 */
export async function attack({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const seconds = quick ? { quiet: 10, attack: 30 } : { quiet: 60, attack: 300 }
  const databaseUrl = await ground.database()
  const aim = await seed(databaseUrl, quick ? 300 : 1_500)
  const { server, secret } = startServer(join(ground.folder, 'attacked'), databaseUrl, {
    GUICHET_LOG_LEVEL: 'warn',
    NODE_OPTIONS: '--max-old-space-size=512',
  })
  try {
    const origin = await untilReady(server)
    const tokens = await Promise.all(Array.from({ length: ordinaryTokens }, () => agentToken(secret)))
    const { ask, close } = await openClients(origin, tokens, 64)
    await untilCaughtUp(ask, 300_000)
    const incident = await declareIncident(ask)
    const attackers: Record<Attacker, string> = {
      customer: await signedToken(secret, { role: 'customer', subject: 'attacker' }),
      agent: await signedToken(secret, { role: 'agent', subject: 'attacker-agent' }),
      service: await signedToken(secret, { role: 'service', subject: 'attacker-service' }),
    }
    const memory = watchMemory(server.child.pid ?? 0)
    const quiet = await ordinary(ask, seconds.quiet)
    const attacking = attackFrom({ origin, tokens: attackers, aim: { ...aim, incident }, seconds: seconds.attack })
    const attacked = await ordinary(ask, seconds.attack)
    const tallies = await attacking
    const caughtUp = await untilCaughtUp(ask, 300_000)
    await close()
    for (const { name, outcomes, slowestMs } of tallies) {
      process.stderr.write(`${name}: ${JSON.stringify(outcomes)}, ${slowestMs} ms at most\n`)
    }
    process.stderr.write(`${server.output().slice(-4_000)}\n`)
    const peak = await memory.peak()
    return [
      figure('attack-quiet-p95', 'ms', percentile(quiet.took, 0.95)),
      figure('attack-p95', 'ms', percentile(attacked.took, 0.95)),
      figure('attack-first-30s-p95', 'ms', percentile(attacked.took.slice(0, 30 * perSecond), 0.95)),
      figure('attack-p99', 'ms', percentile(attacked.took, 0.99)),
      figure('attack-slowdown', 'times', percentile(attacked.took, 0.95) / percentile(quiet.took, 0.95), {
        target: slowdown,
      }),
      figure('attack-failures', 'requests', quiet.failed + attacked.failed),
      figure('attack-caught-up', 's', caughtUp, { target: 10 }),
      peak === undefined
        ? skipped('attack-memory', 'MB', memoryBound, 'there is no /proc here')
        : figure('attack-memory', 'MB', peak, { target: memoryBound }),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

/** Opens a ticket of the attacking customer, and one with many large messages. */
async function seed(connectionString: string, messages: number): Promise<Omit<Aim, 'incident'>> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now, newId: randomUUID, policy: unconfigured })
  const ids = { ticketId: randomUUID(), longTicketId: randomUUID() }
  const by = { kind: 'agent', id: 'seed' } as const
  for (const [id, customer] of [
    [ids.ticketId, 'attacker'],
    [ids.longTicketId, 'customer-1'],
  ] as const) {
    const opening = {
      type: 'open',
      subject: 'Attachments',
      body: 'They are large.',
      customer: { id: customer },
    } as const
    const opened = await desk.execute('ticket', id, opening, { by, commandId: randomUUID() })
    if (!opened.ok) throw new Error(opened.refusal.message)
  }
  for (let n = 0; n < messages; n++) {
    const reply = { type: 'agentReply', body: incompressible() } as const
    const replied = await desk.execute('ticket', ids.longTicketId, reply, { by, commandId: randomUUID() })
    if (!replied.ok) throw new Error(replied.refusal.message)
  }
  await store.close()
  return ids
}

const openOne = (ask: Ask, ticketId: string, subject = 'Page blanche'): Promise<string> =>
  ask(open, {
    input: {
      commandId: randomUUID(),
      ticketId,
      subject,
      body: 'Bonjour.',
      customer: { id: 'customer-1' },
    },
  })

async function declareIncident(ask: Ask): Promise<Aim['incident']> {
  const answer = await ask(declare, {
    input: {
      commandId: randomUUID(),
      title: 'Payments fail',
      customer: { id: 'customer-1' },
      description: 'No payment goes through.',
      severity: 'CRITICAL',
    },
  })
  const { data } = JSON.parse(answer) as {
    data: { declareIncident: { incident: { incidentId: string; deadlines: { kind: string; dueAt: string }[] } } }
  }
  const { incidentId, deadlines } = data.declareIncident.incident
  for (let n = 0; n < 20; n++) {
    const message = incompressible().slice(0, 20_000)
    await ask(post, { input: { commandId: randomUUID(), incidentId, message } })
  }
  return { id: incidentId, dueAt: deadlines.find(({ kind }) => kind === 'acknowledgement')?.dueAt ?? '' }
}

/** Opens, answers, reads and lists in turn, and starts each request when it is due. A failed request counts with its duration. */
async function ordinary(ask: Ask, seconds: number): Promise<{ took: number[]; failed: number }> {
  const took: number[] = []
  let failed = 0
  const opened: string[] = []
  const turns: (() => Promise<unknown>)[] = [
    async () => {
      const ticketId = randomUUID()
      await openOne(ask, ticketId)
      opened.push(ticketId)
    },
    () => ask(reply, { input: { commandId: randomUUID(), ticketId: opened.at(-1), body: 'Bonjour, je regarde.' } }),
    () => ask(read, { id: opened.at(-1) }),
    () => ask(list, {}),
  ]
  await turns[0]?.()
  const underWay: Promise<void>[] = []
  const begun = performance.now()
  for (let turn = 0; turn < seconds * perSecond; turn++) {
    const due = begun + (turn * 1_000) / perSecond
    await delay(Math.max(0, due - performance.now()))
    const request = turns[turn % turns.length]?.().catch((error: unknown) => {
      failed++
      if (failed <= 5) process.stderr.write(`ordinary: ${String(error).slice(0, 300)}\n`)
    })
    underWay.push(Promise.resolve(request).then(() => void (took[turn] = performance.now() - due)))
  }
  await Promise.all(underWay)
  return { took, failed }
}

/** Waits until a search finds a ticket opened now: the read models then show all earlier writes. */
async function untilCaughtUp(ask: Ask, patienceMs: number): Promise<number> {
  const word = `beacon${randomBytes(4).toString('hex').replace(/\d/g, 'e')}`
  const found = 'query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { ticketId: id } } }'
  const begun = performance.now()
  const waited = (): number => performance.now() - begun
  await openOne(ask, randomUUID(), word)
  while (waited() < patienceMs) {
    const answer = await ask(found, { f: { search: word } }).catch(() => '')
    if (answer.includes('"ticketId"')) return waited() / 1_000
    await delay(250)
  }
  throw new Error(`the read models have not caught up within ${patienceMs} ms`)
}

function attackFrom(workerData: Attack): Promise<readonly Tally[]> {
  const worker = new Worker(new URL('../attack/attackers.js', import.meta.url), { workerData })
  return new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}

/** Returns the peak memory of a process in MB; undefined where the system does not report it. */
function watchMemory(pid: number): { peak(): Promise<number | undefined> } {
  return {
    peak: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
    },
  }
}
