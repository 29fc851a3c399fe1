import { h } from './dom.ts'

/** What may be a link, as far as spaces, quotes, invisible characters and the punctuation that follows a sentence. */
const address =
  /(?<![A-Za-z0-9_@./:-])(?:https?:\/\/|mailto:|www\.(?=[\p{L}\p{N}]))[^\s<>"`\p{Cc}\p{Cf}\p{Cs}«»“”„‟、。，．；：！？「」『』【】《》（）،؛؟]{1,2000}/giu

/** An address of e-mail, written alone. */
const mailbox =
  /(?<![A-Za-z0-9_.+@/:-])[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}\.[A-Za-z]{2,24}(?![\p{L}\p{N}_@-])/gu

const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }
const punctuation = new Set(".,:;!?'*_~|’‘…›(‹[{")

/** An address without the punctuation after it; a bracket belongs to it if it was opened in it. */
function withoutPunctuation(text: string): string {
  const open = new Map<string, number>()
  for (const one of text) if ('()[]{}'.includes(one)) open.set(one, (open.get(one) ?? 0) + 1)
  let end = text.length
  for (; end > 0; end--) {
    const last = text[end - 1] ?? ''
    const opening = closes[last]
    const isSurplus = opening !== undefined && (open.get(last) ?? 0) > (open.get(opening) ?? 0)
    if (!isSurplus && !punctuation.has(last)) break
    open.set(last, (open.get(last) ?? 1) - 1)
  }
  return text.slice(0, end)
}

/**
 * Where a text leads as a link; undefined for what is no address of the web or of e-mail. An address with a user name is none
 * either: `https://bank.example@elsewhere.example` does not lead to the bank.
 */
function targetOf(text: string): string | undefined {
  const written = /^www\./i.test(text) ? `https://${text}` : text
  try {
    const { protocol, hostname, username, password, pathname, href } = new URL(written)
    if (protocol === 'mailto:') return pathname.includes('@') ? href : undefined
    const isWeb = (protocol === 'https:' || protocol === 'http:') && hostname !== ''
    return isWeb && username === '' && password === '' ? href : undefined
  } catch {
    return undefined
  }
}

/** A part of a text, and where it leads if it is a link. */
type Part = { readonly text: string; readonly href?: string }

/** The links of a text, and what stands between them. Together they are the text. */
export function partsOf(text: string): readonly Part[] {
  const found = [
    ...[...text.matchAll(address)].map(({ 0: match, index }) => ({ index, shown: withoutPunctuation(match), to: '' })),
    ...[...text.matchAll(mailbox)].map(({ 0: match, index }) => ({ index, shown: match, to: `mailto:${match}` })),
  ].toSorted((a, b) => a.index - b.index)
  const parts: Part[] = []
  let end = 0
  for (const { index, shown, to } of found) {
    const href = index < end ? undefined : targetOf(to || shown)
    if (href === undefined) continue
    if (index > end) parts.push({ text: text.slice(end, index) })
    parts.push({ text: shown, href })
    end = index + shown.length
  }
  return end < text.length ? [...parts, { text: text.slice(end) }] : parts
}

/** A text with its links, which open in a tab of their own and tell it nothing of this page. Nothing of it is read as HTML. */
export const withLinks = (text: string): readonly (Node | string)[] =>
  partsOf(text).map(({ text: shown, href }) =>
    href === undefined ? shown : h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, shown),
  )
