import { createHash } from 'node:crypto'
import type { Article, ArticleEvent, ArticleState, StreamCategories, TextSource } from '@guichet/domain'
import {
  importActor,
  importCorrelation,
  isStaleTranslation,
  isTransient,
  readHistory,
  revisionSourceFingerprint,
  translationIn,
  unlessDeleted,
} from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import { CutOff, storeFile, TooLarge, TypeMismatch } from '@guichet/files'
import { rowCommandId } from '../customers/import-records.ts'
import { stepsOf } from '../customers/record-kind.ts'
import type { Attachment, FileText } from './article-file.ts'
import { isInternal, notesOf, tagsOf } from './article-file.ts'
import { contentStream } from './attachments.ts'
import type { ArticlesRun, FileOutcome } from './articles-run.ts'
import { refusedBy } from './articles-run.ts'
import { withTargets } from './file-targets.ts'
import type { ArticlePlan, PlannedText } from './plan-folder.ts'
import type { StaleMark } from './staleness.ts'
import { staleMark } from './staleness.ts'

/** Who is told what became of the files of an article. */
export type ArticleReport = {
  readonly settle: (path: string, outcome: FileOutcome) => void
  /** What became of a file that is no text, for a text that came in. */
  readonly attach: (path: string, outcome: 'imported' | 'unchanged') => void
  readonly mark: (mark: StaleMark) => void
}

type Command = StreamCategories['article']['command']

/** A command, and the file that it is about. */
type FileCommand = { readonly command: Command; readonly path: string }

/** What is known of the files of an article so far. */
type Progress = {
  readonly outcomes: Map<string, FileOutcome>
  /** Whether this run has changed the text that translations follow. */
  isFirstChanged: boolean
  /** The ids of the files that this run has stored for the article. */
  readonly stored: Set<string>
  /** How many files are stored at once: all of them, unless the store does not take so much. */
  filesAtOnce: number
}

/**
 * Imports the languages of an article as one command, so that an import that was broken off has stored all of them or
 * none: a translation that was edited together with the text that it follows is never taken for a stale one. A file that
 * is refused stays out, and the others come in. Returns whether the article is new.
 */
export async function importArticle(
  plan: ArticlePlan,
  categoryId: string | null,
  run: ArticlesRun,
  { settle, attach, mark }: ArticleReport,
): Promise<boolean> {
  const progress: Progress = {
    outcomes: new Map(),
    isFirstChanged: false,
    stored: new Set(),
    filesAtOnce: plan.texts.length,
  }
  const isNew = await unlessDeleted(store(plan, categoryId, run, progress, mark), ({ message }) => {
    for (const { file } of plan.texts)
      if (!progress.outcomes.has(file.path))
        progress.outcomes.set(file.path, { code: 'history_deleted', reason: message })
    return false
  })
  for (const { file, attachments = [] } of plan.texts) {
    const outcome = progress.outcomes.get(file.path) ?? 'unchanged'
    settle(file.path, outcome)
    if (typeof outcome === 'string')
      for (const each of attachments) attach(each.path, progress.stored.has(each.id) ? 'imported' : 'unchanged')
  }
  return isNew
}

async function store(
  plan: ArticlePlan,
  categoryId: string | null,
  run: ArticlesRun,
  progress: Progress,
  mark: (mark: StaleMark) => void,
): Promise<boolean> {
  const id = run.idOf('article', plan.identity)
  const { outcomes } = progress
  let isNew = false
  for (;;) {
    run.signal?.throwIfAborted()
    const { version, state } = await retryWhileAway(() => run.desk.read('article', id))
    const { commands, isFirstChanged } = await commandsOf(id, plan, state, categoryId, run, progress)
    if (commands.length === 0) return isNew
    const paths = [...new Set(commands.map(({ path }) => path))]
    const written = commands.map(({ command }) => command)
    if (!(await storeAttachments(id, plan, paths, run, progress))) continue
    const sender = {
      by: importActor,
      at: run.now(),
      commandId: rowCommandId(run.importId, `${id}:${fingerprintOf(written)}`),
      correlationId: importCorrelation(run.importId),
      expectedVersion: version,
    }
    const outcome = await retryWhileAway(() => run.desk.engine.executeTogether('article', id, stepsOf(written), sender))
    if (!outcome.ok) {
      const { refusal } = outcome
      if (isTransient(refusal)) continue
      if (refusal.code === 'command_too_large' && paths.length > 1) progress.filesAtOnce = Math.ceil(paths.length / 2)
      else outcomes.set(commands[refusal.step ?? 0]?.path ?? paths[0] ?? '', refusedBy(refusal))
      continue
    }
    for (const path of paths) outcomes.set(path, 'imported')
    progress.isFirstChanged ||= isFirstChanged
    isNew ||= state.status === 'absent'
    const after = outcome.value.state ?? (await retryWhileAway(() => run.desk.read('article', id))).state
    for (const each of marksOf(plan, paths, state, after)) mark(each)
  }
}

