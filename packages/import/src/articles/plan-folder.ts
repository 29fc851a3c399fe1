import { posix } from 'node:path'
import { articleLimits, compareTexts, cutTo, limits, slugOf, slugSchema, textSourceLimits } from '@guichet/domain'
import type { TextSource } from '@guichet/domain'
import type { ArticleFile, Attachment, FileFault, FileText, SkippedFile } from './article-file.ts'
import {
  fileNameOf,
  folderStem,
  isFirstLanguage,
  isSkipped,
  lineOf,
  orderOf,
  readArticleFile,
  textOf,
  valueOf,
  withIndentation,
  wordsOf,
} from './article-file.ts'
import type { Folder } from './folder.ts'
import { markdown } from './folder.ts'
import { isRecord } from './front-matter.ts'
import { linkFaults, linkTargets } from './links.ts'

/** A file with the text of the article in its language, and the files that it names. */
export type PlannedText = {
  readonly file: ArticleFile
  readonly text: FileText
  readonly attachments?: readonly Attachment[]
}

/** An article: its files, of which the first has the language that the others follow. */
export type ArticlePlan = {
  readonly key: string
  /** What the id of the article follows from: its key, or what another system calls it. */
  readonly identity: string
  /** The file in the first language, where that does not come in: the others are translations of nothing then. */
  readonly withoutFirst: string | undefined
  /** The folder that is its category; undefined for none. */
  readonly folder: string | undefined
  readonly texts: readonly [PlannedText, ...PlannedText[]]
}

/** The name of a category in a language. `source` is the file that says it; others follow from the articles in it. */
export type CategoryName = {
  readonly language: string
  readonly name: string
  readonly description: string
  readonly slug: string
  readonly source?: TextSource
}

/** A category: a folder with articles. */
export type CategoryPlan = {
  readonly folder: string
  /** What the id of the category follows from: its folder, or what another system calls it. */
  readonly identity: string
  /** The folder that it lies in; undefined for one at the top. */
  readonly parent: string | undefined
  readonly order: number
  readonly names: readonly CategoryName[]
}

/** What a folder brings in: parents before what lies in them, articles in their order. */
type FolderPlan = {
  readonly categories: readonly CategoryPlan[]
  readonly articles: readonly ArticlePlan[]
  readonly skipped: readonly SkippedFile[]
  readonly faults: readonly FileFault[]
  readonly languages: readonly string[]
}

/**
 * What a folder brings in. A file is an article in a language, or names its folder; a folder with articles is a category.
 * @param first the language of files without one in their name, which translations follow.
 */
