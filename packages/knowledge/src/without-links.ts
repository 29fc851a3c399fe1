import { articleLinkOf } from './link.ts'
import type { Token } from './markdown.ts'
import { definedAddresses, parseMarkdown } from './markdown.ts'
import { outlineOf } from './outline.ts'

/** What a link leads to in place of an article that its reader does not see: nothing. */
const nowhere = '#'

/**
 * The Markdown of an article, with the links to articles that its reader does not see leading nowhere, so that their ids
 * are not shown. Where such a link is written in a way that cannot be replaced, the article is its plain text.
 * @param isShown whether the reader sees an article. It is called once for each.
 */
export async function withoutHiddenLinks(
  markdown: string,
  isShown: (articleId: string) => Promise<boolean>,
): Promise<string> {
  // A link to an article names it plainly, or with an escaped colon or references to characters in its address.
  if (!/article\\?:|&/.test(markdown)) return markdown
  const ids = namedIds(markdown)
  const answers = await Promise.all(ids.map(isShown))
  const hidden = new Set(ids.filter((_, n) => answers[n] === false))
  if (hidden.size === 0) return markdown
  const replaced = withoutAddresses(markdown, hidden)
  if (!namedIds(replaced).some((id) => hidden.has(id))) return replaced
  return withoutAddresses(outlineOf(parseMarkdown(replaced)).text, hidden)
}

/** What stands where the address of a link may, whether the parser takes it for one or not. */
const addressPlace = /\](?:\(|:)\s{0,100}<?(article:[^\s()<>"'`\]]{1,500})/g

/** The articles that links, pictures and definitions of addresses name. */
const namedIds = (markdown: string): readonly string[] => [
  ...new Set([
    ...linkedIds(parseMarkdown(markdown)),
    ...definedAddresses(markdown).flatMap(idIn),
    ...[...markdown.matchAll(addressPlace)].flatMap(([, address = '']) => idIn(address)),
  ]),
]

const linkedIds = (tokens: readonly Token[]): readonly string[] =>
  tokens.flatMap(({ children }) => (children ?? []).flatMap(idsOf))

function idsOf(token: Token): readonly string[] {
  if (token.type === 'link_open') return idIn(token.attrGet('href'))
  return token.type === 'image' ? [...idIn(token.attrGet('src')), ...(token.children ?? []).flatMap(idsOf)] : []
}

function idIn(address: string | null): readonly string[] {
  const id = articleLinkOf(address ?? '')?.articleId
  return id === undefined ? [] : [id]
}

/** A text without the addresses of articles, as far as these have no spaces: between `<` and `>` they may have some. */
const withoutAddresses = (text: string, hidden: ReadonlySet<string>): string =>
  text.replace(/(?<=<)article:[^<>\n]{1,500}(?=>)|article:[^\s()<>"'`\]]{1,500}/g, (address) => {
    const id = articleLinkOf(address)?.articleId
    return id !== undefined && hidden.has(id) ? nowhere : address
  })
