import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Fault } from '../../fault/fault.ts'

/**
 * The bytes of a text file, unpacked when it is compressed by gzip. The stream fails with a Fault: `file_not_text`, or
 * `file_damaged`.
 */
export function textBytes(
  file: string,
  {
    gzip,
    onBytes = () => undefined,
  }: { readonly gzip: boolean; readonly onBytes?: ((chunk: Buffer) => void) | undefined },
): Readable {
  const unpack = gzip ? createGunzip() : new PassThrough()
  const unpacked = pipeline(createReadStream(file), unpack, () => undefined)
  return Readable.from(checked(file, unpacked, onBytes), { objectMode: false })
}

/**
 * Whether a file is compressed by gzip, by what it begins with.
 * @throws Fault `file_unreadable` when it cannot be read.
 */
export async function isGzip(file: string): Promise<boolean> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** Lets through what is UTF-8 text, and stops at the first byte that is not. */
async function* checked(
  file: string,
  source: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of source) {
      if (chunk.includes(0)) throw notText(file)
      decoder.decode(chunk, { stream: true })
      onBytes(chunk)
      yield chunk
    }
    decoder.decode()
  } catch (cause) {
    if (cause instanceof TypeError) throw notText(file, cause)
    if (isZlibError(cause)) throw new Fault('file_damaged', `${file} is damaged: ${cause.message}`, { cause })
    throw cause
  }
}

function notText(file: string, cause?: unknown): Fault {
  return new Fault('file_not_text', `${file} is not a text file in UTF-8`, { cause })
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && /^Z_/.test(String((error as NodeJS.ErrnoException).code))
}

function unreadable(file: string, cause: unknown): Fault {
  const { code } = cause as NodeJS.ErrnoException
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EISDIR: 'is a folder, not a file',
    EACCES: 'may not be read by this account',
  }
  return new Fault('file_unreadable', `${file} ${reasons[code ?? ''] ?? `cannot be read (${code})`}`, { cause })
}
