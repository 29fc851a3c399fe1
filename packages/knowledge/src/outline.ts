import type { ArticleLink } from './link.ts'
import { articleLinkOf, fileIdOf, outsideAddress } from './link.ts'
import type { Token } from './markdown.ts'
import { anchorOf, parseMarkdown, textOf } from './markdown.ts'

/** A heading of an article. */
export type ArticleHeading = {
  /** From 1 to 6. */
  readonly level: number
  readonly text: string
  /** The name by which links lead to it, unique within the article: explicit, or made of its text. */
  readonly anchor: string
}

/** What there is in an article, beside its HTML. */
export type ArticleOutline = {
  /** In the order of the text. */
  readonly headings: readonly ArticleHeading[]
  /** Its links to articles, each once, of the first `mostAddresses` links and pictures. */
  readonly links: readonly ArticleLink[]
  /** The ids of the files that it names, as pictures or by links, each once, of the same links and pictures. */
  readonly files: readonly string[]
  /** What readers read, a line for each block, without marks and addresses. */
  readonly text: string
}

/** How many links and pictures an article has at most: further ones are text. */
export const mostAddresses = 500

/** Reads the headings, the links and the text of an article from its Markdown. */
export const readArticle = (markdown: string): ArticleOutline => outlineOf(parseMarkdown(markdown))

/**
 * The addresses of other sites that an article names, by links and pictures, each once and without the part of the page that it leads
 * to: those by `http` and `https`, of the same links and pictures.
 */
export function outsideLinks(markdown: string): readonly string[] {
  const urls = addressesOf(parseMarkdown(markdown)).flatMap((address) => outsideAddress(address) ?? [])
  const pages = urls.filter(({ protocol }) => protocol === 'http:' || protocol === 'https:')
  for (const url of pages) url.hash = ''
  return [...new Set(pages.map(({ href }) => href))]
}

/** The outline of an article that is parsed. */
export function outlineOf(tokens: readonly Token[]): ArticleOutline {
  const headings = tokens.flatMap((token, at) => {
    if (token.type !== 'heading_open') return []
    return [
      { level: Number(token.tag.slice(1)), text: textOf(tokens[at + 1]?.children ?? []), anchor: anchorOf(token) },
    ]
  })
  const lines = tokens.flatMap(({ type, content, children }) => {
    if (type === 'inline') return [textOf(children)]
    return type === 'fence' || type === 'code_block' ? [content.trimEnd()] : []
  })
  const addresses = addressesOf(tokens)
  const files = [...new Set(addresses.flatMap((address) => fileIdOf(address) ?? []))]
  return { headings, links: linksOf(addresses), files, text: lines.filter((line) => line !== '').join('\n') }
}

/** The addresses of the first links and pictures. */
function addressesOf(tokens: readonly Token[]): readonly string[] {
  const parts = tokens.flatMap(({ children }) => children?.filter(({ type }) => type in addressNames) ?? [])
  return parts.slice(0, mostAddresses).map((token) => token.attrGet(addressNames[token.type] ?? '') ?? '')
}

/** The attribute that has the address, by the type of a token. */
const addressNames: Readonly<Record<string, string>> = { link_open: 'href', image: 'src' }

function linksOf(addresses: readonly string[]): readonly ArticleLink[] {
  const links = new Map<string, ArticleLink>()
  for (const address of addresses) {
    const link = articleLinkOf(address)
    if (link) links.set(JSON.stringify(link), link)
  }
  return [...links.values()]
}
