import type { EventStore, Example, TicketEvent } from '@guichet/domain'
import { streamName, textOf } from '@guichet/domain'
import type { Examples, KnownCategory } from './examples.ts'

const page = 200
const atOnce = 4
/** So many characters of text are learnt from at the most: some 6,000 long tickets, or 20,000 short ones. */
const mostCharacters = 6_000_000

/** The examples that were read, and the youngest revision among them. */
export type ReadExamples = { readonly examples: readonly Example[]; readonly revision: string | undefined }

/**
 * Reads the newest examples of known categories with their texts, which are taken from how the tickets were opened: a page of them at a time, of each text no
 * more than a model looks at, and in all no more than memory is meant for.
 */
export async function readExamples(
  store: EventStore,
  known: Pick<Examples, 'newest'>,
  mostExamples: number,
  knows: (category: string) => boolean,
  signal: AbortSignal,
): Promise<ReadExamples> {
  const examples: Example[] = []
  let revision: string | undefined
  let before: string | undefined
  let characters = 0
  while (examples.length < mostExamples && characters < mostCharacters) {
    signal.throwIfAborted()
    const rows = await known.newest(Math.min(page, mostExamples - examples.length), before)
    const [first] = rows
    const last = rows.at(-1)
    if (!first || !last) break
    revision ??= first.revision
    before = last.revision
    for (let from = 0; from < rows.length; from += atOnce) {
      const some = rows.slice(from, from + atOnce).filter(({ category }) => knows(category))
      const read = await Promise.all(some.map((row) => readExample(store, row)))
      for (const example of read) {
        if (example === undefined) continue
        examples.push(example)
        characters += example.text.length
      }
    }
  }
  return { examples, revision }
}

async function readExample(store: EventStore, { ticketId, category }: KnownCategory): Promise<Example | undefined> {
  const [first] = await store.readStream(streamName('ticket', ticketId), 1, 1)
  const opened = first?.event as TicketEvent | undefined
  return opened?.type === 'TicketOpened' ? { text: ownCopy(textOf(opened)), category } : undefined
}

/** A text that keeps no longer one alive, of which it was cut. */
const ownCopy = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')
