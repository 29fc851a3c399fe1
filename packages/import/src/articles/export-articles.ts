import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { ArticleEvent, ArticleTree, Desk, TextSource } from '@guichet/domain'
import { categoryIn, articleTreeId, compareTexts, readHistory, slugOf } from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import type { Files } from '@guichet/files'
import type { ReadModels } from '@guichet/projections'
import { ImportFault } from '../fault.ts'
import { fileNameOf, isFirstLanguage } from './article-file.ts'
import { isRenamed, readCategoryNames } from './category-names.ts'
import type { NameHistory } from './category-names.ts'
import { exportFiles } from './export-files.ts'
import { withTargets } from './file-targets.ts'
import { readFrontMatter, writeFrontMatter } from './front-matter.ts'

/** What an export has written: `files` = `unchanged` + `changed` + `written`. */
export type ArticlesExport = {
  readonly files: number
  /** The files that are, byte for byte, what came in. */
  readonly unchanged: number
  /** The files whose text has changed since they came in. */
  readonly changed: number
  /** The files of texts that never were in one. */
  readonly written: number
  /** The files whose front matter is broken, so that a new title or description is not in it. */
  readonly frontMatterKept: readonly string[]
  /** The files that have another name than they came in with: it was taken, or stands for another language. */
  readonly renamed: readonly string[]
  /** How many pictures and other files that texts name are beside them. */
  readonly attachments: number
  /** The files that texts name and that are not there, each with the path of its text: deleted, withheld or lost ones. */
  readonly missing: readonly string[]
  /** The language of files without one in their names: the first language of most articles. */
  readonly language: string
}

type ExportRequest = {
  readonly folder: string
  readonly desk: Desk
  readonly articles: Pick<ReadModels['articles'], 'listById'>
  readonly files: Files
  /** Aborts the export between two articles; its reason is thrown. */
  readonly signal?: AbortSignal
}

type RevisionEvent = Extract<ArticleEvent, { readonly type: 'ArticleRevised' }>

/** A text as it is written to a file. */
type TextFile = {
  readonly source: TextSource | undefined
  /** Where a text without a file is written. */
  readonly path: string
  readonly body: string
  /** What the text wrote for files when it came in, by the ids of the files; undefined where it names none. */
  readonly targets?: Readonly<Record<string, string>>
  /** What the front matter says, by the keys that have changed since the file came in; all of them without a file. */
  readonly values: Readonly<Record<string, unknown>>
  readonly isSame: boolean
  readonly id: string
  readonly language: string
}

/** How many names of a file are tried. */
const maxNames = 1_000

/** How many articles are read at once. */
const page = 200

/**
 * Writes the last revision of each text of each article that was not deleted, and the names of categories that came from
 * files, into a new folder. A text that has not changed since its file was imported is that file, byte for byte. The
 * folder has its name when it is complete.
 * @throws Fault `export_unwritable`.
 */
export async function exportArticles({
  folder,
  desk,
  articles,
  files,
  signal,
}: ExportRequest): Promise<ArticlesExport> {
  const part = `${folder}.${process.pid}.part`
  const { ids, language: first } = await listArticles(articles)
  const counts = { unchanged: 0, changed: 0, written: 0 }
  const [frontMatterKept, renamed]: [string[], string[]] = [[], []]
  const fileExport = exportFiles(part, { desk, files, ...(signal && { signal }) })
  try {
    await mkdir(part, { mode: 0o700 })
    for await (const text of textsOf(desk, ids, first)) {
      signal?.throwIfAborted()
      const former = text.source?.path ?? text.path
      const name = pathIn(text.language, former, first)
      const { path, isKept, isSame } = await writeBeside(part, name, text.id, async (candidate) => {
        const { source, targets, id: articleId } = text
        if (!targets) return { ...contentOf(text), isSame: text.isSame }
        const body = await fileExport.bodyAt(candidate, {
          articleId,
          body: text.body,
          sourcePath: source?.path,
          targets,
        })
        const isSameText = text.isSame && body === withTargets(text.body, targets)
        return { ...contentOf({ ...text, body, isSame: isSameText }), isSame: isSameText }
      })
      if (path !== former) renamed.push(path)
      if (isKept) frontMatterKept.push(path)
      counts[text.source ? (isSame ? 'unchanged' : 'changed') : 'written']++
    }
    await rmdir(folder).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    })
    await rename(part, folder)
  } catch (cause) {
    await rm(part, { recursive: true, force: true })
    if (cause instanceof Error && 'syscall' in cause)
      throw new ImportFault('export_unwritable', `${folder} cannot be written: ${cause.message}`, {
        cause,
        next: 'name a folder that is empty, or not there yet',
      })
    throw cause
  }
  const { written: attachments, missing } = fileExport
  const texts = counts.unchanged + counts.changed + counts.written
  return { files: texts, ...counts, frontMatterKept, renamed, attachments, missing, language: first }
}

