import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { SaxesParser } from 'saxes'
import { articleLimits, cutTo, limits, slugOf } from '@guichet/domain'
import { ImportFault } from '../../fault.ts'
import { isGzip, textBytes } from '../../histories/log/bytes.ts'
import { folderLimits } from '../folder.ts'
import { fileNameFor, nameLength, PeerFolder, tagOf } from './peer-file.ts'
import type { PeerContent } from './peer-file.ts'
import type { Wiki } from './wikitext.ts'
import { markdownOfWikitext, titleOf } from './wikitext.ts'

/** The largest piece of a dump without a tag in it, in characters: MediaWiki takes pages of 2 MiB unless told otherwise. */
const maxPiece = 8 * 1_024 * 1_024

/** The namespaces whose pages are articles: the main one, that of the project, and that of help. */
const articleNamespaces: readonly string[] = ['0', '4', '12']

/** The numbers of the namespaces of files and of categories. */
const [fileNamespace, categoryNamespace] = ['6', '14']

/** A page of a dump: its last revision. */
type Page = {
  readonly id: string
  readonly title: string
  readonly namespace: string
  /** The title that it leads to; undefined for a page with a text of its own. */
  readonly redirect: string | undefined
  readonly timestamp: string
  readonly text: string
}

type Dump = {
  readonly pages: readonly Page[]
  readonly language: string | undefined
  readonly namespaces: ReadonlyMap<string, string>
}

/**
 * Reads a dump of a MediaWiki: the pages of its main, project and help namespaces are articles, the first category of
 * each is its category, and the titles of redirects are keywords of what they lead to.
 * @throws Fault `file_unreadable`, `file_damaged`, `file_empty`, `row_too_long`, `folder_too_large`.
 */
export async function readMediaWiki(file: string, signal?: AbortSignal): Promise<PeerContent> {
  const folder = new PeerFolder(file)
  const { pages, language = 'en', namespaces } = await dumpOf(file, folder, signal)
  const namesOf = (number: string, ...names: readonly string[]): ReadonlySet<string> =>
    new Set([...names, (namespaces.get(number) ?? '').toLowerCase()].filter((name) => name !== ''))
  const names = {
    categoryNames: namesOf(categoryNamespace, 'category'),
    fileNames: namesOf(fileNamespace, 'file', 'image', 'media'),
  }
  const bare: Wiki = { ...names, pathOf: () => undefined }
  const paths = new Map<string, string>()
  const articles: (Page & { readonly key: string })[] = []
  const redirects = pages.filter(({ redirect }) => redirect !== undefined)
  const targets = new Map(redirects.map(({ title, redirect = '' }) => [titleOf(title), titleOf(redirect)]))
  const targetOf = (title: string): string => {
    let target = title
    for (let steps = 0; targets.has(target) && steps < mostRedirects; steps++) target = targets.get(target) ?? target
    return target
  }
  for (const page of pages) {
    signal?.throwIfAborted()
    if (page.redirect !== undefined) continue
    const [category] = markdownOfWikitext(page.text, bare).categories
    const name = fileNameFor(page.title, page.id)
    const place = category === undefined ? undefined : fileNameFor(category, categorySuffix(category))
    const key = place === undefined ? name : `${place}/${name}`
    folder.identify(key, `mediawiki:page:${page.id}`)
    if (place !== undefined) folder.identify(place, `mediawiki:category:${category}`)
    paths.set(titleOf(page.title), `${key}.${language}.md`)
    articles.push({ ...page, key })
  }
  const titles = new Map<string, string[]>()
  for (const { title } of redirects) {
    const target = targetOf(titleOf(title))
    const list = titles.get(target) ?? []
    titles.set(target, list)
    const isKeyword = list.length < articleLimits.keywords && cutTo(title, articleLimits.keyword) === title
    if (paths.has(target) && isKeyword) list.push(title)
    const outcome = !paths.has(target)
      ? ', which does not come in'
      : isKeyword
        ? ': its title is a keyword of that'
        : ': its title is too long for a keyword of that, or that has as many as it may have'
    folder.skip(title, 'redirect', `leads to ${target}${outcome}`)
  }
  for (const { key, title, timestamp, text } of articles) {
    signal?.throwIfAborted()
    const path = `${key}.${language}.md`
    const pathOf = (target: string): string | undefined => {
      const leads = paths.get(targetOf(target))
      return leads === undefined ? undefined : posix.relative(posix.dirname(path), leads)
    }
    const read = markdownOfWikitext(text, { ...names, pathOf })
    const values = {
      title,
      updated: timestamp.slice(0, 10) || undefined,
      category: read.categories[0],
      tags: read.categories.length > 0 ? read.categories.map((each) => cutTo(each, limits.tag)) : undefined,
      keywords: titles.get(titleOf(title)),
      first_language: language,
    }
    folder.write(path, values, read)
    for (const each of read.missing.slice(0, 20)) folder.note(path, 'link_broken', `${each} is no page that comes in`)
  }
  return folder.folder()
}