/**
 * Stores the files that texts name, before the texts. Returns whether all of them are there; a text whose file has become
 * another one since it was looked at stays out.
 */
async function storeAttachments(
  articleId: string,
  { texts }: ArticlePlan,
  paths: readonly string[],
  run: ArticlesRun,
  { stored, outcomes }: Progress,
): Promise<boolean> {
  for (const { file, attachments = [] } of texts.filter((text) => paths.includes(text.file.path))) {
    for (const each of attachments) {
      run.signal?.throwIfAborted()
      const { state } = await retryWhileAway(() => run.desk.read('file', each.id))
      const isOther =
        state.status !== 'absent' && (state.owner !== `article-${articleId}` || state.sha256 !== each.sha256)
      if (isOther) {
        outcomes.set(file.path, { code: 'text_skipped', reason: `${each.path} has the id of another file, ${each.id}` })
        return false
      }
      if (state.status !== 'absent' || stored.has(each.id)) continue
      const fault = await storeAttachment(each, articleId, run)
      if (fault !== undefined) {
        outcomes.set(file.path, { code: 'text_skipped', reason: `${each.path} ${fault}` })
        return false
      }
      stored.add(each.id)
    }
  }
  return true
}

/** Stores a file of an article. Returns why it is not stored. */
async function storeAttachment(
  { id, path, name, bytes, sha256 }: Attachment,
  articleId: string,
  { folder, desk, attachments, importId, signal, now }: ArticlesRun,
): Promise<string | undefined> {
  const files = attachments?.files
  if (!files) return undefined
  const content = await contentStream(folder, path).catch(() => undefined)
  if (!content) return changedFile
  const receiving = { name, maxBytes: files.maxBytes, announced: bytes, ...(signal && { signal }) }
  const received = await files.receiver.receive(content, receiving).catch((error: unknown) => {
    if (error instanceof CutOff || error instanceof TooLarge || error instanceof TypeMismatch) return undefined
    throw error
  })
  try {
    if (received?.sha256 !== sha256) return changedFile
    const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
    await retryWhileAway(() =>
      storeFile(received, { id, owner: `article-${articleId}`, name, sender }, { files, desk: desk.engine }),
    )
    return undefined
  } catch (error) {
    if (error instanceof CutOff) return `is not stored: ${error.message}`
    throw error
  } finally {
    await received?.discard()
  }
}

const changedFile = 'has changed while it was read'

const fingerprintOf = (commands: readonly Command[]): string =>
  createHash('sha256').update(JSON.stringify(commands)).digest('hex').slice(0, 32)

