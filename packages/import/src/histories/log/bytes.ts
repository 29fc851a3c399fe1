import type { Stats } from 'node:fs'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ImportFault } from '../../fault.ts'
import type { Fault } from '@guichet/desk'
import { encodingOf } from './encodings.ts'
import type { Advice } from './log-row.ts'

/**
 * Returns the text of a file in UTF-8, decompressed if it is gzip. `encoding` is the encoding of the file. The stream
 * fails with a Fault: `file_not_text`, which names line and column, or `file_damaged`.
 */
export function textBytes(
  file: string,
  {
    gzip,
    encoding = 'utf-8',
    advice,
    onBytes = () => undefined,
  }: {
    readonly gzip: boolean
    readonly encoding?: string | undefined
    readonly advice: Pick<Advice, 'encoding'>
    readonly onBytes?: ((chunk: Buffer) => void) | undefined
  },
): Readable {
  return Readable.from(decoded(file, rawBytes(file, { gzip }), { encoding, advice, onBytes }), { objectMode: false })
}

/** Yields the bytes of a file, decompressed if it is gzip. Fails with a Fault `file_damaged`. */
export async function* rawBytes(file: string, { gzip }: { readonly gzip: boolean }): AsyncGenerator<Buffer> {
  const packed = createReadStream(file)
  try {
    yield* (gzip ? pipeline(packed, createGunzip(), () => undefined) : packed) as AsyncIterable<Buffer>
  } catch (cause) {
    if (isZlibError(cause)) throw new ImportFault('file_damaged', `${file} is damaged: ${cause.message}`, { cause })
    throw cause
  }
}

/** Returns whether an encoding, such as `windows-1252`, can be read. */
export const isEncoding = (label: string): boolean => encodingOf(label) !== undefined

/**
 * Returns whether a file is compressed by gzip, from its first bytes.
 * @throws Fault `file_unreadable` when it cannot be read.
 */
export async function isGzip(file: string): Promise<boolean> {
  await assertFile(file)
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

/**
 * Checks that opening a path cannot block until a writer appears, which no signal would end.
 * @throws Fault `file_unreadable` for a pipe, a device, a folder, or a missing file.
 */
async function assertFile(file: string): Promise<void> {
  const stats: Stats | undefined = await stat(file).catch((cause: unknown) => {
    throw unreadable(file, cause)
  })
  if (!stats || stats.isFile()) return
  if (stats.isDirectory()) throw unreadable(file, { code: 'EISDIR' })
  throw new ImportFault('file_unreadable', `${file} is a pipe or a device, and what is imported is read twice`, {
    next: 'write it to a file first',
  })
}

/** Passes on text in the encoding as UTF-8, and fails at the first byte that is not text. */
async function* decoded(
  file: string,
  source: AsyncIterable<Buffer>,
  {
    encoding,
    advice,
    onBytes,
  }: {
    readonly encoding: string
    readonly advice: Pick<Advice, 'encoding'>
    readonly onBytes: (chunk: Buffer) => void
  },
): AsyncGenerator<Buffer> {
  const decoder = decoderOf(encoding)
  const place = new Place()
  let undecided = Buffer.alloc(0)
  let isAscii = isSingleByte(encoding)
  for await (const chunk of source) {
    const first = isAscii ? chunk.findIndex((byte) => byte > 0x7f) : -1
    if (first >= 0) {
      isAscii = false
      if (startsAsUtf8(chunk))
        throw isInUtf8(file, place.after(chunk.toString('latin1', 0, first)), { encoding, advice })
    }
    const text = decodedOr(decoder, chunk, () => {
      const bytes = Buffer.concat([undecided, chunk])
      const { text, byte } = firstFault(bytes, encoding)
      const nul = text.indexOf('\0')
      if (nul >= 0) throw holdsNul(file, place.after(text.slice(0, nul)), { at: nul, advice })
      throw notText(file, place.after(text), byte, { encoding, advice, isFirst: place.isStart && text === '' })
    })
    undecided = pending(undecided, chunk, text, encoding)
    const nul = text.indexOf('\0')
    if (nul >= 0) throw holdsNul(file, place.after(text.slice(0, nul)), { at: nul, advice })
    onBytes(chunk)
    place.advance(text)
    yield isUtf8(encoding) ? chunk : Buffer.from(text)
  }
  decodedOr(decoder, undefined, () => {
    throw notText(file, place, undecided[0], { encoding, advice, isFirst: false })
  })
}

type Decoder = { decode(bytes: Buffer, options?: { readonly stream: boolean }): string }

/** Returns a decoder that fails at what is not text. Where each byte is a character, every byte is text. */
function decoderOf(label: string): Decoder {
  const encoding = encodingOf(label)
  return encoding?.isByByte ? encoding : new TextDecoder(label, { fatal: true, ignoreBOM: true })
}

function decodedOr(decoder: Decoder, chunk: Buffer | undefined, otherwise: () => never): string {
  try {
    return chunk === undefined ? decoder.decode(Buffer.alloc(0)) : decoder.decode(chunk, { stream: true })
  } catch (error) {
    if (error instanceof TypeError) return otherwise()
    throw error
  }
}

const isUtf8 = (label: string): boolean => encodingOf(label)?.name === 'utf-8'

/** Whether each byte is a character in an encoding, whether or not all bytes are. */
const isSingleByte = (label: string): boolean =>
  /^(?:windows-|iso-8859-|koi8-|x-mac-|macintosh$|ibm866$)/.test(encodingOf(label)?.name ?? '')

/** Whether bytes are UTF-8, with a character beyond ASCII, but for one that their end may cut. */
function startsAsUtf8(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true })
    return Buffer.byteLength(text) > text.length
  } catch {
    return false
  }
}

