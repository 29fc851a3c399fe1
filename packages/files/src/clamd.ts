import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { reportedByTransfer } from './transfer.ts'

/** What a scanner says of content. */
export type Verdict =
  | { readonly verdict: 'clean' }
  /** `detail` names what it found. */
  | { readonly verdict: 'infected'; readonly detail: string }
  /** `detail` says why it cannot scan the content, now and later. */
  | { readonly verdict: 'unscannable'; readonly detail: string }

/** A scanner for viruses. */
export type FileScanner = {
  /**
   * Scans content.
   * @throws ScannerUnavailable when it does not answer: ask again later; ScanFailed when it fails at this content and
   * answers otherwise; the error of the content.
   */
  scan(content: Readable, signal?: AbortSignal): Promise<Verdict>
  /** @throws ScannerUnavailable when it does not answer. */
  ping(): Promise<void>
}

/** The scanner does not answer. Nothing is known of the content. */
export class ScannerUnavailable extends Error {
  override readonly name = 'ScannerUnavailable'
}

/** The scanner answers, and fails at this content. Nothing is known of it, and other content can be scanned. */
export class ScanFailed extends Error {
  override readonly name = 'ScanFailed'
}

/** Where a clamd listens, by TCP. */
export type ClamdOptions = {
  /** A name or an address. */
  readonly host: string
  /** clamd's `TCPSocket`, by convention 3310. */
  readonly port: number
  /** After how many milliseconds without a sign of life the scanner counts as unavailable; 60,000 by default. */
  readonly stalledMs?: number
}

/** The longest answer that is read, in characters. */
const longestAnswer = 1_000

/** A clamd, asked by its command INSTREAM: chunks with their length before them, and an empty one at the end. */
export function clamdScanner({ host, port, stalledMs = 60_000 }: ClamdOptions): FileScanner {
  const ask = async (
    send: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<string> => {
    signal?.throwIfAborted()
    const socket = connect({ host, port })
    socket.setTimeout(stalledMs, () => socket.destroy(new Error(`no sign of life for ${stalledMs} ms`)))
    const abort = (): void => void socket.destroy(signal?.reason as Error)
    signal?.addEventListener('abort', abort, { once: true })
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      if (answer.length < longestAnswer) answer += text
    })
    const ended = finished(socket, { writable: false })
    ended.catch(() => undefined)
    /** Waits for room; gives up when the scanner has answered and closed before it has read everything. */
    const write = async (bytes: Uint8Array): Promise<void> => {
      if (socket.writableEnded || socket.destroyed || answer !== '') throw new ScannerAnswered()
      if (socket.write(bytes)) return
      await new Promise<void>((resolve) => {
        const go = (): void => {
          socket.off('drain', go).off('close', go).off('data', go)
          resolve()
        }
        socket.on('drain', go).on('close', go).on('data', go)
      })
    }
    try {
      await send(write).catch((error: unknown) => {
        if (!(error instanceof ScannerAnswered)) throw error
      })
      await ended.catch((cause: unknown) => {
        signal?.throwIfAborted()
        if (answer === '') throw new ScannerUnavailable(`the scanner does not answer: ${reasonOf(cause)}`, { cause })
      })
      if (answer === '') throw new ScannerUnavailable('the scanner closed the connection without an answer')
      return (answer.split('\0', 1)[0] ?? '').trim()
    } finally {
      signal?.removeEventListener('abort', abort)
      socket.destroy()
    }
  }

  const ping = async (): Promise<void> => {
    const answer = await ask((write) => write(Buffer.from('zPING\0')))
    if (answer !== 'PONG') throw new ScannerUnavailable('the scanner does not answer PING')
  }

  return {
    scan: async (content, signal) => {
      reportedByTransfer(content)
      try {
        const answer = await ask(async (write) => {
          await write(Buffer.from('zINSTREAM\0'))
          for await (const chunk of content as AsyncIterable<Buffer>) {
            if (chunk.length === 0) continue
            const length = Buffer.alloc(4)
            length.writeUInt32BE(chunk.length)
            await write(length)
            await write(chunk)
          }
          await write(Buffer.alloc(4))
        }, signal)
        return verdictOf(answer)
      } catch (error) {
        if (!(error instanceof ScannerUnavailable)) throw error
        await ping()
        throw new ScanFailed(error.message, { cause: error.cause })
      } finally {
        content.destroy()
      }
    },
    ping,
  }
}

/** The scanner has answered before it has read everything. */
class ScannerAnswered extends Error {}

const reasonOf = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  return code ?? message
}

/** Reads an answer such as `stream: OK`, `stream: Eicar-Signature FOUND` or `INSTREAM size limit exceeded. ERROR`. */
function verdictOf(answer: string): Verdict {
  if (/^stream: OK$/.test(answer)) return { verdict: 'clean' }
  const [, signature] = /^stream: (.+) FOUND$/.exec(answer) ?? []
  if (signature !== undefined) return { verdict: 'infected', detail: oneLine(signature) }
  if (/size limit exceeded/i.test(answer)) {
    return { verdict: 'unscannable', detail: 'it is longer than the scanner takes (StreamMaxLength)' }
  }
  throw new ScanFailed(`the scanner answered: ${oneLine(answer)}`)
}

const oneLine = (text: string): string =>
  Array.from(text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' '))
    .slice(0, 150)
    .join('')
