import { cutTo, isVisitorId, utcDay } from '@guichet/domain'
import { foldText } from '@guichet/projections'
import { createTurns } from '../supervision.ts'
import type { ArticleOpening, RecordedSearch } from './search-record-port.ts'

/** A search that waits to be stored, as a row of its table. */
export type WaitingSearch = {
  readonly day: string
  readonly source: 'search' | 'ticket'
  /** A visitor is somebody whom nobody has identified. */
  readonly searcher_kind: 'customer' | 'visitor' | 'agent'
  readonly searcher_id: string
  readonly language: string
  readonly query: string
  readonly results: number
  readonly article_ids: readonly string[]
  readonly opened_id: string | null
  readonly searched_at: string
  readonly ticket_id: string | null
}

/** What was gathered, to be stored together. */
type Batch = { readonly searches: readonly WaitingSearch[]; readonly openings: readonly ArticleOpening[] }

/** Gathers searches, and the articles that they lead to. */
type SearchGatherer = {
  /** Adds a search, unless it has no words or too many wait. */
  add(search: RecordedSearch): void
  /** Adds an opening, unless too many wait, of all or of its person. */
  open(opening: ArticleOpening): void
  /**
   * Stores the searches that were gathered by now, and the openings that had been when it was called before: until then
   * each other process has stored the searches that have led there. `atOnce` stores all. What cannot be stored is gathered again.
   */
  flush(options?: { readonly atOnce?: boolean }): Promise<void>
}

type SearchGathererOptions = {
  readonly store: (batch: Batch) => Promise<void>
  /** The most searches that wait, and the most openings. */
  readonly mostWaiting: number
  /** The most searches of one person that wait, and the most openings. */
  readonly mostOfPerson: number
}

/** The longest search that is recorded, in characters: longer ones are no words that a second person writes. */
const longestQuery = 200

/** How long after its beginning a longer text is the same search, in milliseconds. */
const typingMs = 10_000

type Person = { latest: string | undefined; searches: number }

/** Gathers in bounded memory. Only one batch is being stored at a time. */
export function createSearchGatherer({ store, mostWaiting, mostOfPerson }: SearchGathererOptions): SearchGatherer {
  let searches = new Map<string, WaitingSearch>()
  let people = new Map<string, Person>()
  let openings: ArticleOpening[] = []
  let openers = new Map<string, number>()
  let due: ArticleOpening[] = []
  const inTurn = createTurns()

  const send = async (atOnce: boolean): Promise<void> => {
    const batch = { searches: [...searches.values()], openings: atOnce ? [...due, ...openings] : due }
    const waiting = searches
    due = atOnce ? [] : openings
    openings = []
    openers = new Map()
    searches = new Map()
    people = new Map()
    try {
      await store(batch)
    } catch (error) {
      for (const [key, search] of waiting)
        if (!searches.has(key) && searches.size < mostWaiting) searches.set(key, search)
      due = [...batch.openings, ...due].slice(0, mostWaiting)
      throw error
    }
  }

  return {
    add: ({ searcher, query, language, articleIds, at }) => {
      const text = foldQuery(query)
      if (text === '') return
      const name = JSON.stringify([searcher.kind, searcher.id])
      const person = people.get(name) ?? { latest: undefined, searches: 0 }
      const before = person.latest === undefined ? undefined : searches.get(person.latest)
      const row: WaitingSearch = {
        day: utcDay(at),
        source: 'search',
        searcher_kind: kindOf(searcher),
        searcher_id: searcher.id,
        language,
        query: text,
        results: articleIds.length,
        article_ids: articleIds,
        opened_id: null,
        searched_at: at,
        ticket_id: null,
      }
      if (person.latest !== undefined && before && goesOn(before, row)) {
        searches.delete(person.latest)
        person.searches--
      }
      const key = JSON.stringify([row.day, name, language, text])
      const isThere = searches.has(key)
      if (!isThere && (searches.size >= mostWaiting || person.searches >= mostOfPerson)) return
      if (!isThere) person.searches++
      searches.set(key, row)
      people.set(name, { ...person, latest: key })
    },
    open: (opening) => {
      const before = openers.get(opening.personId) ?? 0
      if (openings.length >= mostWaiting || before >= mostOfPerson) return
      openers.set(opening.personId, before + 1)
      openings.push(opening)
    },
    flush: ({ atOnce = false } = {}) => inTurn(() => send(atOnce)),
  }
}

/** What kind of searcher somebody is in the table. */
export const kindOf = ({ kind, id }: RecordedSearch['searcher']): WaitingSearch['searcher_kind'] =>
  kind === 'customer' && isVisitorId(id) ? 'visitor' : kind

/** Whether a search is what somebody has typed on from the one before. */
const goesOn = (before: WaitingSearch, { query, language, searched_at }: WaitingSearch): boolean =>
  before.language === language &&
  query !== before.query &&
  query.startsWith(before.query) &&
  Date.parse(searched_at) - Date.parse(before.searched_at) <= typingMs

/** A text as it is compared with others: its words in lower case without accents, with one space between them; empty for one without words or too long. */
export function foldQuery(text: string): string {
  const query = foldText(text)
    .split(/[^\p{L}\p{M}\p{N}]+/gu)
    .filter((word) => word !== '')
    .join(' ')
  return cutTo(query, longestQuery) === query ? query : ''
}
