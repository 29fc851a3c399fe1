import type {
  Actor,
  ArticleEvent,
  ArticleTreeEvent,
  Desk,
  EventEnvelope,
  FileEvent,
  ImportEvent,
  Instant,
  Position,
} from '@guichet/domain'
import {
  categoryIn,
  articleTreeId,
  importActor,
  importCorrelation,
  isTransient,
  parseStream,
  streamName,
  unlessDeleted,
} from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import { recordImport } from '../customers/import-records.ts'
import { ImportFault } from '../fault.ts'
import { articlesKind, recordKindOf } from '../histories/record-kinds.ts'

/** What became of the articles and categories of an import. */
export type ArticlesUndone = {
  readonly importId: string
  /** How many articles are deleted, those of earlier, interrupted runs included. */
  readonly articles: number
  /** How many of their pictures and other files are deleted. */
  readonly files: number
  /** How many categories are removed. */
  readonly categories: number
  /** The ids of the articles that stay, since somebody has changed them. */
  readonly keptArticleIds: readonly string[]
  /** The ids of the categories that stay, since somebody has changed them or something is in them. */
  readonly keptCategoryIds: readonly string[]
  /** The ids of articles whose streams were deleted: nothing more of them can be changed. */
  readonly passedOver: readonly string[]
  readonly position: Position | undefined
}

type ArticlesUndo = {
  readonly importId: string
  readonly desk: Desk
  readonly now: () => Instant
  /** Who takes it back, for the events of the import itself; the engine's import by default. */
  readonly by?: Actor
  readonly onArticles?: (done: number, of: number) => void
  /** Aborts it between two articles; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** How many events are read at once. */
const page = 1_000

/**
 * Takes an import of articles back: deletes the articles that it has created and nobody has changed since, with the files
 * that it has stored for them, and removes its categories that are empty then. May be interrupted at any moment; the next run continues.
 * @throws Fault `import_not_found`, `import_refused`.
 */
export async function undoArticles(request: ArticlesUndo): Promise<ArticlesUndone> {
  const { importId, desk, signal } = request
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  if (state.status === 'absent') throw new ImportFault('import_not_found', `there is no import ${importId}`)
  if (recordKindOf(state.mapping) !== articlesKind)
    throw new ImportFault('import_refused', `${importId} is no import of articles`, {
      next: `guichet import undo ${importId} takes it back`,
    })
  const extent = await survey(request)
  if (state.status === 'withdrawn')
    return {
      importId,
      articles: 0,
      files: 0,
      categories: 0,
      keptArticleIds: [],
      keptCategoryIds: [],
      passedOver: [],
      position: undefined,
    }
  await recordImport(request, { type: 'startWithdrawal' })
  const [keptArticleIds, passedOver]: [string[], string[]] = [[], []]
  let articles = extent.deleted.size
  let done = 0
  for (const [id, { version, isTouched }] of extent.articles) {
    signal?.throwIfAborted()
    const isDeleted = isTouched
      ? false
      : await unlessDeleted(deleteArticle(id, version, request), () => void passedOver.push(id))
    if (isDeleted === true) {
      articles++
      extent.places.delete(id)
    } else if (isDeleted === false) keptArticleIds.push(id)
    request.onArticles?.(++done, extent.articles.size)
  }
  const files = await deleteFiles(extent, new Set(keptArticleIds), request)
  const { removed, remaining: keptCategoryIds } = await removeCategories(extent, request)
  const stay = keptArticleIds.length + keptCategoryIds.length + passedOver.length
  const position = await recordImport(request, { type: 'completeWithdrawal', tickets: articles, kept: stay })
  return { importId, articles, files, categories: removed, keptArticleIds, keptCategoryIds, passedOver, position }
}

/** What there is of an import, and where articles are. */
type Extent = {
  /** The articles that it has created, with the versions of their streams, and whether somebody else has changed them. */
  readonly articles: Map<string, { version: number; isTouched: boolean }>
  /** Those that an interrupted run has deleted. */
  readonly deleted: Set<string>
  /** The files that it has stored and nobody has deleted, with the ids of their articles. */
  readonly files: Map<string, string>
  /** The categories that it has added, and whether somebody else has changed them. */
  readonly categories: Map<string, boolean>
  /** The categories in which articles are, of this import or not: those that were put into one since it began. */
  readonly places: Map<string, string>
}

/** What the history says of an import since its beginning. Suggestions of the desk itself are no changes of somebody. */
async function survey({ importId, desk, signal }: ArticlesUndo): Promise<Extent> {
  const extent: Extent = {
    articles: new Map(),
    deleted: new Set(),
    files: new Map(),
    categories: new Map(),
    places: new Map(),
  }
  const correlation = importCorrelation(importId)
  const [firstEvent] = await retryWhileAway(() => desk.store.readStream(streamName('import', importId), 1, 1))
  for (let after = firstEvent?.position; after !== undefined;) {
    signal?.throwIfAborted()
    const events: readonly EventEnvelope[] = await retryWhileAway(() => desk.store.readAll({ after, limit: page }))
    for (const envelope of events) note(envelope, envelope.correlationId === correlation, extent)
    after = events.at(-1)?.position
  }
  return extent
}

function note({ event: stored, stream, version }: EventEnvelope, isOwn: boolean, extent: Extent): void {
  const { articles, deleted, files, categories, places } = extent
  const { category, id } = parseStream(stream)
  const event = stored as ArticleEvent | ArticleTreeEvent | FileEvent | ImportEvent
  if (isOwn && event.type === 'ImportWithdrawn') {
    for (const part of [articles, deleted, files, categories]) part.clear()
  }
  if (category === 'articleTree') {
    const { categoryId } = event as ArticleTreeEvent
    if (event.type === 'ArticleCategoryAdded' && isOwn) categories.set(categoryId, false)
    else if (event.type === 'ArticleCategoryRemoved') categories.delete(categoryId)
    else if (!isOwn && categories.has(categoryId)) categories.set(categoryId, true)
  }
  if (event.type === 'FileStored' && isOwn) files.set(id, parseStream(event.owner).id)
  else if (event.type === 'FileDeleted') files.delete(id)
  if (category !== 'article') return
  if ((event.type === 'ArticleCreated' || event.type === 'ArticleDetailsChanged') && event.categoryId !== undefined) {
    if (event.categoryId === null) places.delete(id)
    else places.set(id, event.categoryId)
  }
  if (event.type === 'ArticleDeleted') {
    places.delete(id)
    if (articles.delete(id) && isOwn) deleted.add(id)
  } else if (event.type === 'ArticleCreated' && isOwn) articles.set(id, { version, isTouched: false })
  const article = articles.get(id)
  if (!article) return
  article.version = version
  if (!isOwn && event.type !== 'ArticlePhraseSuggested') article.isTouched = true
}

/** Deletes an article, unless somebody has changed it by now. */
async function deleteArticle(
  id: string,
  expectedVersion: number,
  { desk, importId, now }: ArticlesUndo,
): Promise<boolean> {
  const command = { type: 'delete', reason: `The import ${importId} was taken back.` } as const
  for (;;) {
    const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId), expectedVersion }
    const outcome = await retryWhileAway(() => desk.engine.execute('article', id, command, sender))
    if (outcome.ok) return true
    // Its answer may have been lost: then it is deleted.
    const { state } = await retryWhileAway(() => desk.read('article', id))
    if (state.status === 'deleted') return true
    if (!isTransient(outcome.refusal) || outcome.refusal.code === 'version_conflict') return false
  }
}

