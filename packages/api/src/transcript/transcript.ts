import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Chat, ChatReader, EventStore, Instant, TranscriptEntry, TranscriptHead } from '@guichet/domain'
import { readTranscript, transcriptHead } from '@guichet/domain'
import { createPermits } from '../permits.ts'
import { transcriptJson, transcriptPrint, transcriptText } from './formats.ts'

/** The formats of a transcript, by the ending of its file. */
export const transcriptFormats = {
  txt: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  pdf: 'application/pdf',
}

/** A format in which transcripts are served. */
export type TranscriptFormat = keyof typeof transcriptFormats

/** Whether a text names a format. */
export const isTranscriptFormat = (text: string): text is TranscriptFormat => Object.hasOwn(transcriptFormats, text)

/** What a transcript is made of. */
type TranscriptSource = {
  readonly store: Pick<EventStore, 'readStream'>
  readonly chatId: string
  readonly chat: Chat
  readonly reader: ChatReader
  readonly now: Instant
}

/**
 * Makes the transcript of a chat for a reader, up to the state of the chat that is given. Its content comes as it is
 * read, in bounded memory; a PDF is made in a process of its own. The stream fails if the store or that process does,
 * and ends when it is destroyed.
 */
export function openTranscript(
  { store, chatId, chat, reader, now }: TranscriptSource,
  format: TranscriptFormat,
): Readable {
  const head = transcriptHead(chatId, chat, reader, now)
  const entries = readTranscript(store, chatId, chat.version, reader)
  if (format === 'pdf') return pdfOf(head, entries)
  const parts = format === 'json' ? transcriptJson(head, entries) : transcriptText(head, entries)
  return Readable.from(gathered(parts), { objectMode: false })
}

/** The size of a part of an answer, in characters. */
const partSize = 16_384

/** Larger parts of a text, since each costs a write, with a turn for other work after each: it takes a few milliseconds to make. */
async function* gathered(parts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let part = ''
  for await (const each of parts) {
    part += each
    if (part.length < partSize) continue
    yield part
    part = ''
    await turn()
  }
  if (part !== '') yield part
}

/** How long a PDF may take, in milliseconds. */
const withinMs = 120_000

/** Two PDFs are made at once; others wait. */
const places = createPermits(2)

/** How much of a PDF waits for its reader, in bytes: most PDFs fit, so that a slow reader does not hold the process that makes it. */
const pdfBuffer = 4 * 1024 * 1024

function pdfOf(head: TranscriptHead, entries: AsyncIterable<TranscriptEntry>): Readable {
  const content = new PassThrough({ highWaterMark: pdfBuffer })
  const make = async (): Promise<void> => {
    const free = await places.take(Infinity)
    try {
      if (!content.destroyed) await printInChild(head, entries, content)
    } finally {
      free?.()
    }
  }
  make().catch((error: unknown) => content.destroy(error instanceof Error ? error : new Error(String(error))))
  return content
}

async function printInChild(
  head: TranscriptHead,
  entries: AsyncIterable<TranscriptEntry>,
  content: PassThrough,
): Promise<void> {
  const built = fileURLToPath(new URL('./pdf-child.js', import.meta.url))
  const program = existsSync(built) ? built : built.replace('/src/transcript/', '/dist/transcript/')
  const child = spawn(process.execPath, ['--max-old-space-size=256', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  const kill = (): void => void child.kill('SIGKILL')
  content.once('close', kill)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error('the PDF could not be made'))))
  })
  try {
    const writing = pipeline(Readable.from(gathered(transcriptPrint(head, entries))), child.stdin)
    const reading = pipeline(child.stdout, content, { end: false })
    await Promise.all([writing, reading, ended])
    content.end()
  } finally {
    clearTimeout(timer)
    content.off('close', kill)
    child.kill('SIGKILL')
  }
}
