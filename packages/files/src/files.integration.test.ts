import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ScannerUnavailable } from './clamd.ts'
import type { ContentOf, Files } from './files.ts'
import { openFiles } from './files.ts'
import { folderStorage } from './folder-storage.ts'
import { ObjectBeingRemoved } from './ledger.ts'
import { createPreviewer, NoPreview, PreviewLater } from './preview.ts'
import type { FileStorage } from './storage.ts'
import { ObjectFailed, StorageUnavailable } from './storage.ts'

let database: TestDatabase
let folder: string
let storage: FileStorage
let files: Files
let drawings = 0
/** Awaited before every deletion in the storage. */
let gate = async (_key: string): Promise<void> => undefined
/** Awaited before every preview is drawn. */
let beforeDrawing = async (): Promise<void> => undefined

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'guichet-files-'))
  const kept = folderStorage(join(folder, 'storage'))
  storage = {
    ...kept,
    delete: async (key) => {
      await gate(key)
      await kept.delete(key)
    },
  }
  const previewer = createPreviewer({ turns: { take: async () => () => undefined } })
  files = await openFiles({
    storage,
    connectionString: database.url,
    folder,
    maxBytes: 1_000_000,
    scanner: { scan: async () => ({ verdict: 'clean' }), ping: async () => undefined },
    previewer: {
      available: true,
      draw: async (task, prepare, owner) => {
        drawings++
        await beforeDrawing()
        await previewer.draw(task, prepare, owner)
      },
    },
    onError: () => undefined,
  })
})
afterAll(async () => {
  await files.close()
  await rm(folder, { recursive: true })
  await database.drop()
})

const owner = 'ticket-1'
const receive = (bytes: Buffer, name = 'a.bin') =>
  files.receiver.receive(Readable.from([bytes]), { name, maxBytes: files.maxBytes })
const keep = async (fileId: string, bytes = randomBytes(100), name = 'a.bin'): Promise<ContentOf> => {
  const received = await receive(bytes, name)
  await files.keep(received, fileId, owner)
  await files.ledger.settle(fileId)
  await received.discard()
  return { owner, sha256: received.sha256 }
}
const objects = async (): Promise<number> => {
  let found = 0
  for await (const _ of storage.list()) found++
  return found
}
const never = async (): Promise<boolean> => false

it('holds no connection of the database while the storage deletes', async () => {
  const kept = await Promise.all(Array.from({ length: 12 }, (_, n) => keep(`slow-${n}`)))
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  gate = () => opened
  const removals = Promise.all(kept.map((content, n) => files.remove(content, `slow-${n}`)))
  await expect.poll(() => files.ledger.unheld(['no such object'])).toHaveLength(1)
  open?.()
  await removals
})

it('takes no content again that is being removed, until that has ended', async () => {
  const bytes = randomBytes(50)
  const content = await keep('first', bytes)
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => {
    gate = () => {
      resolve()
      return opened
    }
  })
  const removal = files.remove(content, 'first')
  await reached
  await expect(keep('second', bytes)).rejects.toBeInstanceOf(ObjectBeingRemoved)
  open?.()
  await removal
  await keep('second', bytes)
  expect(await files.read(content).then((read) => read.toArray())).toEqual([bytes])
})

it('removes again what failed to be removed, and finishes what a killed process has begun', async () => {
  const content = await keep('unlucky')
  gate = () => Promise.reject(new Error('no bucket'))
  await expect(files.remove(content, 'unlucky')).rejects.toThrow('no bucket')
  const before = await objects()
  gate = async () => undefined
  const pool = openPool({ connectionString: database.url, maxConnections: 1, onLost: () => undefined })
  await pool.query(`update guichet_files.removal set remover = gen_random_uuid(), began_at = now() - interval '1 hour'`)
  await pool.end()
  expect(await files.cleanUp(never, 0)).toMatchObject({ objects: 1 })
  expect(await objects()).toBe(before - 1)
  await files.remove(content, 'unlucky')
})

it('cleans up after uploads that were cut before they were recorded, and asks about no others', async () => {
  await keep('recorded')
  const received = await receive(randomBytes(70))
  await files.keep(received, 'cut', owner)
  const before = await objects()
  const asked: string[] = []
  const exists = async (id: string): Promise<boolean> => (asked.push(id), false)
  expect(await files.cleanUp(exists, 0)).toEqual({ parts: 1, uploads: 0, objects: 1 })
  expect(asked).toEqual(['cut'])
  expect(await objects()).toBe(before - 1)
})