/** The commands that bring an article up to its files, of those of which nothing is known yet. */
async function commandsOf(
  id: string,
  plan: ArticlePlan,
  article: ArticleState,
  categoryId: string | null,
  run: ArticlesRun,
  progress: Progress,
): Promise<{ readonly commands: readonly FileCommand[]; readonly isFirstChanged: boolean }> {
  const { outcomes, filesAtOnce } = progress
  const commands: FileCommand[] = []
  let isFirstChanged = progress.isFirstChanged
  if (article.status === 'absent') {
    const [first, ...others] = plan.texts
    const skippedFirst = outcomes.has(first.file.path) ? first.file.path : plan.withoutFirst
    if (skippedFirst !== undefined) {
      const reason = `${skippedFirst}, which it would follow, does not come in`
      for (const { file } of plan.texts)
        if (!outcomes.has(file.path)) outcomes.set(file.path, { code: 'first_language_skipped', reason })
      return { commands, isFirstChanged }
    }
    const audience = plan.texts.some(({ file }) => isInternal(file)) ? 'internal' : run.audience
    const details = { categoryId, audience, tags: [...tagsOf(first.file).list] }
    const create = { type: 'create', ...contentOf(first), ...details } as const
    commands.push(...[create, ...released(first, 1, run)].map((command) => ({ command, path: first.file.path })))
    for (const text of others.filter(({ file }) => !outcomes.has(file.path)).slice(0, filesAtOnce - 1)) {
      const follows = staleMark(text.file, first.file) ? 0 : 1
      const revise = { type: 'revise', ...contentOf(text), basedOn: 0, change: changeOf(text, run), follows } as const
      commands.push(...[revise, ...released(text, 1, run)].map((command) => ({ command, path: text.file.path })))
    }
    return { commands, isFirstChanged: true }
  }
  const firstText = plan.texts.find(({ file }) => file.language === article.language)
  const texts = firstText ? [firstText, ...plan.texts.filter((each) => each !== firstText)] : plan.texts
  const history = historyOf(id, run)
  const details = await detailsOf(plan, article, categoryId, history)
  const { path: headPath } = (firstText ?? plan.texts[0]).file
  if (details && !outcomes.has(headPath))
    commands.push({ command: { type: 'changeDetails', ...details }, path: headPath })
  let files = 0
  for (const text of texts) {
    const { path, language } = text.file
    if (outcomes.has(path) || files >= filesAtOnce) continue
    const follows =
      text === firstText
        ? undefined
        : firstText && staleMark(text.file, firstText.file)
          ? 0
          : isFirstChanged
            ? translationIn(article, article.language).revision + (progress.isFirstChanged ? 0 : 1)
            : undefined
    const needed = await commandsOfText(text, article, follows, history, run)
    if ('code' in needed) outcomes.set(path, needed)
    else if (needed.length > 0) {
      files++
      commands.push(...needed.map((command) => ({ command, path })))
      if (language === article.language && needed.some(({ type }) => type === 'revise')) isFirstChanged = true
    }
  }
  return { commands, isFirstChanged }
}

/**
 * The place and the audience that an article has in another system by now, where nobody at the desk has said them since. Only a new
 * restriction is taken over: what may be read there is made public here by people.
 */
async function detailsOf(
  { key, identity, texts }: ArticlePlan,
  article: Article,
  categoryId: string | null,
  history: () => Promise<readonly ArticleEvent[]>,
): Promise<{ readonly audience?: 'internal'; readonly categoryId?: string | null } | undefined> {
  if (article.status !== 'active') return undefined
  const isRestricted = article.audience === 'public' && texts.some(({ file }) => isInternal(file))
  const isMoved = identity !== key && article.categoryId !== categoryId
  if (!isRestricted && !isMoved) return undefined
  const events = await history()
  const isSaidHere = (detail: 'audience' | 'categoryId'): boolean =>
    events.findLast(
      (event) =>
        (event.type === 'ArticleCreated' || event.type === 'ArticleDetailsChanged') && event[detail] !== undefined,
    )?.by.id !== importActor.id
  const details = {
    ...(isRestricted && !isSaidHere('audience') && ({ audience: 'internal' } as const)),
    ...(isMoved && !isSaidHere('categoryId') && { categoryId }),
  }
  return Object.keys(details).length === 0 ? undefined : details
}

type Refusals = Extract<FileOutcome, object>

