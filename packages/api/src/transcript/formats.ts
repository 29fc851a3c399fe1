import type { TranscriptEntry, TranscriptHead } from '@guichet/domain'
import { entryLines, headLines } from './lines.ts'

type Entries = AsyncIterable<TranscriptEntry>

/**
 * A transcript as plain text. Lines of a message are indented, so that none can pass for the beginning of another entry,
 * or for a formula.
 */
export async function* transcriptText(head: TranscriptHead, entries: Entries): AsyncGenerator<string, void, undefined> {
  yield `${headLines(head).join('\n')}\n`
  for await (const entry of entries) {
    const { head: when, body } = entryLines(entry, head)
    yield `\n${when}\n${body.map((line) => `    ${line}\n`).join('')}`
  }
}

/** A transcript as JSON, one line an entry, as `transcriptSchema` describes it. */
export async function* transcriptJson(head: TranscriptHead, entries: Entries): AsyncGenerator<string, void, undefined> {
  yield `${inert(head).slice(0, -1)},"entries":[`
  let separator = '\n'
  for await (const entry of entries) {
    yield `${separator}${inert(entry)}`
    separator = ',\n'
  }
  yield '\n]}\n'
}

/** The lines that the program takes that makes a PDF: the head, then each entry, as JSON. */
export async function* transcriptPrint(
  head: TranscriptHead,
  entries: Entries,
): AsyncGenerator<string, void, undefined> {
  yield `${JSON.stringify(headLines(head))}\n`
  for await (const entry of entries) yield `${JSON.stringify(entryLines(entry, head))}\n`
}

/** JSON with the same meaning that no page takes for markup and no editor shows in another order. */
const inert = (value: object): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
