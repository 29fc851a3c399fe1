import {
  articleLimits,
  cutTo,
  language as languageTag,
  limits,
  revisionChanges,
  slugOf,
  slugSchema,
  textSourceLimits,
} from '@guichet/domain'
import type { RevisionChange, TextSource } from '@guichet/domain'
import type { FileCode, FolderFile } from './folder.ts'
import type { FileParts, FrontMatter, FrontMatterRefusal } from './front-matter.ts'
import { isRecord, partsOf, readFrontMatter, restoreIndentation } from './front-matter.ts'

/** What is wrong with a file that comes in nevertheless; docs/guides/import-articles.md explains each. */
export const fileFaults = [
  'front_matter_broken',
  'front_matter_open',
  'front_matter_unread',
  'indentation_lost',
  'title_missing',
  'title_cut',
  'description_missing',
  'description_cut',
  'date_missing',
  'slug_unusable',
  'tags_unusable',
  'keywords_unusable',
  'first_language_missing',
  'picture_missing',
  'picture_not_imported',
  'attachment_not_imported',
  'markup_unread',
  'link_broken',
  'link_outside',
  'other_language',
] as const

/** Something that is wrong with a file; `times` as of `SkippedFile`. */
export type FileFault = {
  readonly path: string
  readonly code: (typeof fileFaults)[number]
  readonly reason: string
  readonly times?: number
}

/** Why a file does not come in, besides the reasons of `FileCode` and the refusals of the desk. */
export const skipCodes = [
  'text_empty',
  'text_too_long',
  'front_matter_unsafe',
  'front_matter_too_long',
  'language_repeated',
  'first_language_skipped',
  'changed_here',
  'text_skipped',
] as const

/** A file that does not come in. */
export type SkippedFile = {
  readonly path: string
  readonly code: FileCode | (typeof skipCodes)[number] | (string & {})
  readonly reason: string
  /** How many records of another system it stands for, where they are not named one by one; 1 unless given. */
  readonly times?: number
}

/** How many files or faults there are, those included that are not named. */
export const countOf = (list: readonly { readonly path: string; readonly times?: number }[]): number =>
  list.reduce((sum, { times = 1 }) => sum + times, 0)

/** What the name of a file says: `articles/reset.de.md` is the article `articles/reset` in German. */
type FileName = {
  /** The path without language and ending: the same for all languages of an article. */
  readonly key: string
  /** The folder that it lies in; empty for the topmost one. */
  readonly folder: string
  /** The last part of `key`. */
  readonly stem: string
  readonly language: string
}

/** A Markdown file that can be imported. */
export type ArticleFile = FileName & {
  readonly path: string
  readonly parts: FileParts
  readonly source: TextSource
  readonly values: FrontMatter['values']
}

/** The text of an article, as a file has it. */
export type FileText = {
  readonly title: string
  readonly excerpt: string
  readonly body: string
  readonly slug: string
  readonly keywords: readonly string[]
}

/** The stem of the files that name a folder. */
export const folderStem = '_index'

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** The language tag in the name of a file, such as `zh-Hans`; undefined for a text that names no language. */
export function languageIn(text: string): string | undefined {
  if (!/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/.test(text)) return undefined
  try {
    const [tag = ''] = Intl.getCanonicalLocales(text)
    return languageTag.safeParse(tag).success && languageNames.of(tag) !== undefined ? tag : undefined
  } catch {
    return undefined
  }
}

/** Reads the name of a Markdown file. @param first the language of files without one in their name. */
export function fileNameOf(path: string, first: string): FileName {
  const slash = path.lastIndexOf('/')
  const folder = slash < 0 ? '' : path.slice(0, slash)
  const name = path.slice(slash + 1).replace(/\.[A-Za-z]+$/, '')
  const dot = name.lastIndexOf('.')
  const tag = dot > 0 ? languageIn(name.slice(dot + 1)) : undefined
  const stem = tag === undefined ? name : name.slice(0, dot)
  return { key: folder === '' ? stem : `${folder}/${stem}`, folder, stem, language: tag ?? first }
}

