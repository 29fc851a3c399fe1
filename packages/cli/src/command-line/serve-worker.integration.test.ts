import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { exitCodes } from '@guichet/desk'
import { ended, errorsOf, firstLine, guichet, sampleDesk, startGuichet } from './testing.ts'

const patience = { interval: 50 }

let database: TestDatabase
let pool: pg.Pool
let folder: string
let servers: ChildProcess[]
beforeEach(async () => {
  database = await createTestDatabase(sampleDesk)
  pool = new pg.Pool({ connectionString: database.url, max: 1 })
  folder = await mkdtemp(join(tmpdir(), 'guichet-serve-worker-'))
  servers = []
})
afterEach(async () => {
  for (const server of servers) {
    server.kill('SIGKILL')
    await ended(server)
  }
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

type Server = {
  readonly child: ChildProcess
  readonly address: string
  readonly errors: () => string
  /** Returns the data of an operation, once the server shows at least `minPosition`. */
  ask<T>(query: string, asked?: { readonly input?: object; readonly minPosition?: string }): Promise<T>
}

/** Starts a server, and waits until it has printed its address. */
async function serve(given: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Server> {
  const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder, GUICHET_LOG_LEVEL: 'info', ...given }
  const child = startGuichet(variables, 'serve', '--json', '--port', '0', ...args)
  servers.push(child)
  const errors = errorsOf(child)
  const { address, tokens } = JSON.parse(await firstLine(child)) as { address: string; tokens: { agent: string } }
  return {
    child,
    address,
    errors,
    ask: <T>(query: string, { input, minPosition }: { input?: object; minPosition?: string } = {}) =>
      vi.waitUntil(async () => {
        const response = await fetch(`${address}/graphql`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${tokens.agent}`,
            'content-type': 'application/json',
            ...(minPosition !== undefined && { 'guichet-min-position': minPosition }),
          },
          body: JSON.stringify({ query, variables: input && { input } }),
        })
        const { data, errors: faults } = (await response.json()) as { data?: T; errors?: unknown }
        if (JSON.stringify(faults ?? '').includes('position_not_reached')) return undefined
        expect(faults).toBeUndefined()
        return data
      }, patience) as Promise<T>,
  }
}

const opening = 'mutation ($input: OpenTicketInput!) { openTicket(input: $input) { position userErrors { code } } }'
type Opened = { readonly ticketId: string; readonly position: string }
const open = async ({ ask }: Server): Promise<Opened> => {
  const ticketId = randomUUID()
  const input = { commandId: ticketId, ticketId, subject: 'Printer', body: 'It blinks.', customer: { id: 'zoe' } }
  const { openTicket } = await ask<{ openTicket: { position: string; userErrors: unknown } }>(opening, { input })
  expect(openTicket.userErrors).toEqual([])
  return { ticketId, position: openTicket.position }
}
/** Reads a ticket at the position at which it was opened. */
const read = async ({ ask }: Server, { ticketId, position: minPosition }: Opened): Promise<unknown> => {
  const query = `{ ticket(id: "${ticketId}") { id conversation(last: 1) { nodes { body } } } }`
  return (await ask<{ ticket: unknown }>(query, { minPosition })).ticket
}
const shown = ({ ticketId }: Opened) => ({ id: ticketId, conversation: { nodes: [{ body: 'It blinks.' }] } })

/** Returns the processes that update read models, by the names of their leases. */
async function movers(): Promise<readonly number[]> {
  const { rows } = await pool.query<{ owner: string }>(
    `select distinct owner from guichet_projections.generations where role = 'serving' and owner is not null and not guichet_projections.is_free(generations)`,
  )
  return [...new Set(rows.map(({ owner }) => Number(/:(\d+)\//.exec(owner)?.[1])))]
}
const aMover = async (not?: number): Promise<number> => {
  const found = async (): Promise<number | undefined> => {
    const pids = await movers()
    return pids.length === 1 && pids[0] !== not ? pids[0] : undefined
  }
  return (await vi.waitUntil(found, patience)) ?? 0
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const eventTypes = async (ticketId: string): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ type: string }>(
    'select type from guichet.events where stream = $1 order by version',
    [`ticket-${ticketId}`],
  )
  return rows.map(({ type }) => type)
}

describe('guichet serve with a worker process', () => {
  it('moves read models in it, shows readers at once what they wrote, and ends with it gracefully', async () => {
    const server = await serve()
    const worker = await aMover()
    expect(worker).not.toBe(server.child.pid)
    for (let ticket = 0; ticket < 20; ticket++) {
      const opened = await open(server)
      expect(await read(server, opened)).toEqual(shown(opened))
    }
    expect(await (await fetch(`${server.address}/ready`)).json()).toMatchObject({ status: 'ready' })
    server.child.kill('SIGTERM')
    expect(await ended(server.child)).toBe(0)
    await vi.waitUntil(() => !isAlive(worker), patience)
    expect(await movers()).toEqual([])
    expect(server.errors().match(/finishing open work/g)).toHaveLength(1)
    expect(server.errors()).not.toContain('started again')
  })

  it('starts it again when it is killed, and nothing is lost or done twice', async () => {
    const server = await serve()
    const opened: Opened[] = []
    let worker = await aMover()
    for (let death = 0; death < 3; death++) {
      for (let ticket = 0; ticket < 5; ticket++) opened.push(await open(server))
      process.kill(worker, 'SIGKILL')
      for (let ticket = 0; ticket < 5; ticket++) opened.push(await open(server))
      worker = await aMover(worker)
    }
    for (const each of opened) {
      expect(await read(server, each)).toEqual(shown(each))
      const types = await eventTypes(each.ticketId)
      for (const once of ['TicketOpened', 'TicketClassified', 'TicketAssigned']) {
        expect(types.filter((type) => type === once).length).toBeLessThanOrEqual(1)
      }
    }
    const minPosition = opened.at(-1)?.position ?? ''
    const counted = await server.ask<{ ticketCounters: { total: number } }>('{ ticketCounters { total } }', {
      minPosition,
    })
    expect(counted.ticketCounters.total).toBe(150 + opened.length)
    const lines = server.errors().trim().split('\n')
    const matching = lines
      .map((line) => JSON.parse(line) as { msg: string })
      .filter(({ msg }) => msg.includes('started again'))
    expect(matching).toHaveLength(3)
  })

  it('takes it along when it is killed itself', async () => {
    const server = await serve()
    const worker = await aMover()
    server.child.kill('SIGKILL')
    await ended(server.child)
    await vi.waitUntil(() => !isAlive(worker), patience)
    expect(await movers()).toEqual([])
  })

  it('lets it be where signals of a terminal reach both', async () => {
    const server = await serve()
    const worker = await aMover()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(worker, signal)
    const opened = await open(server)
    expect(await read(server, opened)).toEqual(shown(opened))
    expect(await aMover()).toBe(worker)
    server.child.kill('SIGINT')
    process.kill(worker, 'SIGINT')
    expect(await ended(server.child)).toBe(0)
    await vi.waitUntil(() => !isAlive(worker), patience)
    expect(server.errors()).not.toContain('started again')
  })

  it('has in its metrics what the worker process does', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    await serve({ GUICHET_METRICS: `127.0.0.1:${port}` })
    const before = await aMover()
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
    }
    await vi.waitUntil(async () => (await metric('guichet_projection_events_total')) > 0, patience)
    expect(await metric('guichet_worker_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(await metric('guichet_worker_cpu_seconds_total')).toBeGreaterThan(0)
    expect(await metric('guichet_worker_restarts_total')).toBe(0)
    process.kill(before, 'SIGKILL')
    await aMover(before)
    await vi.waitUntil(async () => (await metric('guichet_worker_restarts_total')) === 1, patience)
  })
})

describe('guichet serve', () => {
  it('updates read models itself where configured so', async () => {
    const server = await serve({}, '--worker', 'in-process')
    expect(await aMover()).toBe(server.child.pid)
    const opened = await open(server)
    expect(await read(server, opened)).toEqual(shown(opened))
  })

  it('moves none where workers run elsewhere, and shows what those commit', async () => {
    const server = await serve({ GUICHET_WORKER: 'none' })
    const before = await open(server)
    expect(await movers()).toEqual([])
    const worker = startGuichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'worker')
    servers.push(worker)
    expect(await aMover()).toBe(worker.pid)
    await vi.waitUntil(async () => {
      const { ticketCounters } = await server.ask<{ ticketCounters: { total: number } }>('{ ticketCounters { total } }')
      return ticketCounters.total === 151
    }, patience)
    expect(await read(server, before)).toEqual(shown(before))
    const opened = await open(server)
    expect(await read(server, opened)).toEqual(shown(opened))
  })

  it('is refused any other place for its worker, by the name of the variable or the option', async () => {
    const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder }
    expect(await guichet({ ...variables, GUICHET_WORKER: 'thread' }, 'serve')).toMatchObject({
      code: exitCodes.usage,
      err: expect.stringMatching(/^error config_invalid: GUICHET_WORKER must be child, in-process or none/) as string,
    })
    expect(await guichet(variables, 'serve', '--worker', 'thread')).toMatchObject({
      code: exitCodes.usage,
      err: expect.stringMatching(/^error config_invalid: --worker must be child, in-process or none/) as string,
    })
  })
})