export function planFolder(folder: Folder & { readonly faults?: readonly FileFault[] }, first: string): FolderPlan {
  const { files, identities = new Map<string, string>() } = folder
  const [skipped, faults]: [SkippedFile[], FileFault[]] = [[], [...(folder.faults ?? [])]]
  const skippedFirsts = new Map<string, string>()
  const skipFile = (file: SkippedFile): void => {
    skipped.push(file)
    const { key, language } = fileNameOf(file.path, first)
    if (language === first && markdown.test(file.path)) skippedFirsts.set(key, file.path)
  }
  const byKey = new Map<string, Map<string, ArticleFile>>()
  const otherPaths = new Set<string>()
  for (const each of files) {
    if ('bytes' in each) {
      otherPaths.add(each.path)
      continue
    }
    if (!('text' in each)) {
      skipFile(each)
      continue
    }
    const read = readArticleFile(each, first)
    if (isSkipped(read)) {
      skipFile(read)
      continue
    }
    const { file } = read
    const languages = byKey.get(file.key) ?? new Map<string, ArticleFile>()
    byKey.set(file.key, languages)
    const other = languages.get(file.language)
    if (other) {
      skipped.push({
        path: file.path,
        code: 'language_repeated',
        reason: `${other.path} is the same in ${file.language}`,
      })
      continue
    }
    languages.set(file.language, file)
    faults.push(...read.faults)
  }
  const groups = [...byKey.values()].map((languages) => firstLanguageFirst([...languages.values()], first))
  for (const group of groups) {
    const [reference] = group
    for (const [index, file] of group.entries()) {
      if (!reference || index === 0) continue
      const restored = withIndentation(file, reference)
      group[index] = restored.file
      faults.push(...restored.faults)
    }
  }
  const all = groups.flat()
  const targets = linkTargets(all, [...skipped.map(({ path }) => path), ...otherPaths])
  const folders = categoryFolders(all)
  const articles: ArticlePlan[] = []
  for (const group of groups.filter(([file]) => file?.stem !== folderStem)) {
    const texts: PlannedText[] = []
    let withoutFirst = skippedFirsts.get(group[0]?.key ?? '')
    for (const [index, file] of group.entries()) {
      const read = textOf(file)
      if (isSkipped(read)) {
        skipped.push(read)
        if (index === 0 && (file.language === first || isFirstLanguage(file))) withoutFirst = file.path
      } else {
        texts.push({ file, text: read.text })
        faults.push(...read.faults, ...linkFaults(file, targets, otherPaths))
      }
    }
    const [head, ...others] = texts
    if (!head) continue
    const { key } = head.file
    if (head.file.language !== first && withoutFirst === undefined && !isFirstLanguage(head.file))
      faults.push({
        path: head.file.path,
        code: 'first_language_missing',
        reason: `there is no text in ${first}: translations follow the one in ${head.file.language}`,
      })
    articles.push({
      key,
      identity: identities.get(key) ?? key,
      withoutFirst,
      folder: categoryOf(head.file, folders),
      texts: [head, ...others],
    })
  }
  const place = ({ texts: [{ file }] }: ArticlePlan): number => orderOf(file)
  articles.sort((one, other) => place(one) - place(other) || compareTexts(one.key, other.key))
  const names = namesOfFolders(groups, skipped, faults)
  return {
    categories: categoriesOf(folders, names, articles, all, identities),
    articles,
    skipped,
    faults: faults.sort((one, other) => compareTexts(one.path, other.path)),
    languages: [...new Set(all.map(({ language }) => language))].sort(compareTexts),
  }
}

const firstLanguageFirst = (files: readonly ArticleFile[], first: string): ArticleFile[] => {
  const rank = (file: ArticleFile): number => (isFirstLanguage(file) ? 0 : file.language === first ? 1 : 2)
  return [...files].sort((one, other) => rank(one) - rank(other) || compareTexts(one.language, other.language))
}

/** The folders that are categories: those with articles, but for a folder that holds the languages of one article alone. */
function categoryFolders(files: readonly ArticleFile[]): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const { folder, stem } of files) {
    if (folder === '' && stem === folderStem) folders.add('')
    for (let at = stem === 'index' ? parentOf(folder) : folder; at !== '' && !folders.has(at); at = parentOf(at))
      folders.add(at)
  }
  return folders
}

const parentOf = (folder: string): string => (folder.includes('/') ? posix.dirname(folder) : '')

function categoryOf({ folder, stem }: ArticleFile, folders: ReadonlySet<string>): string | undefined {
  const lies = stem === 'index' && !folders.has(folder) ? parentOf(folder) : folder
  return folders.has(lies) ? lies : undefined
}

/** What the files of folders say of their names, by the folders. */
function namesOfFolders(
  groups: readonly (readonly ArticleFile[])[],
  skipped: SkippedFile[],
  faults: FileFault[],
): ReadonlyMap<string, readonly CategoryName[]> {
  const names = new Map<string, CategoryName[]>()
  for (const file of groups.flat().filter(({ stem }) => stem === folderStem)) {
    const { path, folder, language, parts, source } = file
    const tail = `${parts.body}${parts.tail}`
    if (tail.length > textSourceLimits.tail) {
      skipped.push({ path, code: 'text_too_long', reason: `has more than ${textSourceLimits.tail} characters` })
      continue
    }
    const title = lineOf(file, 'title')
    if (title === undefined)
      faults.push({ path, code: 'title_missing', reason: 'the folder’s name stands in its place' })
    const name = cutTo(title ?? wordsOf(posix.basename(folder)), limits.name).trim()
    if (title !== undefined && name !== title)
      faults.push({
        path,
        code: 'title_cut',
        reason: `has more than ${limits.name} characters; the export has all of it`,
      })
    const description = lineOf(file, 'description') ?? ''
    const short = cutTo(description, articleLimits.excerpt).trim()
    if (short !== description)
      faults.push({
        path,
        code: 'description_cut',
        reason: `has more than ${articleLimits.excerpt} characters; the export has all of it`,
      })
    const named = { language, name, description: short, slug: slugOfFolder(folder, name, lineOf(file, 'slug')) }
    names.set(folder, [...(names.get(folder) ?? []), { ...named, source: { ...source, tail } }])
  }
  return names
}