it('removes the other objects when the storage fails at one, and says how many it has failed at', async () => {
  const contents = await Promise.all(
    ['locked', 'cut-1', 'cut-2'].map(async (fileId) => {
      const received = await receive(randomBytes(71))
      await files.keep(received, fileId, owner)
      await received.discard()
      return received.sha256
    }),
  )
  const locked = contents.toSorted()[0] ?? ''
  const before = await objects()
  gate = (key) => (key.includes(locked) ? Promise.reject(new StorageUnavailable('status 403')) : Promise.resolve())
  const failure = await files.cleanUp(never, 0).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ObjectFailed)
  expect(failure).toMatchObject({ message: '1 of 3 objects could not be removed: status 403' })
  expect(await objects()).toBe(before - 2)
  const unknown = await receive(randomBytes(72))
  await storage.put('unknown/other', unknown.read(), unknown)
  await unknown.discard()
  await expect(files.removeUnknown(0)).rejects.toThrow('1 of 2 objects could not be removed: status 403')
  expect(await objects()).toBe(before - 2)
  gate = async () => undefined
  expect(await files.removeUnknown(0)).toBe(1)
})

it('leaves an object to the process that removes it, and removes the others', async () => {
  const kept = await Promise.all(['theirs', 'ours'].map((fileId) => keep(fileId)))
  const [theirs, ours] = kept.map(({ sha256 }) => sha256)
  const pool = openPool({ connectionString: database.url, maxConnections: 1, onLost: () => undefined })
  const keys: string[] = []
  for await (const { key } of storage.list()) keys.push(key)
  const key = keys.find((each) => each.endsWith(theirs ?? '-'))
  await pool.query('insert into guichet_files.removal (key, remover) values ($1, gen_random_uuid())', [key])
  await pool.query(`delete from guichet_files.held_object where file_id in ('theirs', 'ours')`)
  const removed = await files.removeUnknown(0)
  await pool.query('delete from guichet_files.removal where key = $1', [key])
  await pool.end()
  expect(removed).toBe(1)
  await expect(files.read({ owner, sha256: ours ?? '' })).rejects.toThrow('holds no object')
  expect(await files.removeUnknown(0)).toBe(1)
})

it('removes objects that the ledger does not know, and keeps the others', async () => {
  const content = await keep('known')
  const received = await receive(randomBytes(80))
  await storage.put('unknown/object', received.read(), received)
  await received.discard()
  const before = await objects()
  expect(await files.removeUnknown(0)).toBe(1)
  expect(await objects()).toBe(before - 1)
  await files.read(content).then((read) => read.toArray())
})

it('draws a picture that cannot be drawn once', async () => {
  const header = Buffer.from('ffd8ffe000104a464946', 'hex')
  const content = await keep('broken', Buffer.concat([header, randomBytes(100)]), 'broken.jpg')
  const before = drawings
  await expect(files.preview(content)).rejects.toBeInstanceOf(NoPreview)
  await expect(files.preview(content)).rejects.toBeInstanceOf(NoPreview)
  expect(drawings - before).toBe(1)
})

it('remembers for a moment only that a busy machine could not draw a picture', async () => {
  const content = await keep('busy', randomBytes(60), 'busy.bin')
  const before = drawings
  beforeDrawing = () => Promise.reject(new NoPreview('out of memory', { isFinal: false }))
  for (const _ of [1, 2]) await expect(files.preview(content)).rejects.toThrow('out of memory')
  beforeDrawing = async () => undefined
  expect(drawings - before).toBe(1)
  const pool = openPool({ connectionString: database.url, maxConnections: 1, onLost: () => undefined })
  await pool.query(
    `update guichet_files.no_preview set refused_at = refused_at - interval '2 minutes' where reason = 'out of memory'`,
  )
  await pool.end()
  await expect(files.preview(content)).rejects.not.toThrow('out of memory')
  expect(drawings - before).toBe(2)
})

it('says of content that the storage has lost that it cannot be scanned', async () => {
  expect(await files.scan({ owner, sha256: 'f'.repeat(64) })).toEqual({
    verdict: 'unscannable',
    detail: 'its content is missing from the storage',
  })
})

