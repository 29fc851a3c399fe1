import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, guichetOutput, kill, killLeftovers, serve, tokenSecret } from './process/guichet.ts'

const megabytes = 20

let database: TestDatabase
let home: string
let server: RunningServer
let token: string

const environment = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  GUICHET_HOME: home,
  GUICHET_UPLOAD_QUOTA: '0',
})

beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-killed-'))
  server = await serve(environment())
  const key = { algorithm: 'HS256', secret: tokenSecret } as const
  token = await issueToken(
    { issuer: 'guichet', audience: 'guichet', key },
    { role: 'agent', id: 'ana', seconds: 3_600 },
  )
})
afterAll(async () => {
  killLeftovers()
  await database?.drop()
  await rm(home, { recursive: true, force: true })
})

let commands = 0
const ask = async (operation: string, input: object, shown: string): Promise<Record<string, unknown>> => {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: `mutation ($input: ${type}!) { ${operation}(input: $input) { userErrors { code message } ${shown} } }`,
      variables: { input: { commandId: `c-${++commands}`, ...input } },
    }),
  })
  const { data, errors } = (await answer.json()) as { data: Record<string, Record<string, unknown>>; errors?: unknown }
  expect(errors).toBeUndefined()
  return data[operation] ?? {}
}

type Grant = { readonly fileId: string; readonly url: string }

const filesBelow = async (...folder: readonly string[]): Promise<number> => {
  const path = join(home, 'files', ...folder)
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

it(
  'keeps what it has acknowledged of uploads during which it is killed, and nothing of the others',
  { timeout: 240_000, retry: 0 },
  async () => {
    const customer = { id: 'zoe' }
    await ask('openTicket', { ticketId: 't', subject: 'x', body: 'y', customer }, '')
    const content = randomBytes(megabytes * 1_000_000)
    const grant = async (): Promise<Grant> => {
      const { upload } = await ask(
        'createUpload',
        { ticketId: 't', name: 'a.bin', bytes: content.length },
        'upload { fileId url }',
      )
      return upload as Grant
    }
    const unique = (n: number): Buffer => {
      const own = Buffer.from(content)
      own.writeUInt32BE(n)
      return own
    }

    // Half of them have sent a part only, the others run at full speed.
    const half = await Promise.all(Array.from({ length: 10 }, grant))
    for (const [n, { url }] of half.entries()) {
      const sending = request(`${server.url}${url}`, { method: 'PUT', headers: { 'content-length': content.length } })
      sending.on('error', () => undefined)
      sending.write(unique(n).subarray(0, content.length / 2))
    }
    await eventually(async () => (await filesBelow('received').catch(() => 0)) >= half.length)
    const full = await Promise.all(Array.from({ length: 10 }, grant))
    const acknowledged: { readonly fileId: string; readonly sha256: string }[] = []
    const uploads = full.map(async ({ fileId, url }, n) => {
      const body = unique(100 + n)
      const sending = request(`${server.url}${url}`, { method: 'PUT', headers: { 'content-length': body.length } })
      const answered = once(sending, 'response') as Promise<[{ statusCode?: number }]>
      sending.end(body)
      const [{ statusCode }] = await answered
      if (statusCode === 201) acknowledged.push({ fileId, sha256: createHash('sha256').update(body).digest('hex') })
    })
    const ended = Promise.allSettled(uploads)
    await eventually(async () => acknowledged.length >= 2)
    await kill(server)
    await ended
    expect(await filesBelow('received')).toBeGreaterThanOrEqual(half.length)

    const pool = openPool({ connectionString: database.url, maxConnections: 1, onLost: () => undefined })
    await pool.query('update guichet_files.upload set expires_at = now()')
    server = await serve(environment())
    const cleaned = await guichetOutput(['files', 'clean', '--older-than', '1s', '--json'], environment())
    expect(JSON.parse(cleaned)).toMatchObject({ unattached: 0 })
    const ofLedger = async (table: string): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from guichet_files.${table}`)
      return rows[0]?.count ?? 0
    }
    expect(await filesBelow('received')).toBe(0)
    expect(await filesBelow('incoming')).toBe(0)
    const stored = await filesBelow('objects')
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from guichet.events where type = 'FileStored'`,
    )
    expect({ stored, held: await ofLedger('held_object') }).toEqual({ stored: rows[0]?.count, held: rows[0]?.count })
    expect(stored).toBeGreaterThanOrEqual(acknowledged.length)
    expect({ uploads: await ofLedger('upload'), removals: await ofLedger('removal') }).toEqual({
      uploads: 0,
      removals: 0,
    })
    await pool.end()

    for (const { fileId, sha256 } of acknowledged) {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: 'query ($id: ID!) { file(id: $id) { url sha256 } }', variables: { id: fileId } }),
      })
      const { data } = (await answer.json()) as { data: { file: { url: string; sha256: string } } }
      expect(data.file.sha256).toBe(sha256)
      const read = await fetch(`${server.url}${data.file.url}`)
      expect(
        createHash('sha256')
          .update(Buffer.from(await read.arrayBuffer()))
          .digest('hex'),
      ).toBe(sha256)
    }
  },
)
