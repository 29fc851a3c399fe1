import { runInNewContext } from 'node:vm'
import gfm from '@joplin/turndown-plugin-gfm'
import TurndownService from 'turndown'

/** A text of another system as Markdown, with what does not come in with it. */
export type PeerText = {
  readonly markdown: string
  /** The addresses of pictures that it shows. */
  readonly pictures: readonly string[]
  /** What was not understood, and is kept as text or left out. */
  readonly unread: readonly string[]
}

/** What is read of an element: the library’s own type needs the declarations of a browser. */
type HtmlElement = { readonly nodeName: string; getAttribute(name: string): string | null }

/** Elements that hold nothing for a reader of Markdown. */
const withoutText = ['script', 'style', 'noscript', 'template', 'head', 'object', 'embed', 'form', 'button'] as const

/** How deep elements lie in one another at most: an article of 20 lists in one another needs 40. */
const maxDepth = 200

/** How long one text is worked on at most, in milliseconds: that of an article takes less than a second. */
const longestWorkMs = 10_000

const safe = /^(?:https?:|mailto:|tel:|#|\/|\.{0,2}\/|[^:]*$)/i

/**
 * Turns the HTML of an article into Markdown. Scripts, styles and forms are left out; a link that a browser would run, too.
 * @throws RangeError for elements that lie too deep in one another, and for a text that takes too long: the time of the library grows
 *   with the square of the white space between two words, and of the cells of a row.
 */
export function markdownOf(html: string, mostMs = longestWorkMs): PeerText {
  if (isDeep(html)) throw new RangeError(`elements lie more than ${maxDepth} deep in one another`)
  const [pictures, unread] = [new Set<string>(), new Set<string>()]
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '*',
    hr: '---',
  })
  service.use(gfm.gfm)
  service.remove([...withoutText])
  service.escape = (text) =>
    TurndownService.prototype.escape(text).replaceAll(/<(?=[a-z/!?])|&(?=#?\w{1,31};)/gi, String.raw`\$&`)
  service.addRule('unsafeLink', {
    filter: (node: HtmlElement) => node.nodeName === 'A' && !safe.test(node.getAttribute('href')?.trim() ?? ''),
    replacement: (content, node: HtmlElement) => {
      unread.add(`link ${node.getAttribute('href')?.trim().slice(0, 40) ?? ''}`)
      return content
    },
  })
  service.addRule('picture', {
    filter: 'img',
    replacement: (_, element: HtmlElement) => {
      const source = element.getAttribute('src')?.trim() ?? ''
      const label = (element.getAttribute('alt') ?? '').replaceAll(/[[\]\\\s]+/g, ' ').trim()
      if (!/^https?:/i.test(source) && !source.startsWith('/')) return label
      pictures.add(source)
      return `![${label}](<${source.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`
    },
  })
  service.addRule('film', {
    filter: ['iframe', 'video', 'audio'],
    replacement: (_, node: HtmlElement) => {
      const source = node.getAttribute('src')?.trim() ?? ''
      unread.add(node.nodeName.toLowerCase())
      if (!/^(?:https?:)?\/\//i.test(source)) return ''
      const address = source.startsWith('//') ? `https:${source}` : source
      return `<${address.replaceAll(/[<>\s]/g, encodeURIComponent)}>`
    },
  })
  const markdown = inTime(() => service.turndown(html), mostMs)
  return { markdown: markdown.trim(), pictures: [...pictures], unread: [...unread] }
}

/** Breaks work off that takes too long, in the middle of a regular expression too. */
function inTime(work: () => string, mostMs: number): string {
  try {
    return String(runInNewContext('work()', { work }, { timeout: mostMs }))
  } catch (error) {
    // An error of the other context is none of this one’s `Error`.
    const isLate =
      typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    throw isLate ? new RangeError(`takes longer than ${mostMs / 1_000} s to convert`) : error
  }
}

/** Whether elements may lie too deep in one another: more are open than are closed by then, each by an end of its own name. */
function isDeep(html: string): boolean {
  const open: string[] = []
  for (const [tag, name = ''] of html.matchAll(/<\/?([a-z][a-z\d-]*)/gi)) {
    if (/^(?:br|hr|img|input|meta|link|col|wbr|area|base|source|track|embed|param)$/i.test(name)) continue
    if (/^(?:p|li|td|th|tr|dt|dd|option)$/i.test(name) && !tag.startsWith('</')) continue
    const last = tag.startsWith('</') ? open.lastIndexOf(name.toLowerCase()) : open.push(name.toLowerCase())
    if (last >= 0) open.length = last
    if (open.length > maxDepth) return true
  }
  return false
}