/** Reads a file, with what is wrong with its front matter. */
export function readArticleFile(
  { path, text }: Extract<FolderFile, { readonly text: string }>,
  first: string,
): { readonly file: ArticleFile; readonly faults: readonly FileFault[] } | SkippedFile {
  const read: FrontMatter | FrontMatterRefusal = readFrontMatter(text)
  if ('refused' in read) return { path, code: read.refused, reason: read.reason }
  const parts = partsOf(text)
  const { head, tail } = parts
  if (head.length > textSourceLimits.head)
    return {
      path,
      code: 'front_matter_too_long',
      reason: `more than ${textSourceLimits.head} characters stand before the text`,
    }
  const file = { path, ...fileNameOf(path, first), parts, source: { path, head, tail }, values: read.values }
  return { file, faults: read.fault ? [{ path, ...read.fault }] : [] }
}

/** A file whose front matter has the indentation of another language again, with the fault where it had lost it. */
export function withIndentation(
  file: ArticleFile,
  reference: ArticleFile,
): { readonly file: ArticleFile; readonly faults: readonly FileFault[] } {
  const { values, keys } = restoreIndentation(file.values, reference.values)
  const reason = `what belongs below ${keys.join(' and ')} is not indented: read as in ${reference.path}`
  return {
    file: { ...file, values },
    faults: keys.length > 0 ? [{ path: file.path, code: 'indentation_lost', reason }] : [],
  }
}

