import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { mediaTypeOf, sampleBytes, TypeMismatch } from './media-type.ts'
import type { ExpectedObject } from './storage.ts'
import { StorageUnavailable } from './storage.ts'
import { orUnavailable, reportedByTransfer, sweepFolder } from './transfer.ts'

/** Content that was received as a whole and checked, in a file of this machine until `discard`. */
export type ReceivedContent = ExpectedObject & {
  /** By its content. */
  readonly mediaType: string
  read(): Readable
  discard(): Promise<void>
}

/** The content is longer than it may be. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** The content ended before all of it had come. */
export class CutOff extends Error {
  override readonly name = 'CutOff'
}

type Receiving = {
  /** The name of the file, whose ending promises a type. */
  readonly name: string
  /** The longest content that is taken, in bytes. */
  readonly maxBytes: number
  /** The length that was announced, in bytes. */
  readonly announced?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Receives content into a folder of this machine. */
export type Receiver = {
  /**
   * Receives content as fast as the disk takes it, in constant memory. What is refused or cut leaves nothing behind.
   * @throws TooLarge, CutOff, TypeMismatch, StorageUnavailable; the error of the content; the signal's reason.
   */
  receive(content: Readable, receiving: Receiving): Promise<ReceivedContent>
  /** Deletes what processes that were killed more than `olderThanMs` ago have left. @returns how many files. */
  sweep(olderThanMs: number): Promise<number>
}

/** Creates a receiver over a folder, which need not exist. */
export function createReceiver(folder: string): Receiver {
  return {
    receive: async (content, { name, maxBytes, announced, signal }) => {
      if (announced !== undefined && announced > maxBytes) throw tooLarge(maxBytes)
      const path = join(folder, randomUUID())
      const discard = (): Promise<void> => rm(path, { force: true })
      reportedByTransfer(content)
      try {
        await orUnavailable(mkdir(folder, { recursive: true }))
        const file = await orUnavailable(open(path, 'wx', 0o600))
        const hash = createHash('sha256')
        const sample: Buffer[] = []
        let [bytes, sampled] = [0, 0]
        try {
          const transfer = pipeline(
            content,
            async (chunks: AsyncIterable<Buffer>) => {
              for await (const chunk of chunks) {
                bytes += chunk.length
                if (bytes > maxBytes) throw tooLarge(maxBytes)
                if (sampled < sampleBytes) {
                  const part = Buffer.from(chunk.subarray(0, sampleBytes - sampled))
                  sample.push(part)
                  sampled += part.length
                }
                hash.update(chunk)
                await orUnavailable(file.writeFile(chunk))
              }
            },
            { ...(signal && { signal }) },
          )
          await (signal ? Promise.race([transfer, aborted(signal)]) : transfer)
        } finally {
          await file.close()
        }
        if (announced !== undefined && bytes !== announced) {
          throw new CutOff(`${announced} bytes were announced, and ${bytes} came`)
        }
        const mediaType = await mediaTypeOf(name, Buffer.concat(sample))
        return { bytes, sha256: hash.digest('hex'), mediaType, read: () => createReadStream(path), discard }
      } catch (error) {
        await discard().catch(() => undefined)
        signal?.throwIfAborted()
        throw ownErrors.some((type) => error instanceof type) ? error : (content.errored ?? error)
      }
    },
    sweep: (olderThanMs) => sweepFolder(folder, olderThanMs),
  }
}

/** Rejects when a signal is aborted: a pipeline of a stalled sender that is not destroyed ends with its next byte only. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

const ownErrors = [TooLarge, CutOff, TypeMismatch, StorageUnavailable]

const tooLarge = (maxBytes: number): TooLarge => new TooLarge(`a file has at most ${maxBytes} bytes`)
