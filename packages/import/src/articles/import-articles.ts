import { randomUUID } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { Position } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, otherLanguageOf } from '@guichet/domain'
import { recordImport } from '../customers/import-records.ts'
import { articlesKind, refuseAnotherKind } from '../histories/record-kinds.ts'
import type { FileFault, SkippedFile } from './article-file.ts'
import { countOf } from './article-file.ts'
import type { ArticlesImport, ArticlesRun, FileOutcome } from './articles-run.ts'
import { idsOf } from './articles-run.ts'
import { attachFiles } from './attachments.ts'
import { readFolder } from './folder.ts'
import type { ArticleReport } from './import-article.ts'
import { importArticle } from './import-article.ts'
import { importCategories } from './import-categories.ts'
import { readMediaWiki } from './peers/mediawiki.ts'
import { readZendesk } from './peers/zendesk.ts'
import type { ArticlePlan } from './plan-folder.ts'
import { planFolder } from './plan-folder.ts'
import type { StaleMark } from './staleness.ts'

/** The result of the files: `files` = `imported` + `unchanged` + `skipped`, each of these as often as its `times`. */
export type ArticlesAccount = {
  readonly importId: string
  readonly files: number
  /**
   * The files whose text is another one than before, is there for the first time, or was a draft that is published now; and
   * the pictures and attachments that are new.
   */
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

const readPeer = { zendesk: readZendesk, mediawiki: readMediaWiki } as const

/**
 * Imports a folder of Markdown files, or the help centre of another system, as articles, in a tree of categories. The whole folder is read before anything is
 * stored. May be interrupted at any moment and run again: what is there already is unchanged, and a file that was edited
 * since becomes one revision.
 * @throws Fault `folder_unreadable`, `folder_too_large`, `import_refused`, or for a file what its reader throws.
 */
export async function importArticles(request: ArticlesImport): Promise<ArticlesAccount> {
  const { folder, importId, language, signal, now } = request
  const content = await (request.from ? readPeer[request.from](folder, signal) : readFolder(folder, signal))
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
  const { articles: plans, faults, reasons } = await attachFiles(plan.articles, content, run)
  const of = countOf(content.files)
  const skipped = [...plan.skipped]
  const stale: StaleMark[] = []
  let done = countOf(skipped)
  const counts = { imported: 0, unchanged: 0, articles: 0 }
  const settle = (path: string, outcome: FileOutcome): void => {
    if (typeof outcome === 'string') counts[outcome]++
    else skipped.push({ path, ...outcome })
    done++
    request.onFiles?.(done, of)
  }
  const attached = new Map<string, 'imported' | 'unchanged'>()
  const report: ArticleReport = {
    settle,
    attach: (path, outcome) => void attached.set(path, attached.get(path) === 'imported' ? 'imported' : outcome),
    mark: (each) => void stale.push(each),
  }
  const categories = await importCategories(plan.categories, run, settle)
  for (const article of plans) {
    const isNew = await importArticle(article, categories.idIn(article.folder), run, report)
    if (isNew) counts.articles++
  }
  const textSkipped = { code: 'text_skipped', reason: 'no text that names it comes in' } as const
  for (const file of content.files)
    if ('bytes' in file) settle(file.path, attached.get(file.path) ?? reasons.get(file.path) ?? textSkipped)
  const { articles, ...ofFiles } = counts
  const figures = { rows: of, applied: counts.imported, unchanged: counts.unchanged, refused: countOf(skipped) }
  const position = await recordImport(recording, { type: 'complete', ...figures })
  return {
    importId,
    files: of,
    ...ofFiles,
    skipped,
    faults: [...plan.faults, ...faults, ...(await languageFaults(plan.articles, request))],
    stale,
    articles,
    categories: categories.added,
    languages: plan.languages,
    position: request.desk && position,
  }
}

/** The files whose text is in another language than they say. */
async function languageFaults(
  articles: readonly ArticlePlan[],
  { languages }: ArticlesImport,
): Promise<readonly FileFault[]> {
  const faults: FileFault[] = []
  if (!languages) return faults
  for (const { file, text } of articles.flatMap(({ texts }) => texts)) {
    const other = await otherLanguageOf(languages, text.body, file.language)
    const reason = `the text seems to be in ${other}, not in ${file.language}`
    if (other !== undefined) faults.push({ path: file.path, code: 'other_language', reason })
  }
  return faults
}
