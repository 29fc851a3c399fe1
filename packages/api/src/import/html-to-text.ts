import { compile } from 'html-to-text'

/** The most characters and tags of a piece of HTML, and how deep they may be nested: what is more would be cut, or takes minutes. */
const limits = { characters: 4 * 1024 * 1024, tags: 20_000, depth: 200 } as const

/** Stands where the library leaves something out. */
const cut = '\uE000\uFFFF\uE000'

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: limits.characters, maxDepth: limits.depth, maxChildNodes: 2 * limits.tags, ellipsis: cut },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/** What a reader sees of HTML: paragraphs, lists, quotations and the addresses of links. Undefined when it is larger than its limits. */
export function htmlToText(html: string): string | undefined {
  if (html.length > limits.characters || hasMoreTags(html, limits.tags)) return undefined
  const text = convert(html)
  return text.includes(cut) ? undefined : text.trim()
}

/** Why a piece of HTML is refused. */
export const tooMuchHtml = `holds HTML of more than ${limits.characters / 1024 / 1024} MiB, ${limits.tags.toLocaleString('en')} tags or ${limits.depth} levels`

function hasMoreTags(html: string, max: number): boolean {
  let tags = 0
  for (let place = html.indexOf('<'); place >= 0; place = html.indexOf('<', place + 1)) if (++tags > max) return true
  return false
}
