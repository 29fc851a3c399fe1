import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'
import { readEnvironment } from '../environment/environment.ts'

const marie = { kind: 'customer', id: 'marie' } as const
const ana = { kind: 'agent', id: 'ana' } as const
const staff = { kind: 'system', id: 'staff' } as const

type Mail = { readonly to: readonly string[]; readonly source: string }
const mails: Mail[] = []
let mailServer: SMTPServer
let database: TestDatabase
let home: string
let engine: Engine

beforeAll(async () => {
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      let source = ''
      stream.setEncoding('utf8').on('data', (chunk: string) => void (source += chunk))
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), source })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => void mailServer.listen(0, '127.0.0.1', resolve))
  const { port } = mailServer.server.address() as AddressInfo
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-transcripts-'))
  const environment = readEnvironment({
    GUICHET_HOME: home,
    DATABASE_URL: database.url,
    GUICHET_SMTP_URL: `smtp://127.0.0.1:${port}`,
    GUICHET_MAIL_FROM: 'support@desk.example',
  })
  engine = await startEngine(environment, { serves: true, log: pino({ level: 'silent' }) })
  await engine.startClocks()
})
afterAll(async () => {
  await engine?.stop()
  await database?.drop()
  await rm(home, { recursive: true, force: true })
  await new Promise<void>((resolve) => {
    mailServer.close(() => resolve())
  })
})

it('sends one e-mail to the customer for each request, with the transcript as they may read it', async () => {
  const { desk } = engine
  const profile = { name: 'Ana', languages: ['en'] }
  expect(await desk.execute('agent', 'ana', { type: 'register', profile }, { by: staff })).toMatchObject({ ok: true })
  const available = { type: 'setAvailability', availability: 'available' } as const
  expect(await desk.execute('agent', 'ana', available, { by: staff })).toMatchObject({ ok: true })
  const customer = { id: 'marie', name: 'Marie', email: 'marie@example.com' }
  const started = await desk.startChat('one', { customer, language: 'en' }, { by: marie })
  expect(started).toMatchObject({ ok: true })
  expect(await desk.acceptChat('one', { by: ana })).toMatchObject({ ok: true })
  for (const [messageId, kind, body] of [
    ['a1', 'text', 'Hello'],
    ['n1', 'note', 'a regular'],
  ] as const) {
    expect(await desk.execute('chat', 'one', { type: 'send', messageId, kind, body }, { by: ana })).toMatchObject({
      ok: true,
    })
  }
  const request = { by: marie, commandId: 'request-1' }
  expect(await desk.sendChatTranscript('one', request)).toMatchObject({ ok: true })
  expect(await desk.sendChatTranscript('one', request)).toMatchObject({ ok: true, value: { repeated: true } })
  await vi.waitUntil(() => mails.length > 0, { interval: 50 })
  const [{ to, source }] = mails as [Mail]
  expect(to).toEqual(['marie@example.com'])
  expect(source).toContain('Subject: The transcript of your chat')
  expect(source).toContain('Content-Disposition: attachment; filename=chat-one.pdf')
  const [, encoded = ''] = source.split('filename=chat-one.pdf')
  expect(
    Buffer.from(encoded.slice(0, encoded.indexOf('--')), 'base64')
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-')

  await vi.waitUntil(async () => (await engine.deliveries.list({ state: 'delivered', limit: 10 })).length > 0, {
    timeout: 30_000,
    interval: 50,
  })
  const listed = await engine.deliveries.list({ limit: 10 })
  expect(listed.map(({ kind, state }) => [kind, state])).toEqual([['chat_transcript', 'delivered']])
  expect(mails).toHaveLength(1)
})
