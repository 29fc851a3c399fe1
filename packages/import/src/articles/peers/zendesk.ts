import { pipeline, Readable } from 'node:stream'
import split from 'split2'
import { z } from 'zod'
import { ImportFault } from '../../fault.ts'
import { isGzip, textBytes } from '../../histories/log/bytes.ts'
import { folderLimits } from '../folder.ts'
import { markdownOf } from './html.ts'
import { fileNameFor, PeerFolder, tagOf } from './peer-file.ts'
import type { PeerContent } from './peer-file.ts'

/** The largest document, and the longest line of a file with one page of the API in each, in bytes. */
const maxPageBytes = 32 * 1_024 * 1_024

const id = z.union([z.number().int().nonnegative().transform(String), z.string().regex(/^[\w-]{1,40}$/)])
const text = z.string().max(folderLimits.fileBytes)
const locale = z.string().max(40)
const position = z.number().optional().catch(undefined)
const nullish = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)

const categorySchema = z.object({
  id,
  name: nullish(text),
  description: nullish(text),
  locale: nullish(locale),
  source_locale: nullish(locale),
  position,
  outdated: nullish(z.boolean()),
})
const sectionSchema = categorySchema.extend({ category_id: nullish(id), parent_section_id: nullish(id) })
const articleSchema = z.object({
  id,
  title: nullish(text),
  name: nullish(text),
  body: nullish(text),
  locale,
  source_locale: nullish(locale),
  section_id: nullish(id),
  draft: nullish(z.boolean()),
  label_names: nullish(z.array(z.string().max(1_000)).max(1_000)),
  position,
  updated_at: nullish(z.string().max(40)),
  edited_at: nullish(z.string().max(40)),
  outdated: nullish(z.boolean()),
  user_segment_id: nullish(id),
  user_segment_ids: nullish(z.array(id).max(1_000)),
})
const translationSchema = z.object({
  source_id: id,
  source_type: z.string().max(40),
  locale,
  title: nullish(text),
  body: nullish(text),
  draft: nullish(z.boolean()),
  hidden: nullish(z.boolean()),
  outdated: nullish(z.boolean()),
  updated_at: nullish(z.string().max(40)),
})
const attachmentSchema = z.object({
  article_id: nullish(id),
  file_name: nullish(z.string().max(1_000)),
  content_url: nullish(z.string().max(2_000)),
  inline: nullish(z.boolean()),
})

type Category = z.output<typeof sectionSchema>
type Article = z.output<typeof articleSchema>
type Translation = z.output<typeof translationSchema>
type Attachment = z.output<typeof attachmentSchema>

/** What the pages of a help centre have, by the ids. */
type Records = {
  readonly categories: Map<string, Category>
  readonly sections: Map<string, Category>
  readonly articles: Map<string, Article>
  readonly translations: Translation[]
  readonly attachments: Attachment[]
}

/**
 * Reads a help centre of Zendesk: what its API exports as `categories`, `sections`, `articles`, `translations` and
 * `article_attachments`, as one JSON document, or with one page of the API in each line.
 * @throws Fault `file_unreadable`, `file_damaged`, `file_empty`, `row_too_long`, `folder_too_large`.
 */