/** The ids of all articles, and the first language of most of them. */
async function listArticles(
  articles: ExportRequest['articles'],
): Promise<{ readonly ids: readonly string[]; readonly language: string }> {
  const ids: string[] = []
  const counts = new Map<string, number>()
  for (;;) {
    const rows = await articles.listById(ids.at(-1), page)
    for (const { id, language } of rows) {
      ids.push(id)
      counts.set(language, (counts.get(language) ?? 0) + 1)
    }
    if (rows.length < page) break
  }
  const languages = [...counts].sort(([one, many], [other, more]) => more - many || compareTexts(one, other))
  return { ids: ids.sort(compareTexts), language: languages[0]?.[0] ?? 'en' }
}

/** The path of a file, with its language in its name where it would be read as another one without. */
function pathIn(language: string, path: string, first: string): string {
  const { key, language: named } = fileNameOf(path, first)
  return named === language ? path : `${key}.${language}${/\.[A-Za-z]+$/.exec(path)?.[0] ?? '.md'}`
}

/**
 * Writes a file under its path, or under another one where something is there already: on a file system that ignores
 * case, too. Returns the path, with what `contentAt` has made for it.
 */
async function writeBeside<C extends { readonly content: string }>(
  folder: string,
  path: string,
  id: string,
  contentAt: (path: string) => Promise<C>,
): Promise<C & { readonly path: string }> {
  const ending = /\.[A-Za-z]+$/.exec(path)?.[0] ?? ''
  const stem = path.slice(0, path.length - ending.length)
  for (let number = 1; ; number++) {
    const beside = number === 2 ? `${stem}-${slugOf(id)}` : `${stem.replaceAll('/', '-')}-${slugOf(id)}-${number}`
    const candidate = number === 1 ? path : `${beside}${ending}`
    try {
      await mkdir(dirname(join(folder, candidate)), { recursive: true, mode: 0o700 })
      const made = await contentAt(candidate)
      await writeFile(join(folder, candidate), made.content, { flag: 'wx', mode: 0o600 })
      return { ...made, path: candidate }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (number >= maxNames || (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'EISDIR')) throw error
    }
  }
}

function contentOf({ source, body, values, isSame }: TextFile): { readonly content: string; readonly isKept: boolean } {
  if (!source) return { content: `${writeFrontMatter('', values) ?? ''}${body}\n`, isKept: false }
  const { head, tail } = source
  if (isSame) return { content: `${head}${body}${tail}`, isKept: false }
  const isKept = Object.keys(values).length > 0
  const written = isKept ? writeFrontMatter(head, values) : head
  const text = head.includes('\r\n') ? body.replaceAll(/\r?\n/g, '\r\n') : body
  return { content: `${written ?? head}${text}${tail}`, isKept: written === undefined }
}

async function* textsOf(desk: Desk, ids: readonly string[], first: string): AsyncGenerator<TextFile> {
  const names = await readCategoryNames(desk)
  const tree = (await retryWhileAway(() => desk.read('articleTree', articleTreeId))).state
  const folderOf = categoryFolders(names, tree)
  for (const [id, languages] of names) for (const [language, name] of languages) yield* writtenName(id, language, name)
  for (const id of ids) yield* writtenTexts(id, desk, folderOf, first)
}

