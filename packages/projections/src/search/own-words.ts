import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { editDistance, mayBeWithin } from './edit-distance.ts'
import type { LookUp } from './looked-up.ts'
import { mostContaining, shareOf } from './looked-up.ts'
import type { Vocabulary } from './texts.ts'
import { readForms } from './word-forms.ts'
import { isLearned, isSpelled } from './words.ts'

/** The customer's newest tickets, texts and words, in bytes of UTF-8, that a search may mean words of. */
const mostTickets = 1_000
const mostTexts = 1_000
const mostBytes = 200_000

/** How many words are compared with searched ones by their letters. */
const mostCompared = { each: 6_000, together: 6_000 }

/**
 * Looks words up in the public texts of customers' own tickets. What anybody else has written, and notes, cannot be told
 * by what these customers find: nothing of it is read.
 */
export function ownWords(reader: Reader, customerIds: readonly string[]): LookUp {
  return async (words) => {
    if (words.length === 0) return new Map()
    const [forms, vocabulary] = await Promise.all([readForms(reader, words), readVocabulary(reader, customerIds)])
    const lookedUp = [...forms.values()].map((each) => {
      const known = vocabulary.get(each.word) === true
      const alike = known ? [] : alikeIn(vocabulary, each.word, shareOf(mostCompared, words.length))
      const containing = each.empty ? [] : containingIn(vocabulary, each.word, shareOf(mostContaining, words.length))
      return [each.word, { ...each, known, alike, containing }] as const
    })
    return new Map(lookedUp)
  }
}

async function readVocabulary(reader: Reader, customerIds: readonly string[]): Promise<Vocabulary> {
  if (customerIds.length === 0) return new Map()
  const read = sql.id(readSchema)
  const texts = await reader.rows(sql<{ heading: string; body: string }>`
    select heading, body from (
      select heading, body, coalesce(sum(octet_length(heading) + octet_length(body)) over (
        order by opened_at desc, id desc, version desc rows between unbounded preceding and 1 preceding
      ), 0) as before
      from (
        select t.opened_at, t.id, x.version, x.heading, x.body
        from (
          select id, opened_at from ${read}.ticket
          where customer_id = any(${[...customerIds]}::text[]) order by opened_at desc, id desc limit ${mostTickets}
        ) t join ${read}.ticket_text x on x.ticket_id = t.id and x.public
        order by t.opened_at desc, t.id desc, x.version desc limit ${mostTexts}
      ) newest
    ) counted where before < ${mostBytes}`)
  const vocabulary = new Map<string, boolean>()
  for (const { heading, body } of texts) {
    for (const word of heading.split(' ')) vocabulary.set(word, true)
    for (const word of body.split(' ')) if (!vocabulary.has(word)) vocabulary.set(word, false)
  }
  vocabulary.delete('')
  return vocabulary
}

/** The words within two edits of another, those of headings first. */
function alikeIn(vocabulary: Vocabulary, word: string, most: number): readonly string[] {
  if (!isSpelled(word)) return []
  const similar = [...vocabulary.keys()].filter(
    (other) => mayBeWithin(2, word, other) && other !== word && isSpelled(other),
  )
  const near = similar.slice(0, most).filter((other) => editDistance(word, other, 2) <= 2)
  return near.sort((a, b) => headingsFirst(vocabulary, a, b) || compare(a, b))
}

/** The best words that hold another as a part: those of headings first, those that begin with it, the shortest. */
function containingIn(vocabulary: Vocabulary, word: string, most: number): readonly string[] {
  if (!isLearned(word)) return []
  const containing = [...vocabulary.keys()].filter((other) => other.includes(word) && other !== word)
  const begins = (other: string): number => Number(other.startsWith(word))
  return containing
    .sort((a, b) => headingsFirst(vocabulary, a, b) || begins(b) - begins(a) || a.length - b.length || compare(a, b))
    .slice(0, most)
}

const headingsFirst = (vocabulary: Vocabulary, a: string, b: string): number =>
  Number(vocabulary.get(b)) - Number(vocabulary.get(a))

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