/** The commands that bring a text of an article up to its file: none where nothing is to be done. */
async function commandsOfText(
  text: PlannedText,
  article: Article,
  follows: number | undefined,
  history: () => Promise<readonly ArticleEvent[]>,
  run: ArticlesRun,
): Promise<readonly Command[] | Refusals> {
  if (article.status === 'deleted')
    return { code: 'article_deleted', reason: 'the article was deleted since it was imported' }
  const { language, source } = text.file
  const content = contentOf(text)
  const { revision, sourceRevision, sourceFingerprint, approved } = translationIn(article, language)
  if (sourceFingerprint === revisionSourceFingerprint(content, source)) {
    const waits = article.status === 'active' && revision === sourceRevision && approved !== revision
    return waits && isUntouched(await history(), language, revision) ? released(text, revision, run) : []
  }
  if (sourceRevision !== revision)
    return { code: 'changed_here', reason: `somebody has written revision ${revision} since it was imported` }
  const isSpacing = notesOf(text.file).change === undefined && hasWordsOf(await history(), language, revision, text)
  const revise = {
    type: 'revise',
    ...content,
    basedOn: revision,
    change: isSpacing ? 'typo' : changeOf(text, run),
    ...(follows !== undefined && { follows }),
  } as const
  return [revise, ...released(text, revision + 1, run)]
}

const contentOf = ({ file: { language, source }, text }: PlannedText) => ({
  language,
  ...text,
  keywords: [...text.keywords],
  source,
})

const changeOf = ({ file }: PlannedText, run: ArticlesRun) => notesOf(file).change ?? run.change

/** The approval of a revision and its publication, unless it is to stay a draft. */
const released = ({ file }: PlannedText, revision: number, run: ArticlesRun): readonly Command[] => {
  const { language } = file
  if (!run.publishes || notesOf(file).isDraft) return []
  return [
    { type: 'approve', language, revision },
    { type: 'publish', language, revision },
  ]
}

/** The events of an article, which are read when they are asked for. */
function historyOf(id: string, { desk }: ArticlesRun): () => Promise<readonly ArticleEvent[]> {
  let events: Promise<readonly ArticleEvent[]> | undefined
  return () =>
    (events ??= retryWhileAway(() => readHistory(desk.store, 'article', id)).then((history) =>
      history.map(({ event }) => event),
    ))
}

/** Whether nobody but imports has done anything with a revision: reviewed, declined or planned it, for example. */
function isUntouched(history: readonly ArticleEvent[], language: string, revision: number): boolean {
  const ofLanguage = history.filter((event) => 'language' in event && event.language === language)
  const written = ofLanguage.findIndex((event) => event.type === 'ArticleRevised' && event.revision === revision)
  return ofLanguage
    .slice(written)
    .every(({ type, by }) => type === 'ArticlePhraseSuggested' || by.id === importActor.id)
}

/** Whether a text has the words of a revision: its front matter, its white space, or the content of a picture, has changed. */
function hasWordsOf(
  history: readonly ArticleEvent[],
  language: string,
  revision: number,
  { file, text }: PlannedText,
): boolean {
  const wordsOf = (
    { title, excerpt, body }: Pick<FileText, 'title' | 'excerpt' | 'body'>,
    files: TextSource['files'],
  ): string => [title, excerpt, withTargets(body, files)].join(' ').replaceAll(/\s+/g, ' ')
  return history.some(
    (event) =>
      event.type === 'ArticleRevised' &&
      event.language === language &&
      event.revision === revision &&
      wordsOf(event, event.source?.files) === wordsOf(text, file.source.files),
  )
}

/** The translations that have become stale, and why. */
function marksOf(
  { texts }: ArticlePlan,
  paths: readonly string[],
  before: ArticleState,
  after: ArticleState,
): readonly StaleMark[] {
  if (after.status === 'absent') return []
  const firstFile = (texts.find(({ file }) => file.language === after.language) ?? texts[0]).file
  const said = texts.flatMap(({ file }) =>
    file !== firstFile && paths.includes(file.path) ? (staleMark(file, firstFile) ?? []) : [],
  )
  if (before.status === 'absent' || !paths.includes(firstFile.path)) return said
  const stale = Object.keys(after.translations)
    .filter((language) => isStaleTranslation(after, language) && !isStaleTranslation(before, language))
    .map((language) => texts.find(({ file }) => file.language === language)?.file.path ?? language)
    .filter((path) => !said.some((each) => each.path === path))
    .map((path) => ({ path, reason: `${firstFile.path} says something else now` }))
  return [...said, ...stale]
}
