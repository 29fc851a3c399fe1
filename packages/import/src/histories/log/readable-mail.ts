import { isAscii, isUtf8 } from 'node:buffer'
import type { Encoding } from './encodings.ts'
import { decodeWindows1252, encodingOf } from './encodings.ts'

/** A mail in UTF-8 throughout, and the headers and the text (`text`) of it whose encoding could only be guessed. */
type ReadableMail = { readonly raw: Buffer; readonly unclear: readonly string[] }

/** How many parts are within each other: the parser refuses more. */
const deepest = 256

/**
 * Converts the headers and the texts of a mail to UTF-8, each from its own encoding. Text without a charset that is not UTF-8 is
 * in that of its HTML, else in windows-1252, as is text in an unknown one, and text that calls itself UTF-8 and is not.
 */
export function readableMail(raw: Buffer): ReadableMail {
  const unclear = new Set<string>()
  return { raw: readablePart(raw, unclear, 0), unclear: [...unclear] }
}

/** Returns the headers of a mail, with the line end of the last. */
export function headersOf(raw: Buffer): Buffer {
  const ends = ['\n\n', '\n\r\n'].map((end) => raw.indexOf(end)).filter((end) => end >= 0)
  return ends.length === 0 ? raw : raw.subarray(0, Math.min(...ends) + 1)
}

function readablePart(raw: Buffer, unclear: Set<string>, depth: number): Buffer {
  const isHeadless = raw[0] === 0x0a || (raw[0] === 0x0d && raw[1] === 0x0a)
  const headers = isHeadless ? raw.subarray(0, 0) : headersOf(raw)
  const fields = fieldsOf(headers)
  const type = valueOf(fields, 'content-type')
  const label = parameterOf(type, 'charset')
  const read = Buffer.concat(fields.map((field) => readableField(field, label, depth === 0 ? unclear : new Set())))
  const body = raw.subarray(headers.length)
  const boundary = parameterOf(type, 'boundary')
  const transfer = valueOf(fields, 'content-transfer-encoding').trim().toLowerCase()
  if (/^\s*multipart\//i.test(type) && boundary && depth < deepest) {
    const parts = partsOf(body, boundary).map((part) =>
      part.isPart ? readablePart(part.bytes, unclear, depth + 1) : part.bytes,
    )
    return Buffer.concat([read, ...parts])
  }
  if (/^\s*message\/rfc822/i.test(type) && !/base64|quoted-printable/.test(transfer) && depth < deepest) {
    const start = /^\r?\n/.exec(body.toString('latin1', 0, 2))?.[0].length ?? 0
    return Buffer.concat([read, body.subarray(0, start), readablePart(body.subarray(start), unclear, depth + 1)])
  }
  const isAttached = /^\s*attachment/i.test(valueOf(fields, 'content-disposition'))
  if (isAttached || (type.trim() !== '' && !/^\s*text\/(plain|html)\b/i.test(type))) return Buffer.concat([read, body])
  const text = textOf(body, transfer, { label, isHtml: /html/i.test(type) }, unclear)
  if (text === undefined) return Buffer.concat([read, body])
  const others = fieldsOf(read).filter((field) => !/^content-(type|transfer-encoding)$/.test(nameOf(field)))
  const typed = type
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/;\s{0,99}charset\s{0,9}=\s{0,9}("[^"]{0,99}"?|[^;\s]{0,99})/gi, '')
  const newHeaders = `Content-Type: ${typed || 'text/plain'}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n`
  const packed = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n')
  return Buffer.concat([...others, Buffer.from(`${newHeaders}${packed}\n`, 'latin1')])
}

