import { randomUUID } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { Article, ArticleState, Position, StreamCategories } from '@guichet/domain'
import {
  createDesk,
  guichetEvents,
  importActor,
  importCorrelation,
  inMemoryStore,
  isStaleTranslation,
  isTransient,
  readHistory,
  revisionSourceFingerprint,
  translationIn,
  unlessDeleted,
} from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import { recordImport, rowCommandId } from '../customers/import-records.ts'
import { stepsOf } from '../customers/record-kind.ts'
import { articlesKind, refuseAnotherKind } from '../histories/record-kinds.ts'
import type { FileFault, FileText, SkippedFile } from './article-file.ts'
import { notesOf, tagsOf } from './article-file.ts'
import type { ArticlesImport, ArticlesRun, FileOutcome } from './articles-run.ts'
import { idsOf, refusedBy } from './articles-run.ts'
import { readFolder } from './folder.ts'
import { importCategories } from './import-categories.ts'
import type { ArticlePlan, PlannedText } from './plan-folder.ts'
import { planFolder } from './plan-folder.ts'
import type { StaleMark } from './staleness.ts'
import { staleMark } from './staleness.ts'

/** The result of the files: `files` = `imported` + `unchanged` + `skipped`. */
export type ArticlesAccount = {
  readonly importId: string
  readonly files: number
  /** The files whose text is another one than before, or is there for the first time. */
  readonly imported: number
  readonly unchanged: number
  readonly skipped: readonly SkippedFile[]
  /** What is wrong with files that came in nevertheless. */
  readonly faults: readonly FileFault[]
  /** The translations that this run has made stale, and why. */
  readonly stale: readonly StaleMark[]
  /** How many articles and categories are new. */
  readonly articles: number
  readonly categories: number
  readonly languages: readonly string[]
  /** Read models that have passed it show all of the import; undefined for a dry run. */
  readonly position: Position | undefined
}

/**
 * Imports a folder of Markdown files as articles, in a tree of categories. The whole folder is read before anything is
 * stored. May be interrupted at any moment and run again: what is there already is unchanged, and a file that was edited
 * since becomes one revision.
 * @throws Fault `folder_unreadable`, `folder_too_large`, or `import_refused`.
 */
export async function importArticles(request: ArticlesImport): Promise<ArticlesAccount> {
  const { folder, importId, language, signal, now } = request
  const content = await readFolder(folder, signal)
  const plan = planFolder(content, language)
  const desk =
    request.desk ?? createDesk({ store: inMemoryStore({ catalogue: guichetEvents }), now, newId: randomUUID })
  await refuseAnotherKind({ importId, desk }, articlesKind)
  const recording = { importId, desk, now, ...(request.by && { by: request.by }) }
  await recordImport(recording, {
    type: 'start',
    source: basename(resolve(folder)).slice(0, 200) || '/',
    mapping: articlesKind,
  })
  const run: ArticlesRun = { ...request, desk, idOf: await idsOf(importId, desk) }
  const of = content.files.length
  const skipped = [...plan.skipped]
  const stale: StaleMark[] = []
  const counts = { imported: 0, unchanged: 0, articles: 0 }
  const settle = (path: string, outcome: FileOutcome): void => {
    if (typeof outcome === 'string') counts[outcome]++
    else skipped.push({ path, ...outcome })
    request.onFiles?.(counts.imported + counts.unchanged + skipped.length, of)
  }
  const categories = await importCategories(plan.categories, run, settle)
  for (const article of plan.articles) {
    const categoryId = categories.idIn(article.folder)
    const isNew = await importArticle(article, categoryId, run, { settle, mark: (each) => void stale.push(each) })
    if (isNew) counts.articles++
  }
  const { articles, ...ofFiles } = counts
  const figures = { rows: of, applied: counts.imported, unchanged: counts.unchanged, refused: skipped.length }
  const position = await recordImport(recording, { type: 'complete', ...figures })
  return {
    importId,
    files: of,
    ...ofFiles,
    skipped,
    faults: plan.faults,
    stale,
    articles,
    categories: categories.added,
    languages: plan.languages,
    position: request.desk && position,
  }
}

type ArticleReport = {
  readonly settle: (path: string, outcome: FileOutcome) => void
  readonly mark: (mark: StaleMark) => void
}

