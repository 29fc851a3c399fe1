import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { migrateSchema, openPool } from '@guichet/eventstore'
import type { FileScanner, Verdict } from './clamd.ts'
import { ScannerUnavailable } from './clamd.ts'
import type { Holding, Ledger } from './ledger.ts'
import { createLedger, filesSchema, ObjectBeingRemoved } from './ledger.ts'
import type { Links } from './links.ts'
import { createLinks } from './links.ts'
import type { Previewer } from './preview.ts'
import { NoPreview, PreviewLater } from './preview.ts'
import type { ReceivedContent, Receiver } from './receive.ts'
import { createReceiver } from './receive.ts'
import type { ByteRange, FileStorage } from './storage.ts'
import { checkedAgainst, ObjectFailed, ObjectMissing, StorageUnavailable } from './storage.ts'

/** The content of a file: whose it is, and its checksum. The same content of one owner is stored once. */
export type ContentOf = { readonly owner: string; readonly sha256: string }

/** What the files of a desk are opened with. */
export type FilesOptions = {
  /** Where content is, for all processes of the desk. */
  readonly storage: FileStorage
  /** The Postgres database of the ledger, as a URL; its schema `guichet_files` is created or migrated. At most four connections. */
  readonly connectionString: string
  /**
   * A folder of this machine in which content is received and pictures are drawn; it is created. It needs room for all
   * uploads under way.
   */
  readonly folder: string
  /** The longest file, in bytes. */
  readonly maxBytes: number
  /** Without a scanner no file is stored for quarantine. */
  readonly scanner?: FileScanner | undefined
  /** Without a previewer no picture has a preview. */
  readonly previewer?: Previewer | undefined
  /** Called for each connection that breaks; the pool replaces it. */
  readonly onError: (error: Error, context: string) => void
}

/** The content of the files of a desk. */
export type Files = {
  readonly maxBytes: number
  /** Whether a scanner has to answer before a file may be read. */
  readonly scans: boolean
  /** Whether pictures have previews. */
  readonly previews: boolean
  readonly receiver: Receiver
  readonly ledger: Ledger
  readonly links: Links
  /** Stores what was received for a file, unless the owner has the same content already. @throws StorageUnavailable */
  keep(received: ReceivedContent, fileId: string, owner: string): Promise<void>
  /** Reads content or a part of it. @throws ObjectMissing, StorageUnavailable */
  read(content: ContentOf, range?: ByteRange, signal?: AbortSignal): Promise<Readable>
  /**
   * Removes the content of a file and its preview, unless another file of its owner has the same content, or somebody
   * else removes it already: then a clean-up finishes what they leave.
   * @throws StorageUnavailable, ObjectFailed
   */
  remove(content: ContentOf, fileId: string): Promise<void>
  /**
   * Asks the scanner. Content that the storage has lost cannot be scanned.
   * @throws ScannerUnavailable, also where there is none; ScanFailed, StorageUnavailable, ObjectFailed
   */
  scan(content: ContentOf, signal?: AbortSignal): Promise<Verdict>
  /**
   * The preview of a picture, drawn when it is first asked for. Those of one `turn`, such as whoever asks for them, wait
   * for each other. @throws NoPreview @throws PreviewLater
   */
  preview(content: ContentOf, turn?: string): Promise<{ readonly bytes: number; readonly content: Readable }>
  /**
   * Removes what interrupted uploads and removals have left: parts of content, and objects held for files that do not
   * exist. What is younger than `olderThanMs` stays. What somebody else removes is left to them.
   * @param exists says whether a file was stored and is not deleted.
   * @throws StorageUnavailable; ObjectFailed at its end, if the storage has failed at some of the objects: the next clean-up tries them again.
   */
  cleanUp(exists: (fileId: string) => Promise<boolean>, olderThanMs: number): Promise<CleanedUp>
  /**
   * Removes the objects that the ledger does not know, as after the restore of an older database: reads the names of all
   * objects, 500 at a time. What is younger than `olderThanMs` stays. @returns how many.
   * @throws as `cleanUp`.
   */
  removeUnknown(olderThanMs: number): Promise<number>
  /** Whether an error means that the storage or the scanner does not answer: the fault of no file. */
  isAway(error: unknown): boolean
  /** Reject when the storage, or the scanner if there is one, does not answer. */
  readonly checks: { readonly storage: () => Promise<unknown>; readonly scanner?: () => Promise<unknown> }
  close(): Promise<void>
}

/** How much a clean-up removed; `objects` without previews. */
export type CleanedUp = { readonly parts: number; readonly uploads: number; readonly objects: number }

