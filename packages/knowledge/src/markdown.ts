import MarkdownIt from 'markdown-it'
import { slugOf } from '@guichet/domain/knowledge'
import { addressesIn } from './autolinks.ts'

/** A part of parsed Markdown: what opens or closes an element, or stands in one. */
export type Token = ReturnType<MarkdownIt['parse']>[number]

type CoreRule = Parameters<MarkdownIt['core']['ruler']['push']>[1]
type State = Parameters<CoreRule>[0]

/** The explicit anchor of a heading, between `{#` and `}`. */
const anchorPattern = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]{0,99}$/u

/** Leaves out what nests deeper than 100 elements: more than any article that was saved has. */
const parser = new MarkdownIt('default', { html: false })
// Addresses are checked where they are written: one that is refused leaves its text.
parser.validateLink = () => true
parser.core.ruler.push('addresses', linkAddresses)
parser.core.ruler.push('anchors', addAnchors)
parser.core.ruler.push('tasks', markTasks)

/** What the parser has read beside the tokens: the definitions of addresses that links refer to, by their names. */
type Definitions = { references?: Readonly<Record<string, { readonly href: string }>> }

/** Parses Markdown: CommonMark with tables, strikethrough, task lists and autolinks, in time that grows with its length. */
export const parseMarkdown = (markdown: string, definitions: Definitions = {}): readonly Token[] =>
  parser.parse(markdown, definitions)

/** The addresses that Markdown defines for links to refer to, whether one does or not. */
export function definedAddresses(markdown: string): readonly string[] {
  const definitions: Definitions = {}
  parseMarkdown(markdown, definitions)
  return Object.values(definitions.references ?? {}).map(({ href }) => href)
}

/** Writes text so that HTML takes it as text, in an attribute too. */
export const { escapeHtml } = parser.utils

/** The text of what stands in a paragraph, a heading or a cell. */
export function textOf(inline: readonly Token[] | null): string {
  return (inline ?? [])
    .map(({ type, content, children }) => {
      if (type === 'image') return textOf(children)
      return type === 'softbreak' || type === 'hardbreak' ? ' ' : content
    })
    .join('')
}

/** The anchor of a heading, by its opening token. */
export const anchorOf = ({ meta }: Token): string => (meta as { readonly anchor: string }).anchor

/** Makes links of the addresses in texts that are no part of a link. */
function linkAddresses(state: State): void {
  for (const inline of state.tokens.filter(({ type }) => type === 'inline')) {
    let isLink = false
    inline.children = (inline.children ?? []).flatMap((token) => {
      if (token.type === 'link_open' || token.type === 'link_close') isLink = token.type === 'link_open'
      return isLink || token.type !== 'text' ? [token] : withLinks(token.content, state)
    })
  }
}

function withLinks(text: string, { Token: Part }: State): Token[] {
  const textPart = (content: string): Token => Object.assign(new Part('text', '', 0), { content })
  const addresses = addressesIn(text)
  return addresses
    .flatMap(({ start, end, href }, n) => {
      const open = new Part('link_open', 'a', 1)
      open.attrSet('href', href)
      const before = text.slice(addresses[n - 1]?.end ?? 0, start)
      return [textPart(before), open, textPart(text.slice(start, end)), new Part('link_close', 'a', -1)]
    })
    .concat(textPart(text.slice(addresses.at(-1)?.end ?? 0)))
}

/**
 * Gives each heading an anchor: the explicit one at its end, else one that is made of its text. An explicit anchor
 * stays as it is; a second heading with the same one gets a number behind it.
 */
function addAnchors({ tokens }: State): void {
  const headings = tokens.flatMap((open, at) => {
    const inline = tokens[at + 1]
    return open.type === 'heading_open' && inline ? [{ open, inline, explicit: takeAnchor(inline) }] : []
  })
  const anchors = new Set<string>()
  const numbers = new Map<string, number>()
  const unique = (anchor: string): string => {
    let [name, number] = [anchor, numbers.get(anchor) ?? 1]
    while (anchors.has(name)) name = `${anchor}-${++number}`
    numbers.set(anchor, number)
    anchors.add(name)
    return name
  }
  for (const { open, explicit } of headings) if (explicit !== undefined) open.meta = { anchor: unique(explicit) }
  for (const { open, inline, explicit } of headings)
    if (explicit === undefined) open.meta = { anchor: unique(slugOf(textOf(inline.children))) }
}

/** Takes the explicit anchor off the end of a heading. */
function takeAnchor({ children }: Token): string | undefined {
  const last = children?.at(-1)
  if (last?.type !== 'text' || !last.content.endsWith('}')) return undefined
  const start = last.content.lastIndexOf('{#')
  const anchor = last.content.slice(start + 2, -1)
  if (start === -1 || !anchorPattern.test(anchor)) return undefined
  last.content = last.content.slice(0, start).trimEnd()
  return anchor
}

/** Draws the boxes of task lists, such as `- [x] done`, as characters: an article has no form. */
function markTasks({ tokens }: State): void {
  for (const [at, { type }] of tokens.entries()) {
    const first = tokens[at + 2]?.children?.[0]
    if (type !== 'list_item_open' || tokens[at + 1]?.type !== 'paragraph_open' || first?.type !== 'text') continue
    first.content = first.content.replace(/^\[([ xX])\](?=\s)/, (_, mark) => (mark === ' ' ? '☐' : '☑'))
  }
}