/** Deletes the files of an import, but those of articles that stay. Their content goes with the reactions of a server. */
async function deleteFiles(
  { files }: Extent,
  keptArticleIds: ReadonlySet<string>,
  { desk, importId, now, signal }: ArticlesUndo,
): Promise<number> {
  const command = { type: 'delete', reason: `The import ${importId} was taken back.` } as const
  let deleted = 0
  for (const [id, articleId] of files) {
    signal?.throwIfAborted()
    if (keptArticleIds.has(articleId)) continue
    const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
    const outcome = await retryWhileAway(() => desk.engine.execute('file', id, command, sender))
    if (outcome.ok) deleted++
  }
  return deleted
}

/** Removes the categories of an import in which nothing is left, from the inside out. */
async function removeCategories(
  { categories, places }: Extent,
  { desk, importId, now, signal }: ArticlesUndo,
): Promise<{ readonly removed: number; readonly remaining: readonly string[] }> {
  const used = new Set(places.values())
  const remaining: string[] = []
  let removed = 0
  // A category is added after the one that it lies in.
  for (const [categoryId, isTouched] of [...categories].reverse()) {
    signal?.throwIfAborted()
    const tree = (await retryWhileAway(() => desk.read('articleTree', articleTreeId))).state
    if (!categoryIn(tree, categoryId)) continue
    const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
    const outcome =
      isTouched || used.has(categoryId)
        ? undefined
        : await retryWhileAway(() =>
            desk.engine.execute('articleTree', articleTreeId, { type: 'remove', categoryId }, sender),
          )
    if (outcome?.ok) removed++
    else remaining.push(categoryId)
  }
  return { removed, remaining }
}
