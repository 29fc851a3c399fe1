import type { ArticleLink } from './link.ts'
import { articleLinkOf, fileIdOf, outsideAddress, pictureAddress } from './link.ts'
import type { Token } from './markdown.ts'
import { anchorOf, escapeHtml, textOf } from './markdown.ts'
import { mostAddresses } from './outline.ts'
import { videoIn } from './video.ts'

/** What stands before the anchor of a heading in its id: ids of an article are names of nothing else in a page. */
const idPrefix = 'article-'

/** How many elements lie in each other at most: the marks of further ones are left out, their text is not. */
const mostOpen = 100

/** The elements that an article may have, each by the tag of its tokens. Those that hold others begin a line. */
const elements: Readonly<Record<string, 'inline' | 'block' | 'holder'>> = {
  ...Object.fromEntries(['em', 'strong', 's', 'a'].map((tag) => [tag, 'inline'])),
  ...Object.fromEntries(
    ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'li', 'th', 'td', 'figcaption'].map((tag) => [tag, 'block']),
  ),
  ...Object.fromEntries(
    ['blockquote', 'ul', 'ol', 'table', 'thead', 'tbody', 'tr', 'figure'].map((tag) => [tag, 'holder']),
  ),
}

/** Marks that change the direction of what follows them, in the whole line unless they are isolated. */
const directionMarks = /[\u202a-\u202e\u2066-\u2069]/g

/** Where readers load a file of an article. */
export type FileAddress = {
  /** The address of its content. */
  readonly content: string
  /** The address of a picture of it that a page shows, such as a smaller one; undefined for what is no picture. */
  readonly picture: string | undefined
}

/** The addresses of what an article names, for its readers: what has none is shown as its text. */
export type Addresses = {
  /** By the ids of articles. */
  readonly articles: ReadonlyMap<string, string | undefined>
  /** By the ids of files. */
  readonly files: ReadonlyMap<string, FileAddress>
}

type Attributes = Readonly<Record<string, string | undefined>>

/**
 * Writes an article that is parsed as HTML. Only elements and attributes of this file are written, and everything else
 * is text.
 */
export function htmlOf(tokens: readonly Token[], targets: Addresses): string {
  const parts: string[] = []
  const open: (string | undefined)[] = []
  let addresses = 0
  let isInLink = false
  let caption: string | undefined

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
    const attributes = ++addresses > mostAddresses ? undefined : linkAttributes(token, targets)
    isInLink = attributes !== undefined
    if (attributes) openElement('a', attributes)
    else open.push(undefined)
  }
  const closeLink = (): void => {
    isInLink = false
    closeElement()
  }
  const writePicture = (token: Token): void => {
    const alt = textOf(token.children)
    const { src, href } = ++addresses > mostAddresses ? nowhere : pictureSource(token, targets)
    const isLinked = href !== undefined && href !== src && !isInLink
    const others = { title: titleOf(token), loading: 'lazy', referrerpolicy: 'no-referrer' }
    if (isLinked) openElement('a', { href })
    parts.push(src === undefined ? textHtml(alt) : startTag('img', { src, alt: withoutMarks(alt), ...others }))
    if (isLinked) closeElement()
  }
  const writeInline = (token: Token): void => {
    for (const each of token.children ?? []) write(each)
    if (caption === undefined) return
    openElement('figcaption')
    parts.push(textHtml(caption))
    closeElement()
    caption = undefined
  }
  const write = (token: Token): void => {
    const { type, tag, content, hidden, nesting } = token
    if (type === 'inline') writeInline(token)
    else if (type === 'text') parts.push(textHtml(content))
    else if (type === 'softbreak') parts.push('\n')
    else if (type === 'hardbreak') parts.push('<br>\n')
    else if (type === 'hr') parts.push('<hr>\n')
    else if (type === 'code_inline') parts.push(`<code>${textHtml(content)}</code>`)
    else if (type === 'fence' || type === 'code_block') parts.push(codeHtml(token))
    else if (type === 'image') writePicture(token)
    else if (type === 'link_open') openLink(token)
    else if (type === 'link_close') closeLink()
    else if (hidden) return
    else if (nesting === 1) openElement(tag, attributesOf(token))
    else if (nesting === -1) closeElement()
    else parts.push(textHtml(content))
  }

  for (const [at, token] of tokens.entries()) {
    const inline = token.type === 'paragraph_open' && !token.hidden ? tokens[at + 1] : undefined
    caption = inline && addresses + 2 <= mostAddresses ? videoCaption(inline, targets) : caption
    if (inline && caption !== undefined) openElement('figure')
    else write(token)
  }
  return parts.join('')
}

/** The attributes of the element that a token opens. */
export function attributesOf(token: Token): Attributes {
  const { type, tag } = token
  if (type === 'heading_open') return { id: `${idPrefix}${anchorOf(token)}` }
  if (tag === 'ol') return { start: token.attrGet('start') ?? undefined }
  const [, align] = /^text-align:(left|center|right)$/.exec(token.attrGet('style') ?? '') ?? []
  return { align }
}

const nowhere = { src: undefined, href: undefined } as const

/** Where a page loads a picture, and where the whole of it is. */
export function pictureSource(
  token: Token,
  { files }: Addresses,
): { readonly src: string | undefined; readonly href: string | undefined } {
  const address = token.attrGet('src') ?? ''
  const fileId = fileIdOf(address)
  if (fileId === undefined) return { src: pictureAddress(address)?.href, href: undefined }
  const file = files.get(fileId)
  return { src: file?.picture, href: file?.content }
}

/**
 * What stands below a video: a picture alone in a paragraph that links to a site or to a file of the article. That is
 * the title of the link, and the site that it leads to. Undefined for any other text.
 */
export function videoCaption(inline: Token, targets: Addresses): string | undefined {
  const video = videoIn(inline)
  if (!video) return undefined
  const { link, picture } = video
  const address = link.attrGet('href') ?? ''
  const site = outsideAddress(address)
  const isFile = targets.files.has(fileIdOf(address) ?? '')
  if (pictureSource(picture, targets).src === undefined || !(isFile || site?.protocol.startsWith('http') === true))
    return undefined
  const title = titleOf(link)
  if (!site) return title ?? textOf(picture.children)
  return title === undefined ? site.host : `${title} (${site.host})`
}

/** The attributes of a link; undefined for one that leads nowhere. */
export function linkAttributes(token: Token, targets: Addresses): Attributes | undefined {
  const address = token.attrGet('href') ?? ''
  const title = titleOf(token)
  const link = articleLinkOf(address)
  if (link) {
    const page = link.articleId === undefined ? '' : targets.articles.get(link.articleId)
    return page === undefined ? undefined : { href: `${page}${fragmentOf(link)}`, title }
  }
  const fileId = fileIdOf(address)
  if (fileId !== undefined) {
    const href = targets.files.get(fileId)?.content
    return href === undefined ? undefined : { href, title }
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
