import { fileIdSchema } from '@guichet/domain/file'
import { id } from '@guichet/domain/kernel'

/** A link of an article to another one, or to a heading of its own. */
export type ArticleLink = {
  /** The id of the other article; undefined for a link to a heading of the same one. */
  readonly articleId: string | undefined
  /** The anchor of the heading that it leads to; undefined for the beginning of the article. */
  readonly anchor: string | undefined
}

/** How links in Markdown begin that name an article, such as `article:reset#by-mail`. */
const scheme = 'article:'

/** How links and pictures in Markdown begin that name a file of the article, such as `file:f1`. */
const fileScheme = 'file:'

/** The longest address that is linked, in characters. */
const addressLength = 2_000

const anchorLength = 100

const linkedProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'tel:'])
const pictureProtocols: ReadonlySet<string> = new Set(['https:'])

/** The link to an article that an address in Markdown makes; undefined for any other address. */
export function articleLinkOf(address: string): ArticleLink | undefined {
  if (address.length > addressLength || !(address.startsWith(scheme) || address.startsWith('#'))) return undefined
  const [name = '', ...fragment] = address.replace(scheme, '').split('#')
  const articleId = decoded(name)
  const anchor = decoded(fragment.join('#'))
  if (articleId === undefined || anchor === undefined || anchor.length > anchorLength) return undefined
  if (articleId === '' ? anchor === '' || address.startsWith(scheme) : !id.safeParse(articleId).success)
    return undefined
  return { articleId: articleId || undefined, anchor: anchor || undefined }
}

/** The id of the file that an address in Markdown names, such as `file:f1`; undefined for any other address. */
export function fileIdOf(address: string): string | undefined {
  if (!address.startsWith(fileScheme)) return undefined
  const id = address.slice(fileScheme.length)
  return fileIdSchema.safeParse(id).success ? id : undefined
}

/** An address outside of the articles, as browsers read it, where a link may lead to it: without scripts, data and passwords. */
export const outsideAddress = (address: string): URL | undefined => addressWith(linkedProtocols, address)

/** The address of a picture, where pages may load it. */
export const pictureAddress = (address: string): URL | undefined => addressWith(pictureProtocols, address)

function addressWith(protocols: ReadonlySet<string>, address: string): URL | undefined {
  if (address.length > addressLength || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const isLinked = protocols.has(url.protocol) && url.username === '' && url.password === ''
  return isLinked && url.href.length <= addressLength ? url : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
