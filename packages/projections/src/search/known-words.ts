import type { ProjectionContext } from '../runner/projection.ts'
import type { Vocabulary } from './texts.ts'

/** Words that have been written for good, and whether in a heading: they need not be looked for again. */
export type KnownWords = {
  /** What of a vocabulary is not known to be written. */
  lacking(vocabulary: Vocabulary): Vocabulary
  /** Takes in words that an earlier transaction had written. */
  add(word: string, heading: boolean): void
}

/** Knows the words of the generation that a projection is writing. */
export type Memory = (context: Pick<ProjectionContext, 'tx' | 'schema' | 'replaying'>) => KnownWords

const nothingKnown: KnownWords = { lacking: (vocabulary) => vocabulary, add: () => undefined }

/**
 * Remembers the words met last, per connection and generation: what has been read on a connection stays written as long as
 * that lives, for a server that crashes and loses its last transactions loses the connection too. While a generation is
 * built nothing is remembered: it may be given up, and another take its name.
 */
export function createMemory(maxWords = 20_000): Memory {
  const connections = new WeakMap<ProjectionContext['tx'], { readonly schema: string; readonly known: KnownWords }>()
  return ({ tx, schema, replaying }) => {
    if (replaying) return nothingKnown
    const before = connections.get(tx)
    if (before?.schema === schema) return before.known
    const known = createKnownWords(maxWords)
    connections.set(tx, { schema, known })
    return known
  }
}

function createKnownWords(maxWords: number): KnownWords {
  const headings = new Map<string, boolean>()
  return {
    lacking: (vocabulary) =>
      new Map([...vocabulary].filter(([word, heading]) => !headings.has(word) || (heading && !headings.get(word)))),
    add: (word, heading) => {
      headings.set(word, heading)
      if (headings.size <= maxWords) return
      const oldest = headings.keys().next()
      if (!oldest.done) headings.delete(oldest.value)
    },
  }
}