export async function readZendesk(file: string, signal?: AbortSignal): Promise<PeerContent> {
  const folder = new PeerFolder(file)
  const records: Records = {
    categories: new Map(),
    sections: new Map(),
    articles: new Map(),
    translations: [],
    attachments: [],
  }
  let pages = 0
  for await (const page of pagesOf(file)) {
    signal?.throwIfAborted()
    collect(page, ++pages, records, folder)
  }
  if (pages === 0) throw new ImportFault('file_empty', `${file} has nothing in it`)
  const translationsOf = (type: string): ((sourceId: string) => readonly Translation[]) => {
    const lists = new Map<string, Translation[]>()
    for (const each of records.translations) {
      if (each.source_type !== type) continue
      const list = lists.get(each.source_id) ?? []
      lists.set(each.source_id, list)
      list.push(each)
    }
    return (sourceId) => lists.get(sourceId) ?? []
  }
  const kinds = [
    ['Category', records.categories],
    ['Section', records.sections],
  ] as const
  for (const [type, ofType] of kinds) {
    const translations = translationsOf(type)
    for (const [recordId, each] of ofType) {
      const place = type === 'Category' ? fileNameFor(each.name ?? '', recordId) : placeOf(recordId, records)
      folder.identify(place, `zendesk:${type}:${recordId}`)
      writeNames(each, place, translations(recordId), folder)
    }
  }
  const ofArticles = translationsOf('Article')
  const paths = new Map<string, string>()
  for (const [articleId, article] of records.articles) {
    signal?.throwIfAborted()
    const place = placeOf(article.section_id, records)
    const name = fileNameFor(article.title ?? article.name ?? '', articleId)
    const key = place === '' ? name : `${place}/${name}`
    folder.identify(key, `zendesk:Article:${articleId}`)
    writeArticle(article, key, ofArticles(articleId), folder)
    paths.set(articleId, `${key}.${tagOf(article.locale) ?? article.locale}.md`)
  }
  noteRest(records, paths, folder)
  return folder.folder()
}

