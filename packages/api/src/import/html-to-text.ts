import { compile } from 'html-to-text'

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: 4 * 1024 * 1024, maxDepth: 200, maxChildNodes: 20_000 },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/** What a reader sees of HTML: paragraphs, lists, quotations and the addresses of links. */
export const htmlToText = (html: string): string => convert(html).trim()
