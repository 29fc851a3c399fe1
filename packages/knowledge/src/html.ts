import type { ArticleLink } from './link.ts'
import { articleLinkOf, outsideAddress, pictureAddress } from './link.ts'
import type { Token } from './markdown.ts'
import { anchorOf, escapeHtml, textOf } from './markdown.ts'
import { mostAddresses } from './outline.ts'

/** What stands before the anchor of a heading in its id: ids of an article are names of nothing else in a page. */
const idPrefix = 'article-'

/** How many elements lie in each other at most: the marks of further ones are left out, their text is not. */
const mostOpen = 100

/** The elements that an article may have, each by the tag of its tokens. Those that hold others begin a line. */
const elements: Readonly<Record<string, 'inline' | 'block' | 'holder'>> = {
  ...Object.fromEntries(['em', 'strong', 's', 'a'].map((tag) => [tag, 'inline'])),
  ...Object.fromEntries(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'li', 'th', 'td'].map((tag) => [tag, 'block'])),
  ...Object.fromEntries(['blockquote', 'ul', 'ol', 'table', 'thead', 'tbody', 'tr'].map((tag) => [tag, 'holder'])),
}

/** Marks that change the direction of what follows them, in the whole line unless they are isolated. */
const directionMarks = /[\u202a-\u202e\u2066-\u2069]/g

type Attributes = Readonly<Record<string, string | undefined>>

/**
 * Writes an article that is parsed as HTML. Only elements and attributes of this file are written, and everything else
 * is text.
 * @param addressOf the address of another article by its id; undefined leaves the text of the link alone.
 */
export function htmlOf(tokens: readonly Token[], addressOf: (articleId: string) => string | undefined): string {
  const parts: string[] = []
  const open: (string | undefined)[] = []
  let addresses = 0

  const openElement = (tag: string, attributes: Attributes = {}): void => {
    const isWritten = open.length < mostOpen && tag in elements
    open.push(isWritten ? tag : undefined)
    if (isWritten) parts.push(startTag(tag, attributes), elements[tag] === 'holder' ? '\n' : '')
  }
  const closeElement = (): void => {
    const tag = open.pop()
    if (tag !== undefined) parts.push(`</${tag}>`, elements[tag] === 'inline' ? '' : '\n')
  }
  const openLink = (token: Token): void => {
    const attributes = ++addresses > mostAddresses ? undefined : linkAttributes(token, addressOf)
    if (attributes) openElement('a', attributes)
    else open.push(undefined)
  }
  const writePicture = (token: Token): void => {
    const alt = textOf(token.children)
    const src = ++addresses > mostAddresses ? undefined : pictureAddress(token.attrGet('src') ?? '')?.href
    const others = { title: titleOf(token), loading: 'lazy', referrerpolicy: 'no-referrer' }
    parts.push(src === undefined ? textHtml(alt) : startTag('img', { src, alt: withoutMarks(alt), ...others }))
  }
  const write = (token: Token): void => {
    const { type, tag, content, hidden, nesting } = token
    if (type === 'inline') for (const each of token.children ?? []) write(each)
    else if (type === 'text') parts.push(textHtml(content))
    else if (type === 'softbreak') parts.push('\n')
    else if (type === 'hardbreak') parts.push('<br>\n')
    else if (type === 'hr') parts.push('<hr>\n')
    else if (type === 'code_inline') parts.push(`<code>${textHtml(content)}</code>`)
    else if (type === 'fence' || type === 'code_block') parts.push(codeHtml(token))
    else if (type === 'image') writePicture(token)
    else if (type === 'link_open') openLink(token)
    else if (hidden) return
    else if (nesting === 1) openElement(tag, attributesOf(token))
    else if (nesting === -1) closeElement()
    else parts.push(textHtml(content))
  }

  for (const token of tokens) write(token)
  return parts.join('')
}

function attributesOf(token: Token): Attributes {
  const { type, tag } = token
  if (type === 'heading_open') return { id: `${idPrefix}${anchorOf(token)}` }
  if (tag === 'ol') return { start: token.attrGet('start') ?? undefined }
  const [, align] = /^text-align:(left|center|right)$/.exec(token.attrGet('style') ?? '') ?? []
  return { align }
}

function linkAttributes(token: Token, addressOf: (articleId: string) => string | undefined): Attributes | undefined {
  const address = token.attrGet('href') ?? ''
  const title = titleOf(token)
  const link = articleLinkOf(address)
  if (link) {
    const page = link.articleId === undefined ? '' : addressOf(link.articleId)
    return page === undefined ? undefined : { href: `${page}${fragmentOf(link)}`, title }
  }
  const outside = outsideAddress(address)
  if (!outside) return undefined
  const rel = outside.protocol.startsWith('http') ? 'noopener noreferrer nofollow' : undefined
  return { href: outside.href, title, rel }
}

const fragmentOf = ({ anchor }: ArticleLink): string =>
  anchor === undefined ? '' : `#${idPrefix}${encodeURIComponent(anchor)}`

function codeHtml({ info, content }: Token): string {
  const [language = ''] = /^[\w+#.-]{1,40}(?=\s|$)/.exec(info.trim()) ?? []
  return `<pre>${startTag('code', { class: language ? `language-${language}` : undefined })}${textHtml(content)}</code></pre>\n`
}

const titleOf = (token: Token): string | undefined => withoutMarks(token.attrGet('title') ?? '') || undefined

const withoutMarks = (text: string): string => text.replaceAll(directionMarks, '')

/** Text that turns nothing around outside of itself. */
const textHtml = (text: string): string =>
  text.search(directionMarks) === -1 ? escapeHtml(text) : `<bdi>${escapeHtml(text)}</bdi>`

function startTag(tag: string, attributes: Attributes): string {
  const written = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${escapeHtml(value)}"`],
  )
  return `<${tag}${written.join('')}>`
}
