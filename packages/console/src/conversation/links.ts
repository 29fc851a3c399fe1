import { h } from '../page/dom.ts'

/**
 * A character of an address: no space, quote, invisible character or punctuation that follows a sentence, and nothing that
 * stands before the next address of a list, or between the halves of a link in Markdown.
 */
const character =
  /(?:(?!(?:[,;|]{1,3}['([]{0,3}|\]\()(?:https?:\/\/|mailto:|www\.))[^\s<>"`\p{Cc}\p{Cf}\p{Cs}«»“”„‟、。，．；：！？「」『』【】《》（）،؛؟])/u
    .source

/**
 * The name of a host, as far as the next address: both were pasted without anything between them. It ends there while it is
 * matched, so that no text is read again for each of its addresses.
 */
const host = `(?:(?![/?#])${character}(?:(?!https?://|[/?#])${character})*)?`

/** What may be a link. What stands before it may be a label, such as `Voir:`, and no scheme that makes something else of it. */
const before = /(?<![A-Za-z0-9_@/]|\b(?:blob|data|feed|filesystem|jar|javascript|view-source):|[A-Za-z0-9]-)/u.source
const address = new RegExp(
  `${before}(?:mailto:${character}+|(?:https?://|(?<![.-])www\\.(?=[\\p{L}\\p{N}]))(?=${character})${host}(?:(?=[/?#])${character}+)?)`,
  'giu',
)

/** What goes on after an invisible character, which may have been pasted into the address: its beginning leads elsewhere. */
const goesOn = /^[\u00ad\u200b-\u200d\u2060\ufeff]+[A-Za-z0-9/?#&=._~%-]/
const hostGoesOn = /^\p{Cf}+[\p{L}\p{N}.-]/u
const withoutPath = /^(?:https?:\/\/)?[^/?#]*$/i

/** An address of e-mail, written alone; what could be the middle of a longer one is none. */
const mailbox =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}\p{N}_.+@/!#$%&^~-]|[\p{L}\p{N}][’'\p{Cf}]|\/\/[^\s/]{0,255}:|\b(?:acct|sips?|xmpp):)[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}][\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}\p{N}._+'-]{0,63}@([\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}][\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}\p{N}.-]{0,250}\.[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]{2,24})(?![\p{L}\p{N}_@-]|\p{Cf}[\p{L}\p{N}.-])/gu

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

/** A place in a text that may be a link. */
type Place = { readonly index: number; readonly end: number; readonly label: string; readonly to: string }

/** The addresses in a text; one whose end cannot be told leads nowhere. */
const addressesIn = (text: string): readonly Place[] =>
  [...text.matchAll(address)].map(({ 0: whole, index }) => {
    const end = index + whole.length
    const rest = text.slice(end, end + 8)
    const isPart = goesOn.test(rest) || (withoutPath.test(whole) && hostGoesOn.test(rest))
    const label = withoutPunctuation(whole)
    return { index, end, label, to: isPart ? '' : label }
  })

/** The addresses of e-mail in a text, and where they lead: names of hosts may be in any script. */
const mailboxesIn = (text: string): readonly Place[] =>
  [...text.matchAll(mailbox)].map(({ 0: label, 1: host = '', index }) => ({
    index,
    end: index + label.length,
    label,
    to: `mailto:${label.slice(0, -host.length)}${hostOf(host)}`,
  }))

/** A name of a host as it is sent: in ASCII. */
function hostOf(name: string): string {
  try {
    return new URL(`https://${name}`).hostname
  } catch {
    return name
  }
}

/** A part of a text, and where it leads if it is a link. */
type Part = { readonly text: string; readonly href?: string }

/** The links of a text, and what stands between them. Together they are the text. */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  const places = [...addressesIn(text), ...mailboxesIn(text)].toSorted((a, b) => a.index - b.index)
  let [end, addressEnd] = [0, 0]
  for (const { index, end: until, label, to } of places) {
    // What stands in an address is no other one, also where that is no link: it may be a password before the name of a host.
    const href = index < addressEnd ? undefined : targetOf(to)
    addressEnd = Math.max(addressEnd, until)
    if (href === undefined) continue
    if (index > end) parts.push({ text: text.slice(end, index) })
    parts.push({ text: label, href })
    end = index + label.length
  }
  return end < text.length ? [...parts, { text: text.slice(end) }] : parts
}

/** A text with its links, which open in a tab of their own and tell it nothing of this page. Nothing of it is read as HTML. */
export const withLinks = (text: string): readonly (Node | string)[] =>
  partsOf(text).map(({ text: label, href }) =>
    href === undefined ? label : h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, label),
  )
