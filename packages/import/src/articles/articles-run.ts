import { createHash } from 'node:crypto'
import type { Actor, ArticleAudience, Desk, Instant, LanguageDetector, Refusal, RevisionChange } from '@guichet/domain'
import { readHistory } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import type { Files } from '@guichet/files'
import type { SkippedFile } from './article-file.ts'
import type { Peer } from './peers/peer-file.ts'

/** What is imported into which desk. */
export type ArticlesImport = {
  /** The folder, or the file that another system has exported. */
  readonly folder: string
  /** The system that the file is from; undefined for a folder. */
  readonly from?: Peer | undefined
  /** The name that identifies the import, to continue it and to undo it: the ids of its articles follow from it. */
  readonly importId: string
  /** The desk that the articles are written to. Without one nothing is stored: a dry run, which assumes an empty desk. */
  readonly desk: Desk | undefined
  readonly now: () => Instant
  /** Who imports, for the events of the import itself; the engine's import by default. */
  readonly by?: Actor
  /** The language of files without one in their name; translations follow it. */
  readonly language: string
  /** Tells in which language texts are; without it none is checked. */
  readonly languages?: LanguageDetector
  /** Who reads new articles. */
  readonly audience: ArticleAudience
  /** Whether readers see the texts; without it they are drafts. */
  readonly publishes: boolean
  /** What a changed text of the first language changes for its readers, where neither it nor its front matter says. */
  readonly change: RevisionChange
  /**
   * Takes the files that texts name in, as files of their articles; without it they stay where they are, and are named.
   * `maxBytes` is the longest one. `files` stores them: a dry run has none.
   */
  readonly attachments?: { readonly maxBytes: number; readonly files?: Files }
  readonly onFiles?: (files: number, of: number) => void
  /** Aborts the import between two files; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** An import on its way. */
export type ArticlesRun = Omit<ArticlesImport, 'desk'> & {
  readonly desk: Desk
  /** The id of an article, a category or a file: the same whenever the import runs again, until it is taken back. */
  readonly idOf: (kind: 'article' | 'category' | 'file', key: string) => string
}

/** What became of a file. */
export type FileOutcome = 'imported' | 'unchanged' | Omit<SkippedFile, 'path'>

/** The ids of what an import creates. One that was taken back creates others: what was deleted stays so. */
export async function idsOf(importId: string, desk: Desk): Promise<ArticlesRun['idOf']> {
  const history = await retryWhileAway(() => readHistory(desk.store, 'import', importId))
  const round = history.filter(({ event }) => event.type === 'ImportWithdrawn').length
  return (kind, key) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([importId, round, kind, key]))
      .digest('hex')
    return `kb-${hash.slice(0, 24)}`
  }
}

/** A refusal of the desk as the reason why a file does not come in. */
export const refusedBy = ({ code, message, field }: Refusal): Omit<SkippedFile, 'path'> => ({
  code,
  reason: field === undefined ? message : `${field}: ${message}`,
})
