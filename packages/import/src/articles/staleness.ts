import type { ArticleFile } from './article-file.ts'
import { lineOf, valueOf } from './article-file.ts'

/** The translation that a file says is older than the text of the first language, and how it says so. */
export type StaleMark = { readonly path: string; readonly reason: string }

/**
 * Whether the front matter of a translation says that it translates an older text: outright, or by the commit or the date
 * of the text that it follows. Its own date says nothing: a translation is not stale because its text is older.
 */
export function staleMark(translation: ArticleFile, first: ArticleFile): StaleMark | undefined {
  const { path } = translation
  const outright = ['outdated_translation', 'outdated'].find((key) => valueOf(translation, key) === true)
  if (outright !== undefined) return { path, reason: `its front matter says ${outright}: true` }
  const since = lineOf(translation, 'outdated_since')
  if (since !== undefined) return { path, reason: `its front matter says outdated_since: ${since}` }
  const [follows, commit] = [lineOf(translation, 'source_commit', 'l10n.sourceCommit'), lineOf(first, 'commit')]
  if (follows !== undefined && commit !== undefined)
    return follows === commit
      ? undefined
      : { path, reason: `it follows the commit ${follows}; ${first.path} is of ${commit}` }
  const [of, updated] = [
    lineOf(translation, 'source_updated', 'source_date'),
    lineOf(first, 'updated', 'lastmod', 'date'),
  ]
  if (of === undefined || updated === undefined || of >= updated) return undefined
  return { path, reason: `it follows the text of ${of}; ${first.path} is of ${updated}` }
}