/** Imports the languages of an article, the first one before those that follow it. Returns whether it is new. */
async function importArticle(
  plan: ArticlePlan,
  categoryId: string | null,
  run: ArticlesRun,
  { settle, mark }: ArticleReport,
): Promise<boolean> {
  const id = run.idOf('article', plan.key)
  const before = await unlessDeleted(readArticle(id, run), (): ArticleState => ({ status: 'absent' }))
  const [{ file: first }] = plan.texts
  let isFirstChanged = false
  for (const planned of plan.texts) {
    run.signal?.throwIfAborted()
    const { file } = planned
    const said = file === first ? undefined : staleMark(file, first)
    const follows = said ? 0 : undefined
    const outcome: FileOutcome = await unlessDeleted(
      importText(id, planned, { categoryId, follows, isFirstChanged }, run),
      ({ message }): FileOutcome => ({ code: 'history_deleted', reason: message }),
    )
    settle(file.path, outcome)
    if (file === first) isFirstChanged = outcome === 'imported'
    if (said && outcome === 'imported') mark(said)
  }
  if (before.status !== 'absent' && isFirstChanged) {
    const after = await readArticle(id, run)
    for (const path of newlyStale(before, after, plan)) mark({ path, reason: `${first.path} says something else now` })
  }
  return before.status === 'absent' && (await readArticle(id, run)).status !== 'absent'
}

const readArticle = async (id: string, { desk }: ArticlesRun): Promise<ArticleState> =>
  (await retryWhileAway(() => desk.read('article', id))).state

/** The files, or the languages without one, of translations that have become stale. */
function newlyStale(before: Article, after: ArticleState, { texts }: ArticlePlan): readonly string[] {
  if (after.status === 'absent') return []
  return Object.keys(after.translations)
    .filter((language) => isStaleTranslation(after, language) && !isStaleTranslation(before, language))
    .map((language) => texts.find(({ file }) => file.language === language)?.file.path ?? language)
}

type TextTerms = {
  readonly categoryId: string | null
  /** 0 for a translation that says that it is older than the first text; undefined for one that says nothing. */
  readonly follows: number | undefined
  /** Whether this run has changed the text that the translation follows. */
  readonly isFirstChanged: boolean
}

/** Imports the text of a file: with its approval and its publication, or not at all. */
async function importText(
  id: string,
  { file, text }: PlannedText,
  { categoryId, follows, isFirstChanged }: TextTerms,
  run: ArticlesRun,
): Promise<FileOutcome> {
  const { language, source } = file
  const article = await readArticle(id, run)
  const { isDraft, change } = notesOf(file)
  const content = { language, ...text, keywords: [...text.keywords], source }
  const released = (revision: number) =>
    run.publishes && !isDraft
      ? [{ type: 'approve', language, revision } as const, { type: 'publish', language, revision } as const]
      : []
  if (article.status === 'absent') {
    const tags = [...tagsOf(file).list]
    const details = { categoryId, audience: run.audience, tags }
    return send(id, [{ type: 'create', ...content, ...details }, ...released(1)], run, rowCommandId(run.importId, id))
  }
  if (article.status === 'deleted')
    return { code: 'article_deleted', reason: 'the article was deleted since it was imported' }
  const { revision, sourceRevision, sourceFingerprint } = translationIn(article, language)
  if (sourceFingerprint === revisionSourceFingerprint(content, source)) return 'unchanged'
  if (sourceRevision !== revision)
    return { code: 'changed_here', reason: `somebody has written revision ${revision} since it was imported` }
  const isTranslation = language !== article.language
  const latest = isFirstChanged ? translationIn(article, article.language).revision : undefined
  const followed = isTranslation ? (follows ?? latest) : undefined
  const revise = {
    type: 'revise',
    ...content,
    basedOn: revision,
    change: change ?? ((await isOnlySpacing(id, language, revision, text, run)) ? 'typo' : run.change),
    ...(followed !== undefined && { follows: followed }),
  } as const
  return send(id, [revise, ...released(revision + 1)], run)
}

/** Whether a text has the words of a revision: its front matter, or its white space, has changed. */
async function isOnlySpacing(
  id: string,
  language: string,
  revision: number,
  text: FileText,
  { desk }: ArticlesRun,
): Promise<boolean> {
  const history = await retryWhileAway(() => readHistory(desk.store, 'article', id))
  const wordsOf = ({ title, excerpt, body }: Pick<FileText, 'title' | 'excerpt' | 'body'>): string =>
    [title, excerpt, body].join(' ').replaceAll(/\s+/g, ' ')
  return history.some(
    ({ event }) =>
      event.type === 'ArticleRevised' &&
      event.language === language &&
      event.revision === revision &&
      wordsOf(event) === wordsOf(text),
  )
}

async function send(
  id: string,
  commands: readonly StreamCategories['article']['command'][],
  { desk, importId, now }: ArticlesRun,
  commandId?: string,
): Promise<FileOutcome> {
  const sender = { by: importActor, at: now(), commandId, correlationId: importCorrelation(importId) }
  const steps = stepsOf(commands)
  for (;;) {
    const outcome = await retryWhileAway(() => desk.engine.executeTogether('article', id, steps, sender))
    if (outcome.ok) return outcome.value.events.length > 0 ? 'imported' : 'unchanged'
    if (!isTransient(outcome.refusal)) return refusedBy(outcome.refusal)
  }
}
