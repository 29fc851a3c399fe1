import { isUtf8 } from 'node:buffer'
import type { Address, Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { decodeWindows1252, fromLatin1, isWindows1252 } from './windows-1252.ts'

/**
 * Parses a mail. Text without a charset that is not UTF-8 is read as windows-1252, as is text in an unknown charset.
 * @returns undefined if it has no headers, or cannot be parsed.
 */
export async function parseMail(raw: Buffer): Promise<Email | undefined> {
  const readable = withReadableHeaders(raw)
  const mail = await parsed(readable)
  if (!mail) return undefined
  const isUnlabelled = wordsOf(mail).includes('\uFFFD') && !/charset\s{0,9}=/i.test(readable.toString('latin1'))
  const read = (isUnlabelled ? await parsed(withCharset(readable)) : undefined) ?? mail
  return hasControls(read) ? mended(read, readable, isUnlabelled) : read
}

/** Returns the headers of a mail, with the line end of the last. */
export function headersOf(raw: Buffer): Buffer {
  const ends = ['\n\n', '\n\r\n'].map((end) => raw.indexOf(end)).filter((end) => end >= 0)
  return ends.length === 0 ? raw : raw.subarray(0, Math.min(...ends) + 1)
}

async function parsed(raw: Buffer): Promise<Email | undefined> {
  try {
    const mail = await PostalMime.parse(raw)
    return mail.headers.length > 0 ? mail : undefined
  } catch {
    return undefined
  }
}

const wordsOf = ({ text = '', html = '' }: Email): string => text + html

/** Converts headers of bytes that are neither ASCII nor UTF-8: they are in the charset of the body, or windows-1252. */
function withReadableHeaders(raw: Buffer): Buffer {
  const headers = headersOf(raw)
  if (isUtf8(headers)) return raw
  const [, charset = 'windows-1252'] = /charset\s{0,9}=\s{0,9}"?([^\s";]{1,60})/i.exec(headers.toString('latin1')) ?? []
  const decoder = decoderOf(charset)
  const text =
    !decoder || decoder.encoding === 'utf-8' || isWindows1252(charset)
      ? decodeWindows1252(headers)
      : decoder.decode(headers)
  return Buffer.concat([Buffer.from(text), raw.subarray(headers.length)])
}

/** Declares windows-1252 as the charset of all texts. */
function withCharset(raw: Buffer): Buffer {
  const declared = raw
    .toString('latin1')
    .replaceAll(/^(content-type:[ \t]*text\/[a-z]+)/gim, '$1; charset=windows-1252')
  const isTyped = /^content-type:/im.test(headersOf(raw).toString('latin1'))
  return Buffer.from(`${isTyped ? '' : 'Content-Type: text/plain; charset=windows-1252\n'}${declared}`, 'latin1')
}

const hasControls = (mail: Email): boolean => /[\u0080-\u009f]/.test(textsOf(mail).join(''))

const textsOf = (mail: Email): readonly string[] => [
  wordsOf(mail),
  mail.subject ?? '',
  ...[...(mail.from ? [mail.from] : []), ...(mail.to ?? []), ...(mail.cc ?? [])].flatMap(namesIn),
  ...mail.attachments.map(({ filename }) => filename ?? ''),
]

const namesIn = ({ name, group }: Address): readonly string[] => [name, ...(group ?? []).flatMap(namesIn)]

/**
 * Returns a mail with the characters of windows-1252 where the parser has read it as ISO-8859-1. The headers of a mail
 * are read the same with and without its content.
 */
function mended(mail: Email, raw: Buffer, isUnlabelled: boolean): Email {
  const { subject, from, to, cc, text, html, attachments } = mail
  const named = ({ name, ...address }: Address): Address =>
    address.group === undefined
      ? { ...address, name: fromLatin1(name) }
      : { name: fromLatin1(name), group: address.group.map((one) => ({ ...one, name: fromLatin1(one.name) })) }
  const headers = namesWindows1252(headersOf(raw)) && {
    ...(subject !== undefined && { subject: fromLatin1(subject) }),
    ...(from && { from: named(from) }),
    ...(to && { to: to.map(named) }),
    ...(cc && { cc: cc.map(named) }),
  }
  const content = (isUnlabelled || namesWindows1252(raw)) && {
    ...(text !== undefined && { text: fromLatin1(text) }),
    ...(html !== undefined && { html: fromLatin1(html) }),
    attachments: attachments.map((one) => ({ ...one, filename: one.filename && fromLatin1(one.filename) })),
  }
  return { ...mail, ...headers, ...content }
}

/** Returns whether there is text in windows-1252, or in an unknown charset, which the parser reads as that. */
function namesWindows1252(raw: Buffer): boolean {
  const labels = raw
    .toString('latin1')
    .matchAll(/(?:charset\s{0,9}=\s{0,9}["']?|=\?(?=[^?\s]{1,60}\?[qb]\?)|\*=\s{0,9}"?)([\w.:-]{1,60})/gi)
  return [...labels].some(([, label = '']) => isWindows1252(label) || !decoderOf(label))
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label)
  } catch {
    return undefined
  }
}