/** A file of the folder that a text names, as a file of its article. */
export type Attachment = {
  /** The id of the file: it follows from the article, from what the text writes, and from the content. */
  readonly id: string
  readonly path: string
  /** What the text writes for it, such as `img/a.png`. */
  readonly target: string
  readonly name: string
  /** In bytes. */
  readonly bytes: number
  /** The SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string
}

/** A value of a front matter by the first of several keys that has one; `extra.order` is the key `order` below `extra`. */
export function valueOf({ values }: Pick<ArticleFile, 'values'>, ...keys: readonly string[]): unknown {
  for (const key of keys) {
    let value: unknown = values
    for (const name of key.split('.')) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** A value of a front matter as a text on one line; undefined for none. */
export function lineOf(file: Pick<ArticleFile, 'values'>, ...keys: readonly string[]): string | undefined {
  const value = valueOf(file, ...keys)
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  return String(value).replaceAll(/\s+/g, ' ').trim() || undefined
}

/** The place among others that a front matter gives a file; those without one come last. */
export function orderOf(file: Pick<ArticleFile, 'values'>): number {
  const order = Number(valueOf(file, 'order', 'weight', 'extra.order', 'nav_order', 'sidebar_position') ?? Number.NaN)
  return Number.isFinite(order) ? order : Number.MAX_SAFE_INTEGER
}

/** A list of a front matter, without what cannot be taken of it. */
function listOf(
  file: ArticleFile,
  code: FileFault['code'],
  { max, length }: { readonly max: number; readonly length: number },
  ...keys: readonly string[]
): { readonly list: readonly string[]; readonly faults: readonly FileFault[] } {
  const value = valueOf(file, ...keys)
  if (value === undefined) return { list: [], faults: [] }
  const entries: readonly unknown[] = Array.isArray(value) ? value : String(value).split(',')
  const lines = entries.flatMap((entry) =>
    typeof entry === 'string' || typeof entry === 'number' ? [String(entry).replaceAll(/\s+/g, ' ').trim()] : [],
  )
  const list = [...new Set(lines)].filter((entry) => entry !== '' && cutTo(entry, length) === entry).slice(0, max)
  const reason = `${entries.length - list.length} of ${entries.length} are left out: repeated, empty, too long or too many`
  return { list, faults: list.length < entries.length ? [{ path: file.path, code, reason }] : [] }
}

/** The tags of an article. */
export const tagsOf = (file: ArticleFile) =>
  listOf(file, 'tags_unusable', { max: limits.tags, length: limits.tag }, 'tags', 'taxonomies.tags')

/** The first heading of a text, without what marks it; undefined without one. */
function headingOf(body: string): string | undefined {
  for (const line of body.split('\n', 200)) {
    const [, heading] = /^#{1,6}\s(.*)$/.exec(line) ?? []
    const title = heading
      ?.replace(/\{#[^}]{0,200}\}/, '')
      .replaceAll('#', '')
      .trim()
    if (title !== undefined && title !== '') return title
  }
  return undefined
}

/** The words of a name of a file or a folder: `getting-started` is “Getting started”. */
export function wordsOf(name: string): string {
  const words = name.replaceAll(/[-_\s]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1) || 'Untitled'
}

/** The text of the article that a file has, and what is wrong with it. */
export function textOf(
  file: ArticleFile,
): { readonly text: FileText; readonly faults: readonly FileFault[] } | SkippedFile {
  const { path, stem, folder, parts } = file
  const { body } = parts
  if (body === '') return { path, code: 'text_empty', reason: 'has no text' }
  if (cutTo(body, articleLimits.body) !== body)
    return { path, code: 'text_too_long', reason: `has more than ${articleLimits.body} characters` }
  const faults: FileFault[] = []
  const note = (code: FileFault['code'], reason: string): void => void faults.push({ path, code, reason })
  const folderName = folder.slice(folder.lastIndexOf('/') + 1)
  const name = stem === 'index' && folderName !== '' ? folderName : stem
  const cut = (text: string, max: number, code: FileFault['code']): string => {
    const shortened = cutTo(text, max).trim()
    if (shortened !== text) note(code, `has more than ${max} characters; the export has all of it`)
    return shortened
  }

  const title = lineOf(file, 'title')
  const instead = headingOf(body) ?? wordsOf(name)
  if (title === undefined) note('title_missing', `“${instead}” stands in its place`)
  const description = lineOf(file, 'description', 'summary', 'excerpt')
  if (description === undefined) note('description_missing', 'has no description')
  if (valueOf(file, 'updated', 'lastmod', 'last_updated', 'date') === undefined) note('date_missing', 'has no date')
  const slug = lineOf(file, 'slug')?.normalize('NFC').toLowerCase()
  const isSlug = (text: string | undefined): boolean => text !== undefined && slugSchema.safeParse(text).success
  if (slug !== undefined && !isSlug(slug)) note('slug_unusable', `“${slug}” cannot end an address`)
  const words = listOf(
    file,
    'keywords_unusable',
    { max: articleLimits.keywords, length: articleLimits.keyword },
    'keywords',
  )
  const shortTitle = cut(title ?? instead, articleLimits.title, 'title_cut')
  const named = name === 'index' ? undefined : name.toLowerCase()
  return {
    text: {
      title: shortTitle,
      excerpt: cut(description ?? '', articleLimits.excerpt, 'description_cut'),
      body,
      slug: [slug, named].find(isSlug) ?? slugOf(shortTitle),
      keywords: words.list,
    },
    faults: [...faults, ...words.faults],
  }
}

/** What a front matter says of a revision beside its text. */
type FileNotes = {
  /** Whether it is not to be published. */
  readonly isDraft: boolean
  readonly change: RevisionChange | undefined
}

/** What a front matter says of a revision beside its text. */
export const notesOf = (file: ArticleFile): FileNotes => ({
  isDraft: valueOf(file, 'draft') === true,
  change: revisionChanges.find((change) => change === valueOf(file, 'change')),
})

/** Whether a file says that its article is for the desk alone, whoever reads the others. */
export const isInternal = (file: ArticleFile): boolean => valueOf(file, 'audience') === 'internal'

/** Whether a file says that its language is the one that translations follow. */
export const isFirstLanguage = (file: Pick<ArticleFile, 'values' | 'language'>): boolean =>
  lineOf(file, 'first_language')?.toLowerCase() === file.language.toLowerCase()

/** Whether a file does not come in. */
export const isSkipped = (read: object): read is SkippedFile => 'code' in read
