import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Desk, EventStore, Example } from '@guichet/domain'
import { importIdOf, parseStream, readHistory, textOf } from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import { reactions } from '../reaction/reactions.ts'

/** A ticket with the category that a person has given it; a later choice has a greater revision. */
type CategoryChoice = { readonly ticketId: string; readonly category: string; readonly revision: string }

/** The stored categories that people have given to tickets. */
export type Examples = {
  /** Records the category of a ticket, in place of the previous one. */
  put(ticketId: string, category: string): Promise<void>
  /** How many there are, and how many of them are younger than a revision. */
  count(since: string | undefined): Promise<{ readonly all: number; readonly since: number }>
  /** The newest examples, up to a limit, from the youngest down to a revision. */
  newest(limit: number, before: string | undefined): Promise<readonly CategoryChoice[]>
  /** The categories in use, the most frequent first, up to a limit. */
  categories(limit: number): Promise<readonly string[]>
}

/** The examples in `guichet_workflows`, whose schema must be migrated. Rejects with the errors of the database. */
export function examplesIn(pool: Pool): Examples {
  return {
    put: async (ticketId, category) => {
      await pool.query(
        `insert into guichet_workflows.classification_example as known (ticket_id, category) values ($1, $2)
         on conflict (ticket_id) do update
           set category = excluded.category, revision = nextval('guichet_workflows.classification_revision')
           where known.category <> excluded.category`,
        [ticketId, category],
      )
    },
    count: async (since) => {
      const { rows } = await pool.query<{ all: number; since: number }>(
        `select count(*)::int as all, count(*) filter (where revision > $1::bigint)::int as since
         from guichet_workflows.classification_example`,
        [since ?? '0'],
      )
      return rows[0] ?? { all: 0, since: 0 }
    },
    newest: async (limit, before) => {
      const { rows } = await pool.query<CategoryChoice>(
        `select ticket_id as "ticketId", category, revision::text as revision
         from guichet_workflows.classification_example
         where $2::bigint is null or revision < $2::bigint
         order by guichet_workflows.classification_example.revision desc limit $1`,
        [limit, before ?? null],
      )
      return rows
    },
    categories: async (limit) => {
      const { rows } = await pool.query<{ category: string }>(
        `select category from guichet_workflows.classification_example
         group by category order by count(*) desc, category limit $1`,
        [limit],
      )
      return rows.map(({ category }) => category)
    },
  }
}

const page = 200
const atOnce = 4

/** The most characters of text to learn from: some 6,000 long tickets, or 20,000 short ones. */
const mostCharacters = 6_000_000

/** The examples that were read, and the youngest revision among them. */
type ReadExamples = { readonly examples: readonly Example[]; readonly revision: string | undefined }

/**
 * Reads the newest examples of known categories with their texts, which come from the opening of the tickets: one page
 * of them at a time, no more of each text than a model looks at, and no more in all than the memory limit.
 */
export async function readExamples(
  store: EventStore,
  source: Pick<Examples, 'newest'>,
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
    const rows = await source.newest(Math.min(page, mostExamples - examples.length), before)
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

async function readExample(store: EventStore, { ticketId, category }: CategoryChoice): Promise<Example | undefined> {
  const [first] = await readHistory(store, 'ticket', ticketId, 1, 1)
  const opened = first?.event
  return opened?.type === 'TicketOpened' ? { text: ownCopy(textOf(opened)), category } : undefined
}

/** A copy of a part of a text, which does not keep the longer text in memory. */
const ownCopy = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')

/**
 * Records the categories that people give to tickets: an agent who opens a ticket with a category or assigns one, and
 * so corrects a wrong classification; and the categories of a former helpdesk. Choices of customers and automatic
 * classifications are not examples.
 */
export function learnCategories(examples: Pick<Examples, 'put'>): Reaction {
  return reaction({
    name: 'learn_categories',
    on: ['TicketOpened', 'TicketCategorized'],
    react: async ({ event, stream, correlationId }) => {
      const category = event.type === 'TicketOpened' ? event.category : event.to
      if (category === undefined) return
      if (event.by.kind !== 'agent' && importIdOf(correlationId) === undefined) return
      await examples.put(parseStream(stream).id, category)
    },
  })
}

const pollMs = 100

/**
 * Waits until a reaction has followed the history to its present end, in this process or in another one that already
 * runs it.
 * @throws the signal's reason.
 */
export async function followHistory(
  desk: Desk,
  connectionString: string,
  reaction: Reaction,
  signal: AbortSignal,
): Promise<void> {
  const head = await desk.store.head()
  if (head === undefined) return
  const following = await reactions({ desk, connectionString, reactions: [reaction] })
  try {
    await following.start()
    for (;;) {
      const status = (await following.status()).find(({ name }) => name === reaction.name)
      if (status?.position !== undefined && desk.store.comparePositions(status.position, head) >= 0) return
      await delay(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  } finally {
    await following.stop()
  }
}
