import type { FileAddress } from './html.ts'
import type { ArticleLink } from './link.ts'
import { articleLinkOf, fileIdOf, outsideAddress, pictureAddress } from './link.ts'
import type { Token } from './markdown.ts'
import { parseMarkdown, textOf } from './markdown.ts'
import { mostAddresses, outlineOf } from './outline.ts'

/** Where the readers of a plain text find what an article names: what has no address is left as its text. */
type PlainTextOptions = {
  /** The whole address of another article by its id. It is called once for each. */
  readonly addressOf: (articleId: string) => Promise<string | undefined>
  /** The whole addresses of files. It is called once where the article names any. */
  readonly filesOf: (fileIds: readonly string[]) => Promise<ReadonlyMap<string, FileAddress>>
}

type Addresses = {
  readonly articles: ReadonlyMap<string, string | undefined>
  readonly files: ReadonlyMap<string, FileAddress>
}

/**
 * Writes the Markdown of an article as plain text, for a message: paragraphs and lists with their signs, and each link and
 * picture with its address behind it. Links within the article are their text.
 */
export async function plainTextOf(markdown: string, options: PlainTextOptions): Promise<string> {
  const tokens = parseMarkdown(markdown)
  const { links, files } = outlineOf(tokens)
  const ids = [...new Set(links.flatMap(({ articleId }) => articleId ?? []))]
  const articles = new Map(await Promise.all(ids.map(async (id) => [id, await options.addressOf(id)] as const)))
  return textOfBlocks(tokens, { articles, files: files.length === 0 ? new Map() : await options.filesOf(files) })
}

/** A list that is open: the number of its next item, undefined for one with bullets. */
type OpenList = { next: number | undefined }

function textOfBlocks(tokens: readonly Token[], addresses: Addresses): string {
  const written = inlineWriter(addresses)
  const parts: string[] = []
  const lists: OpenList[] = []
  let sign = ''
  let isFirstOfItem = false
  /** Whether the last line stands in the same list. */
  let isInList = false
  let cells: string[] | undefined

  const add = (text: string): void => {
    if (text.trim() === '') return
    const indent = '  '.repeat(Math.max(0, lists.length - 1))
    const isTight = isInList && isFirstOfItem
    const begins = isFirstOfItem ? `${indent}${sign}` : lists.length > 0 ? `${indent}  ` : ''
    parts.push(
      parts.length === 0 ? '' : isTight ? '\n' : '\n\n',
      begins,
      text.replaceAll('\n', `\n${' '.repeat(begins.length)}`),
    )
    isInList = lists.length > 0
    isFirstOfItem = false
  }
  const openItem = (): void => {
    const list = lists.at(-1)
    sign = list?.next === undefined ? '- ' : `${list.next}. `
    if (list?.next !== undefined) list.next++
    isFirstOfItem = true
  }

  for (const token of tokens) {
    const { type, content } = token
    if (type === 'bullet_list_open') lists.push({ next: undefined })
    else if (type === 'ordered_list_open') lists.push({ next: Number(token.attrGet('start') ?? 1) })
    else if (type === 'bullet_list_close' || type === 'ordered_list_close') lists.pop()
    else if (type === 'list_item_open') openItem()
    else if (type === 'tr_open') cells = []
    else if (type === 'tr_close') {
      add((cells ?? []).join(' | '))
      cells = undefined
    } else if (type === 'inline') {
      const text = written(token.children ?? [])
      if (cells) cells.push(text)
      else add(text)
    } else if (type === 'fence' || type === 'code_block') add(content.trimEnd())
  }
  return parts.join('')
}

/** Writes what stands in a paragraph. The addresses beyond `mostAddresses` are left out. */
function inlineWriter({ articles, files }: Addresses): (inline: readonly Token[]) => string {
  let count = 0
  const withAddress = (text: string, address: string | undefined): string =>
    address === undefined || ++count > mostAddresses || text === address ? text : `${text} (${address})`.trimStart()
  const linked = (address: string): string | undefined => {
    const link: ArticleLink | undefined = articleLinkOf(address)
    if (link) return link.articleId === undefined ? undefined : articles.get(link.articleId)
    const fileId = fileIdOf(address)
    return fileId === undefined ? outsideAddress(address)?.href : files.get(fileId)?.content
  }
  const pictured = (address: string): string | undefined => {
    const fileId = fileIdOf(address)
    return fileId === undefined ? pictureAddress(address)?.href : files.get(fileId)?.content
  }
  return (inline) => {
    const texts: string[] = []
    let link: { readonly at: number; readonly address: string } | undefined
    for (const token of inline) {
      if (token.type === 'link_open') link = { at: texts.length, address: token.attrGet('href') ?? '' }
      else if (token.type === 'link_close' && link) {
        texts.push(withAddress(texts.splice(link.at).join(''), linked(link.address)))
        link = undefined
      } else if (token.type === 'image')
        texts.push(withAddress(textOf(token.children), pictured(token.attrGet('src') ?? '')))
      else texts.push(token.type === 'softbreak' ? ' ' : token.type === 'hardbreak' ? '\n' : token.content)
    }
    return texts.join('').trim()
  }
}
