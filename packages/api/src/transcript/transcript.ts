import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Chat, ChatReader, EventStore, Instant } from '@guichet/domain'
import { readTranscript, transcriptHead } from '@guichet/domain'
import { transcriptJson, transcriptPrint, transcriptText } from './formats.ts'
import { pdfBy } from './pdf-process.ts'

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
  if (format === 'pdf') return pdfBy(program, gathered(transcriptPrint(head, entries)))
  const parts = format === 'json' ? transcriptJson(head, entries) : transcriptText(head, entries)
  return Readable.from(gathered(parts), { objectMode: false })
}

/** The program that makes the PDF of a transcript. */
const program = new URL('./pdf-child.js', import.meta.url)

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
