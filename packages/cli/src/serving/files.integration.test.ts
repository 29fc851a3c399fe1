import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { FileStorage } from '@guichet/files'
import { s3Storage } from '@guichet/files'
import { eicar, installedServer, startClamd, startS3Server } from '@guichet/files/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import type { Serving } from './serving.ts'
import { serve } from './serving.ts'
import { issueToken } from '../tokens/issue-token.ts'

const [clamd, versitygw] = [await installedServer('clamd'), await installedServer('versitygw')]

describe.skipIf(!clamd || !versitygw)('a server with a bucket and a scanner', () => {
  let database: TestDatabase
  let home: string
  let server: Serving
  let token: string
  let scannerPort: number
  let storage: FileStorage
  const stops: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-files-'))
    stops.push(() => rm(home, { recursive: true }), database.drop)
    const bucket = await startS3Server(versitygw ?? { path: '' })
    stops.push(bucket.close)
    storage = s3Storage(bucket.options)
    scannerPort = await freePort()
    const environment = readEnvironment({
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      GUICHET_HOME: home,
      GUICHET_JWT_SECRET: 's'.repeat(32),
      PORT: '0',
      GUICHET_CLAMD: `127.0.0.1:${scannerPort}`,
      GUICHET_FILES_BUCKET_URL: bucket.options.url,
      GUICHET_FILES_BUCKET_REGION: bucket.options.region,
      GUICHET_FILES_BUCKET_KEY_ID: bucket.options.accessKeyId,
      GUICHET_FILES_BUCKET_SECRET: bucket.options.secretAccessKey,
    })
    server = await serve(environment, pino({ level: 'silent' }))
    stops.push(server.stop)
    token = await issueToken(server.auth, { id: 'ana', role: 'agent', seconds: 3_600 })
  })
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
  })

  const ask = async (query: string, variables: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${server.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await answer.json()) as { data: Record<string, unknown>; errors?: unknown }
    expect(errors).toBeUndefined()
    return data
  }
  let commands = 0
  const mutate = async (name: string, input: object, shown: string): Promise<Record<string, unknown>> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const variables = { input: { commandId: `command-${++commands}`, ...input } }
    return (
      await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code } ${shown} } }`, variables)
    )[name] as Record<string, unknown>
  }
  const upload = async (name: string, content: Buffer): Promise<string> => {
    const { upload } = (await mutate(
      'createUpload',
      { ticketId: 't', name, bytes: content.length },
      'upload { fileId url }',
    )) as {
      upload: { fileId: string; url: string }
    }
    const answer = await fetch(`${server.address}${upload.url}`, { method: 'PUT', body: content as BodyInit })
    expect(answer.status).toBe(201)
    return upload.fileId
  }
  const fileOf = async (id: string) =>
    (await ask('query ($id: ID!) { file(id: $id) { status scanned url } }', { id }))['file'] as {
      readonly status: string
      readonly scanned: string | null
      readonly url: string | null
    }

  it('keeps files in quarantine while the scanner is away, and serves none that it finds something in', async () => {
    await mutate('openTicket', { ticketId: 't', subject: 'x', body: 'y', customer: { id: 'zoe' } }, 'ticket { id }')
    const harmless = randomBytes(100_000)
    const ids = [await upload('a.bin', harmless), await upload('b.txt', Buffer.from(eicar))]
    for (const id of ids) expect(await fileOf(id)).toEqual({ status: 'QUARANTINED', scanned: null, url: null })
    const ready = (await (await fetch(`${server.address}/ready`)).json()) as { status: string; checks: object }
    expect(ready).toMatchObject({ status: 'degraded', checks: { storage: 'ok', scanner: 'degraded' } })
    const link = server.engine.files.links.sign(ids[0] ?? '', 'content', new Date(Date.now() + 600_000))
    expect((await fetch(`${server.address}${link}`)).status).toBe(409)
    expect(await mutate('agentReply', { ticketId: 't', body: 'x', attachments: [{ fileId: ids[0] }] }, '')).toEqual({
      userErrors: [],
    })

    const scanner = await startClamd(clamd ?? { path: '' }, scannerPort)
    stops.push(scanner.close)
    await expect.poll(() => fileOf(ids[0] ?? '')).toMatchObject({ status: 'CLEAN' })
    await expect
      .poll(() => fileOf(ids[1] ?? ''))
      .toEqual({
        status: 'INFECTED',
        scanned: 'Eicar-Test-Signature.UNOFFICIAL',
        url: null,
      })
    const served = await fetch(`${server.address}${link}`)
    expect(Buffer.from(await served.arrayBuffer()).equals(harmless)).toBe(true)
    const infected = server.engine.files.links.sign(ids[1] ?? '', 'content', new Date(Date.now() + 600_000))
    expect((await fetch(`${server.address}${infected}`)).status).toBe(403)
    expect(await mutate('agentReply', { ticketId: 't', body: 'x', attachments: [{ fileId: ids[1] }] }, '')).toEqual({
      userErrors: [{ code: 'FILE_INFECTED' }],
    })
  })

  it('removes the content of a deleted file, and only what nobody uses when it cleans up', async () => {
    const { files, desk } = server.engine
    const [kept, deleted] = [await upload('kept', Buffer.from('kept')), await upload('deleted', Buffer.from('gone'))]
    const count = async (bytes: number): Promise<number> => {
      let found = 0
      for await (const each of storage.list()) if (each.bytes === bytes) found++
      return found
    }
    expect(await count(4)).toBe(2)
    await mutate('deleteFile', { fileId: deleted, reason: 'asked to' }, 'file { status }')
    await expect.poll(() => count(4)).toBe(1)
    const { state } = await desk.read('file', kept)
    if (state.status === 'absent') throw new Error('the file is not stored')
    await files.ledger.hold('orphan/of-a-killed-upload', 'never-stored')
    const exists = async (id: string) => (await desk.read('file', id)).state.status === 'clean' || id === kept
    await files.cleanUp(exists, 0)
    expect(await count(4)).toBe(1)
    expect(await files.ledger.unheld(['orphan/of-a-killed-upload'])).toHaveLength(1)
  })
})