/** The end of a millisecond that is so long ago: the database counts in microseconds. */
const endOfMillisecond = (ago: number): Date => new Date(Date.now() - ago + 1)

/** Opens the files of a desk; creates or migrates the tables of the ledger first. */
export async function openFiles(options: FilesOptions): Promise<Files> {
  const { storage, connectionString, folder, maxBytes, scanner, previewer, onError } = options
  const pool = openPool({
    connectionString,
    maxConnections: 4,
    onLost: (error) => onError(error, 'a connection of the files'),
  })
  try {
    await migrateSchema(pool, filesSchema)
    const ledger = createLedger(pool)
    const links = createLinks(await ledger.secret())
    const receiver = createReceiver(join(folder, 'received'))
    const drawing = createReceiver(join(folder, 'drawing'))

    const files: Files = {
      maxBytes,
      scans: scanner !== undefined,
      previews: previewer?.available ?? false,
      receiver,
      ledger,
      links,
      keep: async (received, fileId, owner) => {
        const key = keyOf({ owner, sha256: received.sha256 })
        await ledger.hold(key, fileId)
        const object = await storage.head(key)
        if (object?.bytes !== received.bytes) await storage.put(key, received.read(), received)
      },
      read: (content, range, signal) => storage.get(keyOf(content), range, signal),
      remove: async (content, fileId) => {
        const key = keyOf(content)
        await ledger
          .release(key, fileId, () => removeObject(storage, key))
          .catch(async (error: unknown) => {
            if (!(error instanceof ObjectBeingRemoved)) await throwAgain(storage, error)
          })
      },
      scan: async (content, signal) => {
        if (!scanner) throw new ScannerUnavailable('no scanner is configured')
        try {
          return await scanner.scan(await storage.get(keyOf(content), undefined, signal), signal)
        } catch (error) {
          if (!(error instanceof ObjectMissing)) return throwAgain(storage, error)
          return { verdict: 'unscannable', detail: 'its content is missing from the storage' }
        }
      },
      preview: createPreviews({ storage, previewer, ledger, folder: join(folder, 'drawing') }),
      cleanUp: async (exists, olderThanMs) => {
        const before = endOfMillisecond(olderThanMs)
        const parts = await Promise.all([receiver, drawing, storage].map((each) => each.sweep(olderThanMs)))
        const uploads = await ledger.expire()
        const removal = createRemoval(storage, ledger)
        for (const key of await ledger.unremoved(page)) await removal.release(key, '')
        let after: Holding | undefined
        do {
          const holdings = await ledger.unsettled(before, after, page)
          for (const { key, fileId } of holdings) {
            if (await exists(fileId)) await ledger.settle(fileId)
            else await removal.release(key, fileId, before)
          }
          after = holdings.at(-1)
        } while (after !== undefined)
        return { parts: parts.reduce((sum, each) => sum + each, 0), uploads, objects: removal.end() }
      },
      removeUnknown: async (olderThanMs) => {
        const before = endOfMillisecond(olderThanMs)
        const removal = createRemoval(storage, ledger)
        let batch: string[] = []
        const removeUnheld = async (): Promise<void> => {
          const keys = [...new Set(batch.map((key) => key.replace(previewEnding, '')))]
          batch = []
          for (const key of await ledger.unheld(keys)) await removal.release(key, '')
        }
        for await (const { key, storedAt } of storage.list()) {
          if (storedAt < before) batch.push(key)
          if (batch.length === page) await removeUnheld()
        }
        await removeUnheld()
        return removal.end()
      },
      isAway: (error) => error instanceof StorageUnavailable || error instanceof ScannerUnavailable,
      checks: { storage: () => checkStorage(storage), ...(scanner && { scanner: () => scanner.ping() }) },
      close: () => pool.end(),
    }
    return files
  } catch (error) {
    await pool.end()
    throw error
  }
}

/** For how long it is remembered that a picture has no preview, and that a busy machine could not draw one. */
const [dayMs, minuteMs] = [86_400_000, 60_000]

/** How many rows and objects a clean-up reads at a time. */
const page = 500

/** The key of content: it names its owner by a hash, because an owner may be a person. */
const keyOf = ({ owner, sha256 }: ContentOf): string =>
  `${createHash('sha256').update(owner).digest('hex').slice(0, 32)}/${sha256}`

const previewEnding = /\.preview$/

/** In how many drawings of others one takes part before it draws a picture itself. */
const mostJoined = 2

/** Whether the preview that another one waited for is drawn: not yet, if that one's turn did not come. */
const unlessLater = (error: unknown): false => {
  if (error instanceof PreviewLater) return false
  throw error
}

