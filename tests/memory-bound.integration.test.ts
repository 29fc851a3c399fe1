import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createDesk, guichetEvents } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { unconfigured } from '../packages/desk/src/configuration/versions.ts'
import { now } from '../packages/cli/src/engine/engine.ts'
import { tokenFor, tokenKey } from '../packages/api/src/server/testing/api-under-test.ts'
import { emptyDesk, ended, errorsOf, firstLine, startGuichet } from '../packages/cli/src/command-line/testing.ts'

/** Half of the heap that docs/operations.md requires, in MB, because the load is bounded too. */
const heap = 256
const replies = 300
const documents = 400
/**
 * The history before the read models are built. If all consumers read it at once, it would be about three times the
 * heap.
 */
const before = { tickets: 19, replies: 40 }

/** Returns 64 KB of incompressible text. */
const text = (): string => randomBytes(48_000).toString('base64')

/** Runs work for each number below `count`, a few at a time. */
async function inParallel(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** Writes tickets with long replies; returns their ids. */
async function write(connectionString: string): Promise<readonly string[]> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now, newId: randomUUID, policy: unconfigured })
  const tickets = Array.from({ length: before.tickets }, () => randomUUID())
  const by = { kind: 'agent', id: 'ana' } as const
  const opening = { type: 'open', subject: 'Long', body: 'Attached.', customer: { id: 'zoe' } } as const
  await inParallel(before.tickets, 4, async (n) => {
    const ticketId = tickets[n] ?? ''
    expect((await desk.execute('ticket', ticketId, opening, { by, commandId: randomUUID() })).ok).toBe(true)
    for (let reply = 0; reply < before.replies; reply++) {
      const reply = { type: 'agentReply', body: text() } as const
      expect((await desk.execute('ticket', ticketId, reply, { by, commandId: randomUUID() })).ok).toBe(true)
    }
  })
  await store.close()
  return tickets
}

it(
  'serves on in the memory that it is given, whatever long histories and documents are asked for',
  { timeout: 600_000 },
  async () => {
    const database = await createTestDatabase(emptyDesk)
    const longTickets = await write(database.url)
    const folder = await mkdtemp(join(tmpdir(), 'guichet-memory-'))
    const server = startGuichet(
      {
        NODE_ENV: 'production',
        GUICHET_WORKER: 'in-process',
        NODE_OPTIONS: `--max-old-space-size=${heap}`,
        DATABASE_URL: database.url,
        GUICHET_HOME: folder,
        GUICHET_JWT_SECRET: tokenKey.secret,
        GUICHET_RATE_LIMIT: '0',
        GUICHET_TIME_QUOTA: '0',
        GUICHET_WRITE_QUOTA: '0',
        GUICHET_READ_QUOTA: '0',
        GUICHET_LOG_LEVEL: 'error',
      },
      'serve',
      '--port',
      '0',
      '--json',
    )
    const errors = errorsOf(server)
    try {
      const { address } = JSON.parse(await firstLine(server)) as { address: string }
      const url = new URL('/graphql', address).href
      const authorization = `Bearer ${await tokenFor({ id: 'ana', role: 'agent' })}`
      const ask = async (query: string, variables: object = {}) => {
        const body = JSON.stringify({ query, variables })
        const headers = { authorization, 'content-type': 'application/json' }
        const response = await fetch(url, { method: 'POST', headers, body }).catch((error: unknown) => {
          throw new Error(`the server does not answer: ${errors()}`, { cause: error })
        })
        return (await response.json()) as { data?: Record<string, unknown>; errors?: readonly unknown[] }
      }
      const mutate = async (name: string, input: object) => {
        const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
        const query = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code } ticket { id } } }`
        const { data, errors: faults } = await ask(query, { input: { commandId: randomUUID(), ...input } })
        expect(faults).toBeUndefined()
        return (data?.[name] as { ticket: { id: string } } | undefined)?.ticket.id
      }

      const known = 'query ($filter: TicketFilter) { tickets(first: 1, filter: $filter) { nodes { id } } }'
      await mutate('openTicket', { customer: { id: 'zoe' }, subject: 'Beacon', body: 'It comes after all.' })
      await expect
        .poll(async () => JSON.stringify(await ask(known, { filter: { search: 'beacon' } })))
        .toContain('"id"')

      const pages = (selection: string): string =>
        longTickets.map((ticketId, n) => `a${n}: ticket(id: "${ticketId}") { ${selection} }`).join(' ')
      const many = `{ ${pages('asOf(at: "2099-01-01T00:00:00Z") { status }')} }`
      await inParallel(16, 16, async () => {
        const { data, errors: faults } = await ask(many)
        const isLate = JSON.stringify(faults ?? '').includes('read_timeout')
        const shown = Object.values(data ?? {}).filter((ticket) => ticket !== null)
        expect(isLate || shown.length === longTickets.length).toBe(true)
      })
      const small = longTickets
        .map(
          (ticketId, n) =>
            `a${n}: ticket(id: "${ticketId}") { conversation(first: ${16 - (n % 10)}) { nodes { body } } }`,
        )
        .join(' ')
      await inParallel(10, 10, async () => {
        expect(JSON.stringify((await ask(`{ ${small} }`)).errors)).toMatch(/too_complex|read_timeout/)
      })

      const id = await mutate('openTicket', { customer: { id: 'zoe' }, subject: 'Long', body: text() })
      await inParallel(replies, 8, async () => void (await mutate('agentReply', { ticketId: id, body: text() })))

      const asOf = `query ($id: ID!, $at: DateTime!) { ticket(id: $id) { asOf(at: $at) { conversation(first: 1) { nodes { body } } } } }`
      await inParallel(10, 10, async () => {
        const { data, errors: faults } = await ask(asOf, { id, at: '2099-01-01T00:00:00Z' })
        expect(faults).toBeUndefined()
        expect(JSON.stringify(data)).toHaveLength(
          64_000 + '{"ticket":{"asOf":{"conversation":{"nodes":[{"body":""}]}}}}'.length,
        )
      })
      const whole =
        'query ($id: ID!) { ticket(id: $id) { conversation(last: 100) { nodes { body } } timeline(last: 100) { nodes { ... on AgentReplied { body } } } } }'
      await inParallel(10, 10, async () => void (await ask(whole, { id })))
      await inParallel(10, 10, async () => {
        const input = { commandId: randomUUID(), source: id, messageId: 'none', subject: 'x' }
        const query = 'mutation ($input: SplitTicketInput!) { splitTicket(input: $input) { userErrors { code } } }'
        expect((await ask(query, { input })).data).toEqual({
          splitTicket: { userErrors: [{ code: 'MESSAGE_NOT_FOUND' }] },
        })
      })
      await inParallel(documents, 8, async (n) => {
        const fields = Array.from(
          { length: 29 },
          (_, index) => `a${index}: ticket(id: "${'x'.repeat(120)}${n}") { subject }`,
        )
        expect((await ask(`query { ${fields.join(' ')} }`)).errors).toBeUndefined()
      })
      expect(server.exitCode).toBeNull()
    } finally {
      server.kill('SIGTERM')
      await ended(server)
      await rm(folder, { recursive: true, force: true })
      await database.drop()
    }
  },
)