it('scans nothing without a scanner: what waits for one goes on waiting', async () => {
  const other = await openFiles({
    storage,
    connectionString: database.url,
    folder,
    maxBytes: 100,
    onError: () => undefined,
  })
  const failure = await other.scan(await keep('waiting')).catch((error: unknown) => error)
  await other.close()
  expect(failure).toBeInstanceOf(ScannerUnavailable)
  expect(other.isAway(failure)).toBe(true)
})

it('says that an object fails, and not the storage, while the storage answers otherwise', async () => {
  const content = await keep('archived')
  const { get, head } = storage
  const refuse = () => Promise.reject(new StorageUnavailable('status 403'))
  Object.assign(storage, { get: refuse })
  gate = refuse
  const failures = () =>
    Promise.all(
      [files.scan(content), files.remove(content, 'archived')].map((work) => work.catch((error: unknown) => error)),
    )
  const ofTheObject = await failures()
  Object.assign(storage, { head: refuse })
  const ofTheStorage = await failures()
  Object.assign(storage, { get, head })
  gate = async () => undefined
  for (const failure of ofTheObject) expect(failure).toBeInstanceOf(ObjectFailed)
  expect(ofTheObject.map(files.isAway)).toEqual([false, false])
  expect(ofTheStorage.map(files.isAway)).toEqual([true, true])
  await files.remove(content, 'archived')
})

it('leaves the removal to whoever has begun it', async () => {
  const content = await keep('twice')
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  let begun: (() => void) | undefined
  const beginning = new Promise<void>((resolve) => (begun = resolve))
  gate = () => (begun?.(), opened)
  const removal = files.remove(content, 'twice')
  await beginning
  await files.remove(content, 'twice')
  open?.()
  await removal
  gate = async () => undefined
})

it('draws a picture once for all who wait for the same one, in the turn of another where the first gives up', async () => {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'navy' } })
    .png()
    .toBuffer()
  const content = await keep('waited-for', png, 'a.png')
  const before = drawings
  let giveUp = (): void => undefined
  const gaveUp = new Promise<void>((_, reject) => (giveUp = () => reject(new PreviewLater(1))))
  beforeDrawing = () => gaveUp
  const first = files.preview(content, 'first').catch((error: unknown) => error)
  await vi.waitUntil(() => drawings === before + 1)
  const others = ['second', 'third'].map((turn) => files.preview(content, turn))
  // By then they have asked the same of storage and ledger, most likely, and joined the first drawing.
  for (let turn = 0; turn < 3; turn++) await storage.head('none').then(() => files.ledger.previewRefusal('none'))
  beforeDrawing = async () => undefined
  giveUp()
  expect(await first).toBeInstanceOf(PreviewLater)
  const drawn = await Promise.all(others)
  for (const { bytes, content: picture } of drawn) expect(Buffer.concat(await picture.toArray())).toHaveLength(bytes)
  expect(drawings - before).toBe(2)
})

it('keeps no preview of a picture that was deleted while it was drawn', async () => {
  const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const content = await keep('deleted', picture, 'a.png')
  const before = await objects()
  beforeDrawing = () => files.remove(content, 'deleted')
  await expect(files.preview(content)).rejects.toThrow()
  beforeDrawing = async () => undefined
  expect(await objects()).toBe(before - 1)
})

it('cleans up no upload that is recorded, or begun again, while it is looked at', async () => {
  const [one, two] = [await receive(randomBytes(90)), await receive(randomBytes(91))]
  await files.keep(one, 'recorded-meanwhile', owner)
  await files.keep(two, 'begun-again', owner)
  const exists = async (id: string): Promise<boolean> => {
    if (id === 'recorded-meanwhile') await files.ledger.settle(id)
    if (id === 'begun-again') await files.keep(two, id, owner)
    return false
  }
  expect(await files.cleanUp(exists, 0)).toMatchObject({ objects: 0 })
  expect(await files.ledger.settle('begun-again')).toBe(true)
  expect(await files.ledger.settle('recorded-meanwhile')).toBe(true)
})

it('knows of an upload that a clean-up has taken for an interrupted one', async () => {
  const received = await receive(randomBytes(92))
  await files.keep(received, 'slow', owner)
  await files.cleanUp(never, 0)
  expect(await files.ledger.settle('slow')).toBe(false)
})