function* writtenName(id: string, language: string, name: NameHistory): Generator<TextFile> {
  const { present, imported } = name
  if (!imported) return
  const values = changesOf(
    { title: imported.name, description: imported.description },
    { title: present.name, description: present.description },
  )
  const path = imported.source.path
  yield { source: imported.source, path, body: '', values, isSame: !isRenamed(name), id, language }
}

async function* writtenTexts(
  id: string,
  desk: Desk,
  folderOf: (categoryId: string | null) => string,
  firstLanguage: string,
): AsyncGenerator<TextFile> {
  const history = await retryWhileAway(() => readHistory(desk.store, 'article', id))
  const { state } = await retryWhileAway(() => desk.read('article', id))
  if (state.status === 'absent' || state.status === 'deleted') return
  const [latest, imported] = [new Map<string, RevisionEvent>(), new Map<string, RevisionEvent>()]
  const targets = new Map<string, Record<string, string>>()
  for (const { event } of history) {
    if (event.type !== 'ArticleRevised') continue
    latest.set(event.language, event)
    if (event.source) imported.set(event.language, event)
    if (event.source?.files) targets.set(event.language, { ...targets.get(event.language), ...event.source.files })
  }
  const first = imported.get(state.language)?.source?.path
  const slug = latest.get(state.language)?.slug ?? slugOf(id)
  const stem =
    first === undefined
      ? posix.join(folderOf(state.categoryId), nameOf(slug, id), 'index')
      : fileNameOf(first, state.language).key
  for (const [language, revision] of latest) {
    const before = imported.get(language)
    const path = language === firstLanguage ? `${stem}.md` : `${stem}.${language}.md`
    const isMarked = language === state.language && language !== firstLanguage && latest.size > 1
    const isUnmarked = isMarked && !saysFirstLanguage(before?.source?.head, language)
    const values = {
      ...changesOf(before && valuesOf(before), valuesOf(revision)),
      ...(isUnmarked && { first_language: language }),
    }
    const isSame = before === revision && !isUnmarked
    yield {
      source: before?.source,
      path,
      body: revision.body,
      targets: targets.get(language) ?? {},
      values,
      isSame,
      id,
      language,
    }
  }
}

/** Whether a front matter says that its language is the one that the others of the article follow. */
function saysFirstLanguage(head: string | undefined, language: string): boolean {
  const read = readFrontMatter(head ?? '')
  return 'values' in read && isFirstLanguage({ values: read.values, language })
}

/** How many bytes the name of a folder has: most file systems take 255. */
const maxNameBytes = 200

/** The end of an address as the name of a folder: one that is too long is cut, and told from others by the id. */
function nameOf(slug: string, id: string): string {
  if (Buffer.byteLength(slug) <= maxNameBytes) return slug
  let name = ''
  for (const character of slug) {
    if (Buffer.byteLength(name + character) > maxNameBytes - 40) break
    name += character
  }
  return `${name}-${slugOf(id).slice(-30)}`
}

const valuesOf = ({ title, excerpt, slug, keywords }: RevisionEvent): TextFile['values'] => ({
  title,
  description: excerpt,
  slug,
  ...(keywords.length > 0 && { keywords }),
})

/** The values that differ from those before. */
const changesOf = (before: TextFile['values'] | undefined, after: TextFile['values']): TextFile['values'] =>
  Object.fromEntries(
    Object.entries(after).filter(([key, value]) => JSON.stringify(before?.[key]) !== JSON.stringify(value)),
  )

/** The folders of categories: those of their files, or where there are none, of the ends of their addresses. */
function categoryFolders(
  names: ReadonlyMap<string, ReadonlyMap<string, NameHistory>>,
  tree: ArticleTree,
): (categoryId: string | null) => string {
  return function folderOf(categoryId): string {
    const category = categoryId === null ? undefined : categoryIn(tree, categoryId)
    if (categoryId === null || !category) return ''
    const [file] = [...(names.get(categoryId)?.values() ?? [])].flatMap(({ imported }) => imported?.source.path ?? [])
    if (file !== undefined) return file.includes('/') ? posix.dirname(file) : ''
    const slug = Object.values(category.texts)[0]?.slug ?? slugOf(categoryId)
    return posix.join(folderOf(category.parentId), nameOf(slug, categoryId))
  }
}