/** Over how many redirects a title is followed: MediaWiki follows one, and its bots mend the others. */
const mostRedirects = 10

/** What sets the folder of a category apart from that of another one, whose name has the same letters and digits. */
const categorySuffix = (category: string): string => {
  const isWhole = slugOf(category) === category.toLowerCase().replaceAll(' ', '-') && category.length <= nameLength
  const isPlain = isWhole && category.slice(1) === category.slice(1).toLowerCase()
  return isPlain ? 'category' : createHash('sha256').update(category).digest('hex').slice(0, 12)
}

/** Reads the pages of a dump, one after the other: of the whole file only they are kept. */
async function dumpOf(file: string, folder: PeerFolder, signal: AbortSignal | undefined): Promise<Dump> {
  const pages: Page[] = []
  const namespaces = new Map<string, string>()
  let language: string | undefined
  const path: string[] = []
  let piece = 0
  let values: Record<string, string> = {}
  let [namespaceKey, isDump, isTooLarge, isNextTooLarge] = ['', false, false, false]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw new ImportFault('file_damaged', `${file} is no dump of a MediaWiki: ${error.message.slice(0, 200)}`, {
      cause: error,
      next: 'give the XML that Special:Export or dumpBackup.php writes',
    })
  })
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name)
    piece = 0
    if (path.length > 20) throw new ImportFault('file_damaged', `${file} is no dump: its elements lie too deep`)
    if (name === 'mediawiki' && path.length === 1) {
      isDump = true
      language = tagOf(attributes['xml:lang'] ?? '')
    } else if (name === 'page') [values, isTooLarge] = [{}, false]
    else if (name === 'redirect') values['redirect'] = attributes['title'] ?? ''
    else if (name === 'namespace') namespaceKey = attributes['key'] ?? ''
    else if (name === 'revision') [values['next'], values['nextText'], isNextTooLarge] = ['', '', false]
  })
  const onText = (text: string): void => {
    const place = path.slice(1).join('/')
    if (place === 'siteinfo/namespaces/namespace') namespaces.set(namespaceKey, text)
    else if (place === 'page/title' || place === 'page/id' || place === 'page/ns')
      values[path[2] ?? ''] = (values[path[2] ?? ''] ?? '') + text.slice(0, 1_000)
    else if (place === 'page/revision/timestamp') values['next'] = text
    else if (place === 'page/revision/text') {
      if (Buffer.byteLength(text) > folderLimits.fileBytes) isNextTooLarge = true
      else values['nextText'] = (values['nextText'] ?? '') + text
    }
  }
  parser.on('text', onText)
  parser.on('cdata', onText)
  parser.on('closetag', ({ name }) => {
    path.pop()
    piece = 0
    if (name === 'revision' && (values['next'] ?? '') >= (values['timestamp'] ?? ''))
      [values['timestamp'], values['text'], isTooLarge] = [
        values['next'] ?? '',
        values['nextText'] ?? '',
        isNextTooLarge,
      ]
    if (name !== 'page' || path.length !== 1) return
    const { id = '', title = '', ns: namespace = '0', text = '', timestamp = '', redirect } = values
    if (!/^\d{1,20}$/.test(id) || title.trim() === '')
      folder.skip(`page ${title}`, 'record_unreadable', 'has no id or no title')
    else if (isTooLarge) folder.skip(title, 'file_too_large', `has more than ${folderLimits.fileBytes} bytes`)
    else if (!articleNamespaces.includes(namespace))
      folder.skip(title, 'page_of_other_kind', `is in the namespace ${namespaces.get(namespace) ?? namespace}`)
    else {
      folder.count(500 + text.length)
      pages.push({ id, title: title.trim(), namespace, redirect, timestamp, text })
    }
  })
  const decoder = new StringDecoder('utf8')
  const write = (text: string): void => {
    piece += text.length
    if (piece > maxPiece)
      throw new ImportFault('row_too_long', `${file} has a page of more than ${maxPiece} characters`, {
        next: 'nothing was imported; export the wiki without that page',
      })
    parser.write(text)
  }
  const advice = { encoding: () => 'export it in UTF-8' }
  for await (const chunk of textBytes(file, { gzip: await isGzip(file), advice }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted()
    write(decoder.write(chunk))
  }
  write(decoder.end())
  parser.close()
  if (!isDump) throw new ImportFault('file_empty', `${file} is no dump of a MediaWiki: it has no element mediawiki`)
  return { pages, language, namespaces }
}
