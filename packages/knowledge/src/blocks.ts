import { attributesOf, linkAttributes, pictureSource, videoCaption } from './html.ts'
import type { Addresses } from './html.ts'
import type { Token } from './markdown.ts'
import { anchorOf, parseMarkdown, textOf } from './markdown.ts'
import { mostAddresses } from './outline.ts'

/** A stretch of text that is written alike. */
export type TextPart = {
  readonly text: string
  readonly isStrong?: boolean
  readonly isEmphasised?: boolean
  readonly isCode?: boolean
  readonly isStruck?: boolean
  /** Where it leads: an address, or `#article-` and the anchor of a heading. */
  readonly href?: string
}

/** Where a part of an article stands: how many lists and quotations it lies in, and the sign of the item that it begins. */
type Place = { readonly depth: number; readonly sign?: string }

/** A part of an article, as it is drawn on paper. */
export type ArticleBlock = Place &
  (
    | { readonly kind: 'heading'; readonly level: number; readonly anchor: string; readonly parts: readonly TextPart[] }
    | { readonly kind: 'paragraph'; readonly parts: readonly TextPart[] }
    | { readonly kind: 'code'; readonly text: string }
    | {
        readonly kind: 'picture'
        /** Where the picture is, as `FileAddress.picture` says, or the address of another site. */
        readonly source: string | undefined
        readonly alt: string
        readonly href: string | undefined
        readonly caption: string | undefined
      }
    | { readonly kind: 'row'; readonly isHead: boolean; readonly cells: readonly (readonly TextPart[])[] }
    | { readonly kind: 'rule' }
  )

/** Reads the Markdown of an article as the blocks that it is drawn of. `addresses` says where what it names is. */
export function blocksOf(markdown: string, addresses: Addresses): readonly ArticleBlock[] {
  const blocks: ArticleBlock[] = []
  const lists: { next: number | undefined }[] = []
  let quotes = 0
  let sign: string | undefined
  let isHead = false
  let cells: (readonly TextPart[])[] = []
  let heading: { readonly level: number; readonly anchor: string } | undefined
  let isInCell = false
  let count = 0
  const isCounted = (): boolean => ++count <= mostAddresses

  const place = (): Place => {
    const at = { depth: lists.length + quotes, ...(sign !== undefined && { sign }) }
    sign = undefined
    return at
  }
  const openItem = (): void => {
    const list = lists.at(-1)
    sign = list?.next === undefined ? '•' : `${list.next}.`
    if (list?.next !== undefined) list.next++
  }

  /** Writes what stands in a paragraph, a heading or a cell. A picture in it ends the text before it. */
  const readInline = (token: Token, caption: string | undefined): void => {
    let parts: TextPart[] = []
    const marks = { strong: 0, em: 0, s: 0 }
    let href: string | undefined
    const flush = (): void => {
      if (parts.some(({ text }) => text.trim() !== ''))
        blocks.push({
          ...place(),
          ...(heading ? { kind: 'heading' as const, ...heading } : { kind: 'paragraph' as const }),
          parts,
        })
      parts = []
    }
    const add = (text: string, isCode = false): void => {
      if (text === '') return
      parts.push({
        text,
        ...(marks.strong > 0 && { isStrong: true }),
        ...(marks.em > 0 && { isEmphasised: true }),
        ...(marks.s > 0 && { isStruck: true }),
        ...(isCode && { isCode }),
        ...(href !== undefined && { href }),
      })
    }
    for (const each of token.children ?? []) {
      const { type, content } = each
      if (type === 'link_open') href = isCounted() ? linkAttributes(each, addresses)?.['href'] : undefined
      else if (type === 'link_close') href = undefined
      else if (type === 'image') {
        const { src, href: whole } = isCounted() ? pictureSource(each, addresses) : { src: undefined, href: undefined }
        const alt = textOf(each.children)
        if (src === undefined || isInCell || heading) add(alt)
        else {
          flush()
          blocks.push({ ...place(), kind: 'picture', source: src, alt, href: href ?? whole ?? src, caption })
        }
      } else if (type === 'strong_open' || type === 'em_open' || type === 's_open') marks[markOf(each)]++
      else if (type === 'strong_close' || type === 'em_close' || type === 's_close') marks[markOf(each)]--
      else if (type === 'softbreak') add(' ')
      else if (type === 'hardbreak') add('\n')
      else add(content, type === 'code_inline')
    }
    if (isInCell) cells.push(parts)
    else flush()
  }

  for (const [at, token] of parseMarkdown(markdown).entries()) {
    const { type, content } = token
    if (type === 'bullet_list_open') lists.push({ next: undefined })
    else if (type === 'ordered_list_open') lists.push({ next: Number(attributesOf(token)['start'] ?? 1) })
    else if (type === 'bullet_list_close' || type === 'ordered_list_close') lists.pop()
    else if (type === 'list_item_open') openItem()
    else if (type === 'blockquote_open') quotes++
    else if (type === 'blockquote_close') quotes--
    else if (type === 'heading_open') heading = { level: Number(token.tag.slice(1)), anchor: anchorOf(token) }
    else if (type === 'heading_close') heading = undefined
    else if (type === 'thead_open' || type === 'thead_close') isHead = type === 'thead_open'
    else if (type === 'tr_open') cells = []
    else if (type === 'tr_close') blocks.push({ ...place(), kind: 'row', isHead, cells })
    else if (type === 'th_open' || type === 'td_open') isInCell = true
    else if (type === 'th_close' || type === 'td_close') isInCell = false
    else if (type === 'hr') blocks.push({ ...place(), kind: 'rule' })
    else if (type === 'fence' || type === 'code_block')
      blocks.push({ ...place(), kind: 'code', text: content.trimEnd() })
    else if (type === 'inline') readInline(token, captionOf(at, token))
  }
  return blocks

  function captionOf(at: number, token: Token): string | undefined {
    return at > 0 && !isInCell && count + 2 <= mostAddresses ? videoCaption(token, addresses) : undefined
  }
}

const markOf = ({ tag }: Token): 'strong' | 'em' | 's' => (tag === 'strong' ? 'strong' : tag === 'em' ? 'em' : 's')
