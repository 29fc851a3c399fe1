import { basename, resolve } from 'node:path'
import type { ArticlesAccount, ArticlesImport, ArticlesUndone } from '@guichet/import'
import { countOf, exportArticles, holdImport, importArticles, undoArticles } from '@guichet/import'
import { languageDetector } from '@guichet/workflows'
import { now } from '../../engine/engine.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { counted } from '../table.ts'
import { caughtUpReadModels, watchLag, withEngine } from '../with-engine.ts'

/** The options of `kb import`. */
export type KbImportOptions = ActorOption &
  Pick<ArticlesImport, 'from' | 'language' | 'audience' | 'change'> & {
    readonly name?: string
    readonly drafts?: boolean
    readonly dryRun?: boolean
    readonly json?: boolean
  }

/** Imports a folder of articles and prints the account of its files. */
export async function importFolder(folder: string, options: KbImportOptions, context: Context): Promise<void> {
  const started = Date.now()
  const { terminal } = context
  const { by, from, language, audience, change, drafts = false, dryRun = false, json } = options
  const importId = options.name ?? nameOf(folder)
  const { files } = environmentOf(context)
  const languages = languageDetector()
  const progress = terminal.progress('importing', 0)
  const request = {
    folder,
    from,
    importId,
    now,
    by,
    language,
    audience,
    change,
    publishes: !drafts,
    languages,
    onFiles: progress.update,
  }
  try {
    const { account, stopped } = dryRun
      ? {
          account: await context.interruption.during((signal) =>
            importArticles({ ...request, attachments: { maxBytes: files.maxBytes }, desk: undefined, signal }),
          ),
          stopped: undefined,
        }
      : await withEngine(context, async ({ database, desk, runner, files: stored }, signal) => {
          const attachments = { maxBytes: stored.maxBytes, files: stored }
          const work = (lockSignal: AbortSignal) =>
            importArticles({ ...request, attachments, desk, signal: lockSignal })
          const imported = await holdImport(database.url, importId, work, signal)
          return {
            account: imported,
            stopped: await watchLag(runner, terminal, { signal, position: imported.position }),
          }
        })
    progress.stop()
    const { importId: _id, position: _, ...counts } = account
    const seconds = Math.round((Date.now() - started) / 100) / 10
    if (json) terminal.out(JSON.stringify({ import: importId, folder, dryRun, ...counts, seconds }))
    else for (const line of inWords(account, dryRun)) terminal.out(line)
    if (stopped) throw stopped
  } finally {
    progress.stop()
    await languages.stop()
  }
}

/** The name of an import without one: that of its folder, as far as it may be a name. */
const nameOf = (folder: string): string =>
  basename(resolve(folder))
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 80) || 'articles'

/** How many files of one code a line names. */
const named = 3

function inWords({ importId, files, imported, unchanged, ...account }: ArticlesAccount, dryRun: boolean): string[] {
  const { skipped, faults, stale, articles, categories, languages } = account
  const tail = dryRun ? ' (nothing was stored)' : ''
  return [
    `${counted(files, 'file')} of ${importId}: ${imported} imported, ${unchanged} unchanged, ${countOf(skipped)} skipped${tail}`,
    `${counted(articles, 'new article')}, ${categories === 1 ? '1 new category' : `${categories} new categories`}; languages: ${languages.join(' ')}`,
    ...skipped.map(({ path, code, reason }) => `skipped ${path}: ${code}, ${reason}`),
    ...faultsInWords(faults),
    ...stale.map(({ path, reason }) => `stale ${path}: ${reason}`),
    ...(stale.length === 0 && imported > 0 ? ['no translation became stale'] : []),
  ]
}

function faultsInWords(faults: ArticlesAccount['faults']): string[] {
  const codes = new Map<string, ArticlesAccount['faults'][number][]>()
  for (const fault of faults) codes.set(fault.code, [...(codes.get(fault.code) ?? []), fault])
  return [...codes].flatMap(([code, each]) => [
    `${code}: ${counted(countOf(each), 'fault')}`,
    ...each.slice(0, named).map(({ path, reason }) => `  ${path}: ${reason}`),
    ...(each.length > named ? [`  and ${countOf(each) - named} more; --json lists all`] : []),
  ])
}

/** The options of `kb export`. */
export type KbExportOptions = { readonly json?: boolean }

/** Writes all articles to a folder and prints what was written. */
export async function exportFolder(folder: string, { json }: KbExportOptions, context: Context): Promise<void> {
  const { terminal } = context
  const written = await withEngine(context, async (engine, signal) => {
    const { articles } = await caughtUpReadModels(engine, context, signal)
    return exportArticles({ folder, desk: engine.desk, articles, files: engine.files, signal })
  })
  if (json) return terminal.out(JSON.stringify({ folder, ...written }))
  const { files, unchanged, changed, attachments, missing, frontMatterKept, renamed, language } = written
  terminal.out(
    `${counted(files, 'file')} written to ${folder}: ${unchanged} as they came in, ${changed} changed, ${written.written} new`,
  )
  if (attachments > 0) terminal.out(`${counted(attachments, 'attached file')} beside them`)
  for (const each of missing) terminal.out(`${each} is not there: deleted, withheld by the scanner, or lost`)
  for (const path of frontMatterKept) terminal.out(`${path}: its front matter is broken, and stays as it was`)
  for (const path of renamed)
    terminal.out(`${path}: its name is another one, since that was taken or stands for another language`)
  if (language !== 'en') terminal.out(`import it with --language ${language}: that of files without one in their names`)
}

/** The options of `kb undo`. */
export type KbUndoOptions = ActorOption & { readonly json?: boolean }

/** Takes an import of articles back and prints what became of it. */
export async function undo(importId: string, { by, json }: KbUndoOptions, context: Context): Promise<void> {
  const { terminal } = context
  const { undone, stopped } = await withEngine(context, async ({ database, desk, runner }, signal) => {
    const progress = terminal.progress('taking back', 0)
    try {
      const work = (lockSignal: AbortSignal): Promise<ArticlesUndone> =>
        undoArticles({ importId, desk, now, by, onArticles: progress.update, signal: lockSignal })
      const result = await holdImport(database.url, importId, work, signal)
      return { undone: result, stopped: await watchLag(runner, terminal, { signal, position: result.position }) }
    } finally {
      progress.stop()
    }
  })
  const { articles, files, categories, keptArticleIds, keptCategoryIds, passedOver } = undone
  if (json) {
    const others = { articles: keptArticleIds, categories: keptCategoryIds }
    terminal.out(JSON.stringify({ import: importId, articles, files, categories, kept: others, passedOver }))
  } else {
    const ofCategories = categories === 1 ? '1 category' : `${categories} categories`
    terminal.out(`${counted(articles, 'article')} of ${importId} deleted, ${ofCategories} removed`)
    if (files > 0) terminal.out(`${counted(files, 'file')} of these articles deleted`)
    if (keptArticleIds.length > 0)
      terminal.out(`kept, because somebody has changed them since: ${keptArticleIds.join(', ')}`)
    if (keptCategoryIds.length > 0)
      terminal.out(`kept, because they are changed or not empty: the categories ${keptCategoryIds.join(', ')}`)
    if (passedOver.length > 0) terminal.out(`passed over, because their streams were deleted: ${passedOver.join(', ')}`)
  }
  if (stopped) throw stopped
}