/** Returns the text of a part; undefined where it can stay as it is, since it is UTF-8 and called so, or ASCII. */
function textOf(
  body: Buffer,
  transfer: string,
  { label, isHtml }: { readonly label: string; readonly isHtml: boolean },
  unclear: Set<string>,
): string | undefined {
  const start = /^\r?\n/.exec(body.toString('latin1', 0, 2))?.[0].length ?? 0
  const bytes = contentOf(body.subarray(start), transfer)
  const isWide = /^utf-?(16|32)|^ucs-?2|^unicode/i.test(label) && (/base64|quoted/.test(transfer) || bytes.includes(0))
  const isPlain = isAscii(bytes) && !bytes.includes(0x1b) && !/^(utf-7|unicode-1-1-utf-7|hz-)/i.test(label)
  if (isPlain && !isWide) return encodingOf(label) || label === '' ? undefined : bytes.toString('latin1')
  const encoding = /^utf-?(16|32)/i.test(label) && !isWide ? undefined : labelled(label)
  if (encoding?.name === 'utf-8' || encoding === undefined || isNamedAscii(label)) {
    if (isUtf8(bytes) && !bytes.includes(0x1b)) {
      const isKnown = encoding !== undefined || label === ''
      if (!isKnown && isAscii(bytes)) unclear.add('text')
      return label.toLowerCase() === 'utf-8' ? undefined : bytes.toString('utf8')
    }
  }
  const decoder = encoding && encoding.name !== 'utf-8' ? encoding : isHtml ? encodingIn(bytes) : undefined
  if (label !== '' && (encoding === undefined || encoding.name === 'utf-8')) unclear.add('text')
  const text = decoder ? decoder.decode(bytes) : label === '' ? decodeWindows1252(bytes) : mixed(bytes)
  if (text.includes('\uFFFD')) unclear.add('text')
  return text
}

const isNamedAscii = (label: string): boolean => /^(us-)?ascii$|^ansi_x3\.4-1968$/i.test(label)

/** Returns the encoding of a label, of the standard or as programs misspell it. */
function labelled(label: string): Encoding | undefined {
  const name = label.toLowerCase().trim()
  const plain = name.replace(/^x-/, '').replaceAll('_', '-')
  const page = /^(?:cp|ms|win|windows)-?(125\d|874|932|936|949|950|65001)$/.exec(plain)?.[1]
  const byPage: Readonly<Record<string, string>> = {
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
    65001: 'utf-8',
  }
  const iso = /^(?:iso-?)?8859-?(\d{1,2})(-[ie])?$/.exec(plain)
  const names = [
    name,
    plain,
    ...(page ? [byPage[page] ?? `windows-${page}`] : []),
    ...(iso ? [`iso-8859-${iso[1]}${iso[2] ?? ''}`] : []),
    ...(/^utf8/.test(plain) ? ['utf-8'] : []),
    plain.replace(/^latin-(\d+)$/, 'latin$1'),
  ]
  return names.reduce<Encoding | undefined>((encoding, each) => encoding ?? encodingOf(each), undefined)
}

/** Returns the encoding that an HTML document declares, if what it holds is text in that. */
function encodingIn(html: Buffer): Encoding | undefined {
  const [, label = ''] =
    /<meta\s[^>]{0,200}charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,60})/i.exec(html.toString('latin1', 0, 4_096)) ?? []
  const encoding = labelled(label)
  return encoding === undefined || /^utf-/.test(encoding.name) || encoding.decode(html).includes('\uFFFD')
    ? undefined
    : encoding
}

/** What is valid in UTF-8 beyond ASCII, and any other byte. */
const sequence = /[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3}|[\x80-\xFF]/g

/** Decodes windows-1252, or UTF-8 in which there is some windows-1252. */
function mixed(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const sequences = text.match(sequence) ?? []
  const strays = sequences.filter((each) => each.length === 1).length
  if (sequences.length - strays < strays) return decodeWindows1252(bytes)
  return text.replaceAll(sequence, (each) => {
    const part = Buffer.from(each, 'latin1')
    return isUtf8(part) ? part.toString('utf8') : decodeWindows1252(part)
  })
}

/** Returns the content of a body without its transfer encoding. */
function contentOf(body: Buffer, transfer: string): Buffer {
  if (transfer.includes('base64')) return Buffer.from(body.toString('latin1'), 'base64')
  if (!transfer.includes('quoted-printable')) return body
  return fromQuoted(body.toString('latin1').replaceAll(/=[ \t]*\r?\n/g, ''))
}

const fromQuoted = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

/** Splits headers into fields, each with the lines that continue it. */
function fieldsOf(headers: Buffer): readonly Buffer[] {
  const text = headers.toString('latin1')
  return text.split(/(?<=\n)(?![ \t])/).map((field) => Buffer.from(field, 'latin1'))
}

const nameOf = (field: Buffer): string =>
  /^([!-9;-~]+)[ \t]*:/.exec(field.toString('latin1', 0, 200))?.[1]?.toLowerCase() ?? ''