/** Returns the bytes at the end of a chunk that belong to an incomplete character. */
function pending(before: Buffer, chunk: Buffer, text: string, encoding: string): Buffer<ArrayBuffer> {
  return isUtf8(encoding) ? Buffer.concat([before, chunk]).subarray(Buffer.byteLength(text)) : Buffer.alloc(0)
}

/** Finds the first byte that is not text by binary search; returns the text before it. */
function firstFault(bytes: Buffer, encoding: string): { readonly text: string; readonly byte: number | undefined } {
  const decode = (length: number): string | undefined => {
    try {
      return decoderOf(encoding).decode(bytes.subarray(0, length), {
        stream: true,
      })
    } catch {
      return undefined
    }
  }
  let [good, bad] = [0, bytes.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (decode(middle) === undefined) bad = middle
    else good = middle
  }
  const text = decode(good) ?? ''
  return { text, byte: bytes[isUtf8(encoding) ? Buffer.byteLength(text) : good] }
}

/** Line and column in a text that is read in parts, both from 1, as in an editor. */
class Place {
  line = 1
  column = 1
  #afterReturn = false

  get isStart(): boolean {
    return this.line === 1 && this.column === 1
  }

  advance(text: string): void {
    if (text === '') return
    const rest = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text
    this.#afterReturn = text.endsWith('\r')
    const lines = rest.split(/\r\n|\r|\n/)
    const last = lines.at(-1)?.replace('\uFEFF', '') ?? ''
    this.line += lines.length - 1
    this.column = (lines.length > 1 ? 1 : this.column) + Array.from(last).length
  }

  after(text: string): Place {
    const place = new Place()
    Object.assign(place, { line: this.line, column: this.column })
    place.#afterReturn = this.#afterReturn
    place.advance(text)
    return place
  }
}

function notText(
  file: string,
  { line, column }: Place,
  byte: number | undefined,
  options: { readonly encoding: string; readonly advice: Pick<Advice, 'encoding'>; readonly isFirst: boolean },
): Fault {
  const { encoding, advice, isFirst } = options
  const subject =
    byte === undefined
      ? 'the unfinished character at its end'
      : `the byte ${byte.toString(16).toUpperCase().padStart(2, '0')}`
  const isUtf16 = isFirst && (byte === 0xff || byte === 0xfe)
  const likely = isUtf16 ? `utf-16${byte === 0xff ? 'le' : 'be'}` : 'windows-1252'
  return new ImportFault(
    'file_not_text',
    `${file}, line ${line}, column ${column}: ${subject} is no text in ${encoding.toUpperCase()}`,
    {
      next: `if it is written in ${likely}, ${advice.encoding(likely)}, or convert it: iconv -f ${likely} -t utf-8`,
    },
  )
}

function isInUtf8(
  file: string,
  { line, column }: Place,
  { encoding, advice }: { readonly encoding: string; readonly advice: Pick<Advice, 'encoding'> },
): Fault {
  return new ImportFault(
    'file_not_text',
    `${file}, line ${line}, column ${column}: this is UTF-8, which ${encoding} would garble`,
    {
      next: `${advice.encoding('utf-8')}; if it is ${encoding} all the same, convert it: iconv -f ${encoding} -t utf-8`,
    },
  )
}

/** Detects UTF-16, in which the first or the second byte of each English character is a NUL. */
function holdsNul(
  file: string,
  { line, column }: Place,
  { at, advice }: { readonly at: number; readonly advice: Pick<Advice, 'encoding'> },
): Fault {
  const likely = at === 0 ? 'utf-16be' : 'utf-16le'
  return new ImportFault('file_not_text', `${file}, line ${line}, column ${column}: a NUL character is no text`, {
    next: `if it is UTF-16, ${advice.encoding(likely)}; else remove it: tr -d '\\0'`,
  })
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
  return new ImportFault('file_unreadable', `${file} ${reasons[code ?? ''] ?? `cannot be read (${code})`}`, { cause })
}
