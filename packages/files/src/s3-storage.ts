import { request as http } from 'node:http'
import { request as https } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { S3mini } from 's3mini'
import type { ExpectedObject, FileStorage, StoredObject } from './storage.ts'
import { checkedAgainst, checkKey, ContentDiffers, ObjectMissing, StorageUnavailable } from './storage.ts'
import { reportedByTransfer } from './transfer.ts'

/** A bucket, and the credentials that may read, write, delete and list its objects. */
export type S3Options = {
  /** The address of the bucket, such as `https://s3.example/desk-files`. */
  readonly url: string
  /** The region that requests are signed for, such as `eu-west-3`; servers without regions take any, often `auto`. */
  readonly region: string
  readonly accessKeyId: string
  /** The secret of the key: requests are signed with it, and it is sent to nobody. */
  readonly secretAccessKey: string
  /** After how many milliseconds without a byte a request counts as failed; 20,000 by default. */
  readonly stalledMs?: number
}

/** How long an address that is signed for one transfer may be used, in seconds. */
const signedFor = 900

/**
 * Keeps objects in an S3-compatible bucket. An object is sent in one request of a known length and checksum, streamed,
 * which the server stores as a whole or not at all. A server that sends or takes no byte for a while counts as unavailable.
 */
export function s3Storage({ url, stalledMs = 20_000, ...credentials }: S3Options): FileStorage {
  const client = new S3mini({ ...credentials, endpoint: url, requestAbortTimeout: stalledMs })

  return {
    put: async (key, content, expected, signal) => {
      checkKey(key)
      reportedByTransfer(content)
      const checksum = { [checksumHeader]: Buffer.from(expected.sha256, 'hex').toString('base64') }
      const signed = await client.getPresignedUrl('PUT', key, signedFor, {}, checksum)
      try {
        const status = await send(signed, content, expected, { checksum, stalledMs, signal })
        if (status < 200 || status > 299) throw refused(status)
      } catch (error) {
        content.destroy()
        signal?.throwIfAborted()
        if (content.errored) throw content.errored
        throw error instanceof ContentDiffers ? error : unavailable(error)
      }
    },
    get: async (key, range, signal) => {
      const signed = await client.getPresignedUrl('GET', checkKey(key), signedFor)
      const watch = watchStall(stalledMs, signal)
      try {
        const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {}
        watch.wait()
        const answer = await fetch(signed, { headers, signal: watch.signal })
        watch.rest()
        if (answer.status === 404) throw new ObjectMissing(key)
        if (!answer.ok || !answer.body) throw refused(answer.status)
        return Readable.from(watch.from(answer.body), { objectMode: false })
      } catch (error) {
        watch.end()
        signal?.throwIfAborted()
        throw error instanceof ObjectMissing ? error : unavailable(error)
      }
    },
    head: async (key) => {
      checkKey(key)
      try {
        return { bytes: await client.getContentLength(key) }
      } catch (error) {
        if ((error as { readonly cause?: { readonly status?: number } }).cause?.status === 404) return undefined
        throw unavailable(error)
      }
    },
    delete: async (key) => {
      await client.deleteObject(checkKey(key)).catch((error: unknown) => {
        throw unavailable(error)
      })
    },
    list: () => listObjects(client),
    sweep: async () => 0,
  }
}

/** The checksum that the server compares with what it has received: some take what arrived of a cut request for all. */
const checksumHeader = 'x-amz-checksum-sha256'

type Sending = {
  readonly checksum: Readonly<Record<string, string>>
  readonly stalledMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * Sends an object with its length, which `fetch` does not do for a stream, and with its checksum.
 * @returns the status of the answer.
 */
async function send(
  url: string,
  content: Readable,
  expected: ExpectedObject,
  { checksum, stalledMs, signal }: Sending,
): Promise<number> {
  const begin = url.startsWith('https:') ? https : http
  const request = begin(url, {
    method: 'PUT',
    headers: { 'content-length': expected.bytes, 'content-type': 'application/octet-stream', ...checksum },
    timeout: stalledMs,
    ...(signal && { signal }),
  })
  request.on('timeout', () => request.destroy(new Error(`no byte for ${stalledMs} ms`)))
  const answered = new Promise<number>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (answer) => {
      answer.resume()
      answer.on('error', reject)
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
  })
  answered.catch(() => undefined)
  try {
    await pipeline(content, checkedAgainst(expected), request)
  } catch (error) {
    request.destroy()
    if (error instanceof ContentDiffers || content.errored) throw error
    // A server that refuses may close the connection before it has read everything.
    const refused = await Promise.race([answered, setImmediate(undefined)]).catch(() => undefined)
    if (refused !== undefined) return refused
    throw error
  }
  return answered
}

async function* listObjects(client: S3mini): AsyncGenerator<StoredObject> {
  let token: string | undefined
  do {
    const page = await client.listObjectsPaged('/', '', 1_000, token).catch((error: unknown) => {
      throw unavailable(error)
    })
    if (!page) throw new StorageUnavailable('the storage of the files has no such bucket')
    for (const { Key, Size, LastModified } of page.objects ?? []) {
      yield { key: Key, bytes: Size, storedAt: new Date(LastModified) }
    }
    token = page.nextContinuationToken
  } while (token !== undefined)
}

/** Aborts a transfer in which the other side does nothing for a while. Waiting for our own side does not count. */
function watchStall(stalledMs: number, outer: AbortSignal | undefined) {
  const stalled = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const rest = (): void => clearTimeout(timer)
  const wait = (): void => {
    rest()
    timer = setTimeout(() => stalled.abort(new Error(`no byte for ${stalledMs} ms`)), stalledMs)
  }
  return {
    signal: outer ? AbortSignal.any([outer, stalled.signal]) : stalled.signal,
    wait,
    rest,
    end: rest,
    /** Passes chunks on from the other side, which has to send each in time. */
    async *from(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
      const reader = body.getReader()
      try {
        for (;;) {
          wait()
          const { done, value } = await reader.read().catch((error: unknown) => {
            throw outer?.aborted ? outer.reason : unavailable(error)
          })
          rest()
          if (done) return
          yield value
        }
      } finally {
        rest()
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}

const refused = (status: number): StorageUnavailable =>
  new StorageUnavailable(`the storage of the files answered with the status ${status}`)

function unavailable(cause: unknown): StorageUnavailable {
  if (cause instanceof StorageUnavailable) return cause
  const { message, cause: inner } = cause as Error
  const reason = inner instanceof Error ? inner.message || message : message
  return new StorageUnavailable(`the storage of the files does not answer: ${reason}`, { cause })
}