/** The pages of a file: one document, or one in each line where it is larger or holds several. */
async function* pagesOf(file: string): AsyncGenerator<unknown> {
  const bytes = textBytes(file, { gzip: await isGzip(file), advice: { encoding: () => 'export it in UTF-8' } })
  const source = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const chunks: Buffer[] = []
  let length = 0
  let next = await source.next()
  for (; !next.done && length <= maxPageBytes; next = await source.next()) {
    chunks.push(next.value)
    length += next.value.length
  }
  const document = next.done ? parsed(Buffer.concat(chunks).toString()) : undefined
  if (document !== undefined) {
    yield* Array.isArray(document) ? document : [document]
    return
  }
  const rest = { [Symbol.asyncIterator]: () => source }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* chunks
    if (!next.done) yield next.value
    yield* rest
  }
  const input = Readable.from(whole(), { objectMode: false })
  const lines: AsyncIterable<string> = pipeline(input, split({ maxLength: maxPageBytes }), () => undefined)
  let number = 0
  try {
    for await (const line of lines) {
      number++
      if (line.trim() === '') continue
      const page = parsed(line)
      if (page === undefined)
        throw new ImportFault('file_damaged', `${file} is no JSON, nor is its line ${number}`, {
          next: 'give the JSON that the API exports: one document, or one page in each line',
        })
      yield page
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !/maximum buffer/i.test(cause.message)) throw cause
    throw new ImportFault('row_too_long', `line ${number + 1} of ${file} has more than ${maxPageBytes} bytes`, {
      cause,
      next: 'write one page of the API in each line',
    })
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the records of a page; what is none, or is too large, does not come in. */
function collect(page: unknown, number: number, records: Records, folder: PeerFolder): void {
  if (!isObject(page)) return folder.skip(`page ${number}`, 'record_unreadable', 'is no JSON object')
  const read = <T>(name: string, schema: z.ZodType<T>, list: unknown, keep: (record: T) => void): void => {
    if (list === undefined || list === null) return
    const entries: readonly unknown[] = Array.isArray(list) ? list : [list]
    for (const [index, entry] of entries.entries()) {
      const record = schema.safeParse(entry)
      if (record.success) {
        folder.count(sizeOf(entry))
        keep(record.data)
      } else {
        const [issue] = record.error.issues
        const { id: recordId } = isObject(entry) ? entry : {}
        const named =
          typeof recordId === 'number' || typeof recordId === 'string'
            ? String(recordId)
            : `${index + 1} of page ${number}`
        folder.skip(`${name} ${named}`, 'record_unreadable', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
      }
    }
  }
  const keepTranslations = (type: string, entry: unknown): void => {
    if (!isObject(entry) || !Array.isArray(entry['translations'])) return
    const translations: readonly unknown[] = entry['translations']
    const withSource = translations.map((each) =>
      isObject(each) ? { source_id: entry['id'], source_type: type, ...each } : each,
    )
    read('translation', translationSchema, withSource, (each) => void records.translations.push(each))
  }
  const lists = [
    ['categories', 'category', 'Category', categorySchema, records.categories],
    ['sections', 'section', 'Section', sectionSchema, records.sections],
  ] as const
  for (const [key, one, type, schema, ofType] of lists) {
    for (const list of [page[key], page[one]]) {
      read<Category>(one, schema as z.ZodType<Category>, list, (each) => {
        const { main, other } = byLanguage(ofType.get(each.id), each)
        ofType.set(each.id, main)
        if (other?.locale !== undefined)
          records.translations.push({ ...nameIn(other, other.locale), source_type: type })
      })
      for (const entry of Array.isArray(list) ? (list as readonly unknown[]) : [list]) keepTranslations(type, entry)
    }
  }
  for (const list of [page['articles'], page['article']]) {
    read('article', articleSchema, list, (each) => {
      const { main, other } = byLanguage(records.articles.get(each.id), each)
      const segments = [main, ...(other ? [other] : [])].flatMap(({ user_segment_id: one, user_segment_ids: some }) => [
        ...(one === undefined ? [] : [one]),
        ...(some ?? []),
      ])
      records.articles.set(each.id, { ...main, user_segment_ids: segments })
      if (other) records.translations.push(textIn(other))
    })
    for (const entry of Array.isArray(list) ? (list as readonly unknown[]) : [list]) keepTranslations('Article', entry)
  }
  read('translation', translationSchema, page['translations'], (each) => void records.translations.push(each))
  read('attachment', attachmentSchema, page['article_attachments'], (each) => void records.attachments.push(each))
}

/** A record that a list of each language has: the one in its source language stands for it, and the other is a translation. */
function byLanguage<R extends { readonly locale?: string | undefined; readonly source_locale?: string | undefined }>(
  before: R | undefined,
  record: R,
): { readonly main: R; readonly other?: R } {
  if (!before || before.locale === record.locale) return { main: record }
  const source = record.source_locale ?? before.source_locale ?? before.locale
  return record.locale === source ? { main: record, other: before } : { main: before, other: record }
}

const nameIn = ({ id: recordId, name, description, outdated }: Category, language: string) => ({
  source_id: recordId,
  locale: language,
  title: name,
  body: description,
  draft: undefined,
  hidden: undefined,
  outdated,
  updated_at: undefined,
})

const textIn = ({
  id: recordId,
  locale: language,
  title,
  name,
  body,
  draft,
  outdated,
  ...article
}: Article): Translation => ({
  source_id: recordId,
  source_type: 'Article',
  locale: language,
  title: title ?? name,
  body,
  draft,
  hidden: undefined,
  outdated,
  updated_at: article.edited_at ?? article.updated_at,
})

const sizeOf = (entry: unknown): number => {
  const { body } = isObject(entry) ? entry : {}
  return 500 + (typeof body === 'string' ? body.length : 0)
}

/** The folder of a section, in those of the sections and the category that it lies in. */
function placeOf(sectionId: string | undefined, { sections, categories }: Records): string {
  const names: string[] = []
  const seen = new Set<string>()
  let category: string | undefined
  for (let at = sectionId; at !== undefined && !seen.has(at) && seen.size < maxSections;) {
    seen.add(at)
    const section = sections.get(at)
    if (!section) break
    names.unshift(fileNameFor(section.name ?? '', at))
    category = section.category_id
    at = section.parent_section_id
  }
  const top = category === undefined ? undefined : categories.get(category)
  if (top) names.unshift(fileNameFor(top.name ?? '', top.id))
  return names.join('/')
}

/** How deep sections lie in one another at most: Zendesk has six levels. */
const maxSections = 8

/** Writes the names of a category or a section in its languages. */
function writeNames(record: Category, place: string, translations: readonly Translation[], folder: PeerFolder): void {
  const recordLocale = record.locale ?? record.source_locale ?? 'en'
  const names = new Map([[recordLocale, { title: record.name, description: record.description }]])
  for (const each of translations)
    if (each.locale !== recordLocale)
      names.set(each.locale, { title: each.title ?? record.name, description: each.body })
  for (const [locale, { title, description }] of names) {
    const tag = tagOf(locale)
    if (tag === undefined) folder.skip(`${place} (${locale})`, 'record_unreadable', `${locale} is no language`)
    else {
      const values = {
        title,
        description: description?.replaceAll(/<[^<>]{0,500}>/g, ' ').trim() || undefined,
        weight: record.position,
      }
      folder.write(`${place}/_index.${tag}.md`, values, { markdown: '', pictures: [], unread: [] })
    }
  }
}

/** Writes the texts of an article in its languages. */
function writeArticle(article: Article, key: string, translations: readonly Translation[], folder: PeerFolder): void {
  const source = article.source_locale ?? article.locale
  const texts = new Map<string, Pick<Translation, 'title' | 'body' | 'draft' | 'hidden' | 'outdated' | 'updated_at'>>()
  for (const { locale: tag, ...each } of translations) texts.set(tag, each)
  const updated = article.edited_at ?? article.updated_at
  const translation = texts.get(article.locale)
  texts.set(article.locale, {
    title: article.title ?? article.name,
    body: article.body,
    draft: article.draft || translation?.draft,
    hidden: translation?.hidden,
    outdated: article.outdated,
    updated_at: updated,
  })
  const isRestricted = article.user_segment_id !== undefined || (article.user_segment_ids ?? []).length > 0
  for (const [locale, each] of texts) {
    const tag = tagOf(locale)
    if (tag === undefined) {
      folder.skip(`${key} (${locale})`, 'record_unreadable', `${locale} is no language`)
      continue
    }
    const isFirst = locale === source
    const values = {
      title: each.title,
      updated: each.updated_at?.slice(0, 10),
      tags: isFirst && article.label_names?.length ? article.label_names : undefined,
      weight: isFirst ? article.position : undefined,
      draft: each.draft || each.hidden || undefined,
      audience: isRestricted ? 'internal' : undefined,
      first_language: isFirst ? tag : undefined,
      outdated_translation: (!isFirst && each.outdated) || undefined,
    }
    const path = `${key}.${tag}.md`
    try {
      folder.write(path, values, markdownOf(each.body ?? ''))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      folder.skip(path, 'record_unreadable', error.message)
    }
  }
}

/** Names what belongs to nothing in the file, and the attachments of articles, which do not come in. */
function noteRest(
  { categories, sections, articles, translations, attachments }: Records,
  paths: ReadonlyMap<string, string>,
  folder: PeerFolder,
): void {
  const kinds = new Map<string, ReadonlyMap<string, unknown>>([
    ['Category', categories],
    ['Section', sections],
    ['Article', articles],
  ])
  for (const { source_id, source_type, locale: tag } of translations)
    if (!kinds.get(source_type)?.has(source_id))
      folder.skip(`${source_type} ${source_id} (${tag})`, 'record_unreadable', 'what it translates is not in the file')
  for (const { article_id, file_name, content_url, inline } of attachments)
    if (inline !== true) {
      const path = article_id === undefined ? undefined : paths.get(article_id)
      folder.note(
        path ?? `attachment of article ${article_id ?? '?'}`,
        'attachment_not_imported',
        `${file_name ?? 'a file'} at ${content_url ?? 'no address'}`,
      )
    }
}
