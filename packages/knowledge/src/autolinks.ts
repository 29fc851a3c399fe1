/** An address in a text: its place, and where a link from there leads. */
type TextAddress = { readonly start: number; readonly end: number; readonly href: string }

const beginnings = /https?:\/\/|www\.|@/gi
/** What follows the name of a host, up to a white space. */
const path = /[/?#:][^\s<]{0,2000}/y
const host = /[\p{L}\p{M}\p{N}_.-]{1,253}/uy
const hostOfMail = /[\p{L}\p{M}\p{N}.-]{1,253}/uy
const beforeHost = /[\s*_~("'[]/
const mailbox = /[\w.+-]/
const mailboxLength = 64

/**
 * The addresses of sites and mailboxes in a text, as GitHub Flavored Markdown finds them: `https://` and `www.` without
 * the punctuation behind them, and mail addresses. In time that grows with the length of the text.
 */
export function addressesIn(text: string): readonly TextAddress[] {
  const addresses: TextAddress[] = []
  const beginning = new RegExp(beginnings)
  for (let match = beginning.exec(text); match; match = beginning.exec(text)) {
    const address =
      match[0] === '@' ? mailAt(text, match.index, addresses.at(-1)?.end ?? 0) : siteAt(text, match.index, match[0])
    if (!address) continue
    addresses.push(address)
    beginning.lastIndex = address.end
  }
  return addresses
}

function siteAt(text: string, start: number, scheme: string): TextAddress | undefined {
  const before = text[start - 1] ?? ' '
  const isWww = scheme.toLowerCase() === 'www.'
  if (isWww ? !beforeHost.test(before) : /\w/.test(before)) return undefined
  const name = matchAt(host, text, start + scheme.length)
  const rest = name && matchAt(path, text, start + scheme.length + name.length)
  const address = withoutPunctuation(`${scheme}${name}${rest}`)
  if (address.length <= scheme.length) return undefined
  return { start, end: start + address.length, href: isWww ? `http://${address}` : address }
}

function mailAt(text: string, at: number, from: number): TextAddress | undefined {
  let start = at
  while (start > from && at - start < mailboxLength && mailbox.test(text[start - 1] ?? '')) start--
  const name = matchAt(hostOfMail, text, at + 1).replace(/[.-]{1,253}$/, '')
  const labels = name.split('.')
  if (start === at || labels.length < 2 || labels.includes('')) return undefined
  const end = at + 1 + name.length
  return { start, end, href: `mailto:${text.slice(start, end)}` }
}

const matchAt = (expression: RegExp, text: string, at: number): string => {
  const sticky = new RegExp(expression)
  sticky.lastIndex = at
  return sticky.exec(text)?.[0] ?? ''
}

/** An address without the punctuation at its end, and without a closing parenthesis that it has not opened. */
function withoutPunctuation(address: string): string {
  let end = address.length
  let unopened = address.split(')').length - address.split('(').length
  for (; end > 0; end--) {
    const last = address[end - 1] ?? ''
    if (last === ')' && unopened > 0) unopened--
    else if (!'?!.,:;*_~\'"'.includes(last)) break
  }
  return address.slice(0, end)
}
