import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { folderStorage, openFiles } from '@guichet/files'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const zoe = { kind: 'customer', id: 'zoe' } as const
const owner = 'ticket-t'
const folder = (): string => join(cli.folder, 'files')

beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const customer = { id: 'zoe' }
  await desk.execute('ticket', 't', { type: 'open', subject: 'x', body: 'y', customer }, { by: zoe })
  const files = await openFiles({
    storage: folderStorage(folder()),
    connectionString: cli.databaseUrl,
    folder: folder(),
    maxBytes: 100,
    onError: () => undefined,
  })
  for (const [id, text] of [
    ['sent', 'the words'],
    ['forgotten', 'other words'],
  ] as const) {
    const received = await files.receiver.receive(Readable.from([Buffer.from(text)]), { name: 'a.txt', maxBytes: 100 })
    await files.keep(received, id, owner)
    await received.discard()
    const { bytes, sha256, mediaType } = received
    await desk.execute(
      'file',
      id,
      { type: 'store', owner, name: 'a.txt', bytes, sha256, mediaType, scan: false },
      { by: zoe },
    )
  }
  const reply = { type: 'customerReply' as const, body: 'See.', attachments: [{ fileId: 'sent' }] }
  await desk.execute('ticket', 't', reply, { by: zoe })
  await files.ledger.hold('orphan/of-a-killed-upload', 'never-stored')
  await files.close()
  await store.close()
  await mkdir(join(folder(), 'received'), { recursive: true })
  await writeFile(join(folder(), 'received', 'half'), 'half of it')
})

const objects = async (): Promise<number> =>
  (await readdir(join(folder(), 'objects'), { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
    .length

it('lists files by what they belong to, their status, and whether a message has them', async () => {
  const [head, ...rows] = (await cli.run('files')).out.split('\n')
  expect(head).toMatch(/^file +of +status +type +bytes +stored +by +name$/)
  expect(rows.toSorted()).toEqual([
    expect.stringMatching(/^forgotten +ticket-t +clean, no message has it +application\/octet-stream +11 /),
    expect.stringMatching(/^sent +ticket-t +clean +application\/octet-stream +9 .* zoe +a\.txt$/),
  ])
  const listed = async (...filter: readonly string[]): Promise<unknown> =>
    (JSON.parse((await cli.run('files', ...filter, '--json')).out) as { id: string }[]).map(({ id }) => id)
  expect(await listed('--unattached')).toEqual(['forgotten'])
  expect(await listed('--of', 'ticket-u')).toEqual([])
  expect(await listed('--status', 'infected')).toEqual([])
  expect((await cli.run('files', '--status', 'deleted')).out).toBe('there is no such file')
})

it('shows a file, and says so when there is none', async () => {
  const { out } = await cli.run('files', 'show', 'File~sent')
  expect(out).toContain(createHash('sha256').update('the words').digest('hex'))
  expect(await cli.run('files', 'show', 'none')).toMatchObject({
    code: 1,
    err: expect.stringContaining('file_not_found'),
  })
})

it('deletes a file with its content, and cleans up what killed uploads have left', async () => {
  expect(await objects()).toBe(2)
  expect(await cli.run('files', 'delete', 'sent')).toMatchObject({ code: 2 })
  expect((await cli.run('files', 'delete', 'sent', '--reason', 'asked to')).out).toBe('file sent is deleted')
  expect((await cli.run('files', 'show', 'sent')).out).toMatch(/^status +deleted$/m)
  expect(await objects()).toBe(1)
  expect(JSON.parse((await cli.run('files', 'clean', '--json')).out)).toEqual({
    unattached: 0,
    parts: 0,
    uploads: 0,
    objects: 0,
  })
  const removed = { parts: 0, objects: 0 }
  const clean = async () => {
    const { out } = await cli.run('files', 'clean', '--older-than', '1s', '--json')
    const { parts, objects: unused } = JSON.parse(out) as typeof removed
    removed.parts += parts
    removed.objects += unused
    return removed
  }
  await expect.poll(clean).toEqual({ parts: 1, objects: 1 })
  expect(await objects()).toBe(1)
})

it('releases a file from quarantine, and no other one', async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const content = { name: 'a.txt', bytes: 1, sha256: 'b'.repeat(64), mediaType: 'text/plain', scan: true }
  const stored = { type: 'store' as const, owner, ...content }
  for (const id of ['waiting', 'found']) await desk.execute('file', id, stored, { by: zoe })
  const scanner = { kind: 'system', id: 'scanner' } as const
  await desk.engine.execute('file', 'found', { type: 'recordScan', verdict: 'infected' }, { by: scanner })
  await store.close()
  const release = (id: string) => cli.run('files', 'release', id, '--reason', 'scanned by hand')
  expect(await release('waiting')).toMatchObject({ code: 0, out: 'file waiting may be read' })
  expect((await cli.run('files', 'show', 'waiting')).out).toMatch(/^scanner +clean: scanned by hand$/m)
  expect(await release('found')).toMatchObject({ err: expect.stringContaining('not in quarantine') as string })
})

it('deletes the files that no message has named in time, and keeps those of customers and of chats', async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const longAgo = Date.now() - 25 * 3_600_000
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const put = (id: string, stream: string, at: number) => {
    const content = { name: 'a.txt', bytes: 1, sha256: 'a'.repeat(64), mediaType: 'text/plain', scan: false }
    return desk.execute(
      'file',
      id,
      { type: 'store', owner: stream, ...content },
      { by: zoe, at: instant(new Date(at)) },
    )
  }
  await desk.execute('chat', 'c', { type: 'start', customer: { id: 'zoe' }, channel: 'web' }, { by: zoe })
  await put('late', owner, longAgo)
  await put('young', owner, Date.now())
  await put('of-chat', 'chat-c', longAgo)
  await put('of-customer', 'customer-zoe', longAgo)
  const said = { type: 'send' as const, messageId: 'm', kind: 'file' as const, attachments: [{ fileId: 'of-chat' }] }
  expect(await desk.execute('chat', 'c', said, { by: zoe })).toMatchObject({ ok: true })
  await store.close()
  const { out } = await cli.run('files', 'clean', '--json')
  expect(JSON.parse(out)).toMatchObject({ unattached: 1 })
  const listed = JSON.parse((await cli.run('files', '--json')).out) as { id: string; status: string }[]
  expect(Object.fromEntries(listed.map(({ id, status }) => [id, status]))).toMatchObject({
    late: 'deleted',
    young: 'clean',
    'of-chat': 'clean',
    'of-customer': 'clean',
  })
})
