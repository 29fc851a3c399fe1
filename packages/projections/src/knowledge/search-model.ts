import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ArticleEvent, ArticleState, ArticleTree, ArticleTreeEvent } from '@guichet/domain'
import { audienceIn, articleTreeId, parseStream, streamName, unlessDeleted } from '@guichet/domain'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import { beginningOf } from '../search/words.ts'
import type { MovedStream, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import { documentTerms, plainText } from './search-terms.ts'
import type { CountedDocument } from './search-vocabulary.ts'
import { countDocuments, mostAtOnce, removeUncounted, totalTable, wordTable } from './search-vocabulary.ts'

/**
 * The words of what is published of articles, for their search. Whether everybody reads a document stands with each of its
 * rows, so that a search for customers reads no row of another one.
 */
export function articleSearchProjection(
  articles: StreamFolding<ArticleEvent, ArticleState>,
  trees: StreamFolding<ArticleTreeEvent, ArticleTree>,
): Projection {
  const tables = tablesOf(documentTable, postingTable, wordTable, totalTable)
  return {
    name: 'article_search',
    version: 2,
    ...tables,
    createTables: async (tx) => {
      await tables.createTables(tx)
      for (const index of postingIndexes) await sql.raw(index).execute(tx)
    },
    project: async (events, context) => {
      const { tx } = context
      const moved = movedBy(await articles.steps(events, context))
      const [movedTree] = movedBy(await trees.steps(events, context))
      if (moved.length === 0 && !movedTree) return
      const tree = (await trees.statesAfter([articleTreeId], events, context)).get(articleTreeId)
      const isPublic = ({ audience, categoryId }: Pick<Publication, 'audience' | 'categoryId'>): boolean =>
        audience === 'public' && (tree === undefined || audienceIn(tree, categoryId) === 'public')
      const stored = await storedDocuments(tx, moved, movedTree)
      const publications = new Map(moved.flatMap(publicationsOf).map((each) => [keyOf(each), each]))
      const isMoved = new Set(moved.map(({ id }) => id))
      const stale = stored.filter(
        (each) => isMoved.has(each.article_id) && !isSameText(each, publications.get(keyOf(each))),
      )
      const others = new Map(stored.filter((each) => !stale.includes(each)).map((each) => [keyOf(each), each]))
      await removeDocuments(tx, stale)
      const texts = textsIn(events)
      const added = [...publications.values()].filter((each) => !others.has(keyOf(each)))
      const documents: Document[] = []
      for (const document of added) {
        const text = texts.get(revisionKey(document)) ?? (await textOf(document, context))
        if (text) documents.push(documentOf(document, text, isPublic(document)))
      }
      await addDocuments(tx, documents)
      const placed = [...others.values()].map((each) => ({
        ...each,
        ...placeOf(publications.get(keyOf(each)) ?? each),
      }))
      await changeReaders(
        tx,
        placed.map((each) => ({ ...each, public: isPublic({ ...each, categoryId: each.category_id }) })),
        [...others.values()],
      )
    },
  }
}

const documentTable = writtenTable(
  'article_document',
  `language text collate "C",
  document uuid,
  article_id text collate "C" not null,
  revision integer not null,
  phrases text[] not null,
  category_id text collate "C",
  audience text not null,
  public boolean not null,
  title text not null,
  excerpt text not null,
  body text not null,
  title_length integer not null,
  description_length integer not null,
  body_length integer not null,
  terms text[] not null,
  words text[] not null,
  word_terms text[] not null,
  primary key (language, document)`,
  { indexes: ['index on article_document (article_id)', 'index on article_document (category_id)'] },
)

/**
 * How often a term is in each text of a document, and how long these are: all that its score needs. The rows of a term are
 * read from the index alone, which has them side by side; in the table each is on a page of its own.
 */
const postingTable = writtenTable(
  'article_posting',
  `document uuid not null,
  title smallint not null,
  description smallint not null,
  body smallint not null,
  title_length smallint not null,
  description_length smallint not null,
  body_length smallint not null,
  public boolean not null,
  language text collate "C" not null,
  term text collate "C" not null`,
)

const counts = 'public, title, description, body, title_length, description_length, body_length'

/** The index by which postings are searched, and that of what suggestions are made of. */
const postingIndexes = [
  `create unique index article_posting_key on article_posting (language, term, document) include (${counts})`,
  `create index article_posting_heading on article_posting (language, term, document) include (${counts})
    where title > 0 or description > 0`,
]

/** A text that readers of a language see. */
type Publication = {
  readonly articleId: string
  readonly language: string
  readonly revision: number
  readonly phrases: readonly string[]
  readonly audience: string
  readonly categoryId: string | null
  /** The version of the article's stream that it is of. */
  readonly version: number
}

function publicationsOf({ id, version, after }: MovedStream<ArticleState>): readonly Publication[] {
  if (after.status !== 'active') return []
  const { audience, categoryId } = after
  return Object.entries(after.translations).flatMap(([language, { published, phrases }]) =>
    published === undefined
      ? []
      : [{ articleId: id, language, revision: published, phrases, audience, categoryId, version }],
  )
}

type StoredDocument = {
  readonly language: string
  readonly document: string
  readonly article_id: string
  readonly revision: number
  readonly phrases: readonly string[]
  readonly category_id: string | null
  readonly audience: string
  readonly public: boolean
}

const keyOf = (document: StoredDocument | Publication): string =>
  `${document.language} ${'articleId' in document ? document.articleId : document.article_id}`

const isSameText = (stored: StoredDocument, publication: Publication | undefined): boolean =>
  publication?.revision === stored.revision && JSON.stringify(publication.phrases) === JSON.stringify(stored.phrases)

const placeOf = (document: StoredDocument | Publication) => ({
  audience: document.audience,
  category_id: 'categoryId' in document ? document.categoryId : document.category_id,
})

/** The documents of the articles of a batch, and of the categories whose readers it changes. */
async function storedDocuments(
  tx: Transaction<unknown>,
  moved: readonly MovedStream<ArticleState>[],
  tree: MovedStream<ArticleTree> | undefined,
): Promise<readonly StoredDocument[]> {
  const categories = tree
    ? Object.keys(tree.after.categories).filter((id) => audienceIn(tree.before, id) !== audienceIn(tree.after, id))
    : []
  const { rows } = await sql<StoredDocument>`
    select language, document, article_id, revision, phrases, category_id, audience, public from article_document
    where article_id = any(${moved.map(({ id }) => id)}::text[]) or category_id = any(${categories}::text[])`.execute(
    tx,
  )
  return rows
}

type Text = Pick<Extract<ArticleEvent, { readonly type: 'ArticleRevised' }>, 'title' | 'excerpt' | 'body' | 'keywords'>

const revisionKey = ({
  articleId,
  language,
  revision,
}: Pick<Publication, 'articleId' | 'language' | 'revision'>): string => `${articleId} ${language} ${revision}`

/** The revisions that a batch brings: most are published in the batch that they are written in when a history is read again. */
function textsIn(events: readonly RecordedEvent[]): ReadonlyMap<string, Text> {
  const texts = new Map<string, Text>()
  for (const { stream, event } of events) {
    if (event.type !== 'ArticleRevised') continue
    const { language, revision } = event
    texts.set(revisionKey({ articleId: parseStream(stream).id, language, revision }), event)
  }
  return texts
}

/** A revision, from the history of its article; undefined where that is lost. */
async function textOf(
  { articleId, language, revision, version }: Publication,
  { history }: ProjectionContext,
): Promise<Text | undefined> {
  const read = async (): Promise<Text | undefined> => {
    for await (const page of history.read(streamName('article', articleId), { version })) {
      for (const { event } of page) {
        if (event.type === 'ArticleRevised' && event.language === language && event.revision === revision) return event
      }
    }
    return undefined
  }
  return unlessDeleted(read(), () => undefined)
}

/** How much of a text is stored to cut excerpts from, in UTF-16 units. */
const mostShown = 10_000

/** A count of words, as a `smallint` holds it. */
const cappedCount = (count: number): number => Math.min(count, 32_767)

/** Names an article in postings, in 16 bytes whatever its own id is: the beginning of its SHA-256. */
const documentId = (articleId: string): string => createHash('sha256').update(articleId).digest('hex').slice(0, 32)

type Document = { readonly row: CountedDocument; readonly postings: readonly object[] }

function documentOf(
  { articleId, language, revision, phrases, audience, categoryId }: Publication,
  { title, excerpt, body, keywords }: Text,
  isPublic: boolean,
): Document {
  const plain = plainText(body)
  const description = [excerpt, ...phrases, ...keywords].join('\n')
  const { counts, lengths, words, wordTerms } = documentTerms(language, { title, description, body: plain })
  const key = { language, document: documentId(articleId), public: isPublic }
  const lengthColumns = {
    title_length: cappedCount(lengths.title),
    description_length: cappedCount(lengths.description),
    body_length: cappedCount(lengths.body),
  }
  const row = {
    ...key,
    ...lengthColumns,
    article_id: articleId,
    revision,
    phrases,
    category_id: categoryId,
    audience,
    title,
    excerpt: plainText(excerpt),
    body: beginningOf(plain, mostShown),
    terms: counts.map(({ term }) => term),
    words,
    word_terms: wordTerms,
  }
  const postings = counts.map((each) => ({
    ...key,
    ...lengthColumns,
    term: each.term,
    title: cappedCount(each.title),
    description: cappedCount(each.description),
    body: cappedCount(each.body),
  }))
  return { row, postings }
}

async function addDocuments(tx: Transaction<unknown>, documents: readonly Document[]): Promise<void> {
  const rows = documents.map(({ row }) => row)
  await documentTable.insert(tx, rows)
  const postings = documents.flatMap((each) => each.postings)
  for (let from = 0; from < postings.length; from += mostAtOnce)
    await postingTable.insert(tx, postings.slice(from, from + mostAtOnce))
  const changes = rows.map((row) => ({ ...row, by: 1, publicBy: Number(row.public) }))
  await countDocuments(tx, changes)
}

/** Documents as the rows of a statement, by their keys. */
const keysOf = (documents: readonly StoredDocument[]) => sql`
  unnest(${documents.map(({ language }) => language)}::text[], ${documents.map((each) => each.document)}::uuid[])`

async function removeDocuments(tx: Transaction<unknown>, documents: readonly StoredDocument[]): Promise<void> {
  if (documents.length === 0) return
  await sql`
    delete from article_posting p using ${keysOf(documents)} as k (language, document),
      article_document d, unnest(d.terms) as t (term)
    where d.language = k.language and d.document = k.document
      and p.language = k.language and p.term = t.term and p.document = k.document`.execute(tx)
  const { rows } = await sql<CountedDocument>`
    delete from article_document d using ${keysOf(documents)} as k (language, document)
    where d.language = k.language and d.document = k.document
    returning d.language, d.words, d.word_terms, d.public, d.title_length, d.description_length, d.body_length`.execute(
    tx,
  )
  const changes = rows.map((row) => ({ ...row, by: -1, publicBy: row.public ? -1 : 0 }))
  await countDocuments(tx, changes)
  await removeUncounted(tx, rows)
}

/** Writes the category and the readers of documents whose texts stay. */
async function changeReaders(
  tx: Transaction<unknown>,
  documents: readonly StoredDocument[],
  before: readonly StoredDocument[],
): Promise<void> {
  const changed = documents.filter((each, index) => JSON.stringify(each) !== JSON.stringify(before[index]))
  if (changed.length === 0) return
  await sql`
    update article_document d set category_id = k.category_id, audience = k.audience, public = k.public
    from json_to_recordset(${JSON.stringify(changed)}::json) as k (
      language text, document uuid, category_id text, audience text, public boolean
    )
    where d.language = k.language and d.document = k.document`.execute(tx)
  const opened = documents.filter((each, index) => each.public !== before[index]?.public)
  for (let from = 0; from < opened.length; from += mostOpened)
    await openDocuments(tx, opened.slice(from, from + mostOpened))
}

/** How many documents get other readers at once: a category may have thousands, each with hundreds of words. */
const mostOpened = 200

/** Writes into the postings and the vocabulary who reads documents, by what the documents say. */
async function openDocuments(tx: Transaction<unknown>, opened: readonly StoredDocument[]): Promise<void> {
  await sql`
    update article_posting p set public = d.public
    from ${keysOf(opened)} as k (language, document), article_document d, unnest(d.terms) as t (term)
    where d.language = k.language and d.document = k.document
      and p.language = k.language and p.term = t.term and p.document = k.document`.execute(tx)
  const { rows } = await sql<CountedDocument>`
    select d.language, d.words, d.word_terms, d.public, d.title_length, d.description_length, d.body_length
    from article_document d join ${keysOf(opened)} as k (language, document) using (language, document)`.execute(tx)
  const changes = rows.map((row) => ({ ...row, by: 0, publicBy: row.public ? 1 : -1 }))
  await countDocuments(tx, changes)
}