const previewOf = (key: string): string => `${key}.preview`

/** Asks the storage for an object that is not there. @throws StorageUnavailable when it does not answer. */
const checkStorage = (storage: FileStorage): Promise<unknown> => storage.head('check')

/** Throws an error of the storage again: as one of the object alone, if the storage answers otherwise. */
async function throwAgain(storage: FileStorage, error: unknown): Promise<never> {
  if (!(error instanceof StorageUnavailable)) throw error
  await checkStorage(storage)
  throw new ObjectFailed(error.message, { cause: error.cause })
}

async function removeObject(storage: FileStorage, key: string): Promise<void> {
  await storage.delete(previewOf(key))
  await storage.delete(key)
}

/** Removes objects one after the other; the one at which the storage fails keeps it from no other. */
function createRemoval(storage: FileStorage, ledger: Ledger) {
  let [removed, failed] = [0, 0]
  let first: unknown
  return {
    release: async (key: string, fileId: string, unsettledSince?: Date): Promise<void> => {
      try {
        if (await ledger.release(key, fileId, () => removeObject(storage, key), unsettledSince)) removed++
      } catch (error) {
        if (error instanceof ObjectBeingRemoved) return
        await throwAgain(storage, error).catch((reason: unknown) => {
          if (reason instanceof StorageUnavailable) throw reason
          failed++
          first ??= reason
        })
      }
    },
    /** @returns how many objects were removed. @throws ObjectFailed with the first failure, if there was one. */
    end: (): number => {
      if (failed === 0) return removed
      const reason = first instanceof Error ? first.message : String(first)
      throw new ObjectFailed(`${failed} of ${removed + failed} objects could not be removed: ${reason}`, {
        cause: first,
      })
    },
  }
}

type PreviewsOptions = Pick<FilesOptions, 'storage' | 'previewer' | 'folder'> & { readonly ledger: Ledger }

/** Draws each preview once, when it is first asked for; the folder is that in which pictures are drawn. */
function createPreviews(options: PreviewsOptions): Files['preview'] {
  const { storage, previewer, ledger, folder } = options
  /** The drawings under way, by the keys of their previews. */
  const drawn = new Map<string, Promise<void>>()
  return async (content, turn = content.owner) => {
    const key = keyOf(content)
    const preview = previewOf(key)
    if (!(await storage.head(preview))) {
      if (!previewer?.available) throw new NoPreview('the package sharp is not installed')
      const refusal = await ledger.previewRefusal(key)
      if (refusal !== undefined) throw new NoPreview(refusal)
      const drawOwn = async (): Promise<void> => {
        try {
          await draw(storage, previewer, folder, key, { ...content, turn })
          // The picture may have been deleted while its preview was drawn.
          if ((await ledger.unheld([key])).length > 0) await storage.delete(preview)
        } catch (error) {
          if (error instanceof NoPreview)
            await ledger.refusePreview(key, error.message, error.isFinal ? dayMs : minuteMs)
          throw error
        }
      }
      // In vain, perhaps, since many others of that turn wait: this one has a turn of its own.
      let isDrawn = false
      for (let joined = 0; joined < mostJoined && drawn.has(preview) && !isDrawn; joined++)
        isDrawn = (await drawn.get(preview)?.then(() => true, unlessLater)) ?? false
      if (!isDrawn) {
        const task = drawOwn().finally(() => drawn.delete(preview))
        drawn.set(preview, task)
        await task
      }
    }
    const object = await storage.head(preview)
    if (!object) throw new ObjectMissing(preview)
    return { bytes: object.bytes, content: await storage.get(preview) }
  }
}

/** Draws the preview of a picture and stores it. */
async function draw(
  storage: FileStorage,
  previewer: Previewer,
  folder: string,
  key: string,
  { sha256, turn }: ContentOf & { readonly turn: string },
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const from = join(folder, randomUUID())
  const to = `${from}.webp`
  try {
    await previewer.draw(
      { from, to },
      async () => {
        const bytes = (await storage.head(key))?.bytes
        if (bytes === undefined) throw new ObjectMissing(key)
        const picture = createWriteStream(from, { mode: 0o600 })
        await pipeline(await storage.get(key), checkedAgainst({ bytes, sha256 }), picture)
      },
      turn,
    )
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(to)) hash.update(chunk as Buffer)
    const expected = { bytes: (await stat(to)).size, sha256: hash.digest('hex') }
    await storage.put(previewOf(key), createReadStream(to), expected)
  } finally {
    await Promise.all([rm(from, { force: true }), rm(to, { force: true })])
  }
}