function valueOf(fields: readonly Buffer[], name: string): string {
  const field = fields.find((each) => nameOf(each) === name)
  return field ? field.toString('latin1').replace(/^[^:]*:/, '') : ''
}

function parameterOf(value: string, name: string): string {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"?|([^;\\s]+))`, 'i').exec(value)
  return (match?.[1] ?? match?.[2] ?? '').trim()
}

/** Splits a body at the lines of its boundary. */
function partsOf(body: Buffer, boundary: string): readonly { readonly bytes: Buffer; readonly isPart: boolean }[] {
  const mark = `--${boundary}`
  const parts: { bytes: Buffer; isPart: boolean }[] = []
  let [begin, isPart, from] = [0, false, 0]
  for (let at = body.indexOf(mark, from, 'latin1'); at >= 0; at = body.indexOf(mark, from, 'latin1')) {
    from = at + mark.length
    if (at > 0 && body[at - 1] !== 0x0a) continue
    const end = body.indexOf(0x0a, from)
    const rest = body.toString('latin1', from, end < 0 ? body.length : end)
    if (!/^(--)?\s*$/.test(rest)) continue
    const next = end < 0 ? body.length : end + 1
    parts.push({ bytes: body.subarray(begin, at), isPart }, { bytes: body.subarray(at, next), isPart: false })
    ;[begin, isPart, from] = [next, !rest.startsWith('--'), next]
  }
  return [...parts, { bytes: body.subarray(begin), isPart }]
}

const encodedWord = /=\?([^?\s]{1,99})\?([qb])\?([^?]{0,9999})\?=/i
const encodedWords = new RegExp(`${encodedWord.source}(?:[ \\t\\r\\n]+${encodedWord.source})*`, 'gi')

/** Converts a field of the headers: what is not encoded is in UTF-8, else in the charset of the mail, and encoded words in theirs. */
function readableField(field: Buffer, label: string, unclear: Set<string>): Buffer {
  const name = nameOf(field)
  const charset = labelled(label)
  const isPlain = isUtf8(field)
  const isCharset = charset !== undefined && !/^utf-|^windows-1252$/.test(charset.name)
  const text = isPlain ? field.toString('utf8') : isCharset ? charset.decode(field) : mixed(field)
  if (text.includes('\uFFFD')) unclear.add(name)
  const read = text.replaceAll(encodedWords, (run) => readableWords(run, () => unclear.add(name)))
  return Buffer.from(readableParameters(read))
}

/** Converts encoded words that stand side by side. A character may be divided between two of one charset. */
function readableWords(run: string, onUnclear: () => void): string {
  const words = [...run.matchAll(new RegExp(encodedWord.source, 'gi'))].map(
    ([, charset = '', kind = '', text = '']) => ({
      label: charset.replace(/\*.*/, '').toLowerCase(),
      bytes:
        kind.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : fromQuoted(text.replaceAll('_', ' ').replaceAll(/=\s{1,9}(?=[0-9a-f])/gi, '=')),
    }),
  )
  const joined: { readonly label: string; readonly bytes: Buffer[] }[] = []
  for (const { label, bytes } of words) {
    const last = joined.at(-1)
    if (last?.label === label) last.bytes.push(bytes)
    else joined.push({ label, bytes: [bytes] })
  }
  return joined
    .map(({ label, bytes: pieces }) => {
      const bytes = Buffer.concat(pieces)
      const encoding = labelled(label)
      const isMisread = encoding === undefined || (encoding.name === 'utf-8' && !isUtf8(bytes))
      const text = isMisread ? (isUtf8(bytes) ? bytes.toString('utf8') : mixed(bytes)) : encoding.decode(bytes)
      if (text.includes('\uFFFD') || (isMisread && !isAscii(bytes))) onUnclear()
      return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
    })
    .join(' ')
}

/** Converts parameters such as `filename*0*=windows-1252''35%20%80;filename*1*=.pdf`. */
function readableParameters(field: string): string {
  const marked = /(\*=\s{0,9}"?)([\w.:-]{1,60})(?=')/g
  const encoding = [...field.matchAll(marked)].map(([, , label = '']) => labelled(label)).find((each) => each?.isByByte)
  if (encoding === undefined) return field
  return field
    .replaceAll(marked, '$1utf-8')
    .replaceAll(/%([89a-f][0-9a-f])/gi, (_, hex: string) =>
      encodeURIComponent(encoding.decode(Buffer.from(hex, 'hex'))),
    )
}