function slugOfFolder(folder: string, name: string, slug?: string): string {
  const candidates = [slug?.toLowerCase(), posix.basename(folder).toLowerCase()]
  return candidates.find((each) => slugSchema.safeParse(each).success && each !== '') ?? slugOf(name)
}

function categoriesOf(
  folders: ReadonlySet<string>,
  names: ReadonlyMap<string, readonly CategoryName[]>,
  articles: readonly ArticlePlan[],
  files: readonly ArticleFile[],
  identities: ReadonlyMap<string, string>,
): readonly CategoryPlan[] {
  const order = new Map(files.filter(({ stem }) => stem === folderStem).map((file) => [file.folder, orderOf(file)]))
  const placeOf = (folder: string): number => order.get(folder) ?? Number.MAX_SAFE_INTEGER
  const sorted = [...folders].sort((one, other) => placeOf(one) - placeOf(other) || compareTexts(one, other))
  const depth = (folder: string): number => (folder === '' ? 0 : folder.split('/').length)
  const counts = new Map<string | undefined, number>()
  return sorted
    .map((folder) => {
      const above = folder === '' ? undefined : parentOf(folder)
      const parent = above !== undefined && folders.has(above) ? above : undefined
      const place = (counts.get(parent) ?? 0) + 1
      counts.set(parent, place)
      const said = names.get(folder) ?? []
      const inferred = namesByArticles(folder, articles).filter(
        ({ language }) => !said.some((each) => each.language === language),
      )
      const plain = wordsOf(posix.basename(folder))
      const fallback = {
        language: files[0]?.language ?? 'en',
        name: plain,
        description: '',
        slug: slugOfFolder(folder, plain),
      }
      const all = [...said, ...inferred].sort((one, other) => compareTexts(one.language, other.language))
      return {
        folder,
        identity: identities.get(folder) ?? folder,
        parent,
        order: place * 10,
        names: all.length > 0 ? all : [fallback],
      }
    })
    .sort((one, other) => depth(one.folder) - depth(other.folder))
}

/** The names that articles give the category that they lie in, by languages: in each the most frequent one. */
function namesByArticles(folder: string, articles: readonly ArticlePlan[]): readonly CategoryName[] {
  const counts = new Map<string, Map<string, number>>()
  for (const { texts } of articles.filter((each) => each.folder === folder)) {
    for (const { file } of texts) {
      const name = categoryNamed(file)
      if (name === undefined) continue
      const ofLanguage = counts.get(file.language) ?? new Map<string, number>()
      counts.set(file.language, ofLanguage.set(name, (ofLanguage.get(name) ?? 0) + 1))
    }
  }
  return [...counts].map(([language, ofLanguage]) => {
    const [[name] = ['']] = [...ofLanguage].sort(
      ([one, many], [other, more]) => more - many || compareTexts(one, other),
    )
    return { language, name, description: '', slug: slugOfFolder(folder, name) }
  })
}

/** The category that a front matter names. */
function categoryNamed(file: ArticleFile): string | undefined {
  const taxonomies = valueOf(file, 'taxonomies')
  const taxonomy = isRecord(taxonomies) ? Object.entries(taxonomies).find(([name]) => name !== 'tags')?.[1] : undefined
  const value = valueOf(file, 'category', 'categories') ?? taxonomy
  const name: unknown = Array.isArray(value) ? value[0] : value
  if (typeof name !== 'string') return undefined
  return cutTo(name.replaceAll(/\s+/g, ' ').trim(), limits.name).trim() || undefined
}
