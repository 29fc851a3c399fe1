import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtInMappings, parseMapping } from '../built-in-mappings.ts'
import { bringIn, deeds, eventsOf, inFolder, newDesk } from '../../testing/index.ts'

/** The characters of the bytes from 80 to FF, a full stop for those that are not printable. */
const upperHalves = JSON.parse(
  readFileSync(new URL('../fixtures/upper-halves.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>

const encodings = Object.keys(upperHalves)

/** The bytes of an encoding that are printable characters, and those characters. */
function printable(encoding: string): { readonly bytes: Buffer; readonly text: string } {
  const characters = Array.from(upperHalves[encoding] ?? '')
  expect(characters).toHaveLength(128)
  const known = [...characters.keys()].filter((index) => characters[index] !== '.')
  return {
    bytes: Buffer.from(known.map((index) => 0x80 + index)),
    text: known.map((index) => characters[index]).join(''),
  }
}

const q = (bytes: Buffer): string => [...bytes].map((byte) => `=${byte.toString(16).toUpperCase()}`).join('')

/** Quoted-printable, with soft line breaks. */
const qp = (bytes: Buffer): string => q(bytes).replaceAll(/(.{60})/g, '$1=\n')

/** An encoded word for each ten bytes: longer ones are against the standard. */
const words = (label: string, bytes: Buffer): string =>
  Array.from({ length: Math.ceil(bytes.length / 10) }, (_, n) => bytes.subarray(n * 10, n * 10 + 10))
    .map((part, n) => (n % 2 === 0 ? `=?${label}?Q?${q(part)}?=` : `=?${label}?B?${part.toString('base64')}?=`))
    .join('\n ')

const headers = (label: string, subject: string, encoding: string): string =>
  [
    'From a@example.org Mon Mar  4 08:00:00 2024',
    `From: ${subject} <a@example.org>`,
    'To: desk@example.com',
    `Subject: ${subject}`,
    'Date: Mon, 04 Mar 2024 08:00:00 +0000',
    'Message-ID: <1@example.org>',
    'MIME-Version: 1.0',
    `Content-Type: text/plain; charset=${label}`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    '',
  ].join('\n')

/** Imports one mail, and returns its ticket as it was opened. */
async function opened(...parts: readonly (string | Buffer)[]) {
  const file = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
  return inFolder(async (folder) => {
    const desk = newDesk()
    await writeFile(join(folder, 'in.mbox'), file)
    const { ticketIds, repairs } = await bringIn(desk, join(folder, 'in.mbox'), builtInMappings['mbox'] ?? deeds)
    const [event] = await eventsOf(desk, ticketIds[0] ?? '')
    if (event?.type !== 'TicketOpened') return expect.fail('no ticket was opened')
    return { subject: event.subject, body: event.body, name: event.customer.name, repairs }
  })
}

/** Subjects and names are on one line, so that blanks of any kind become one. */
const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

describe('the 128 upper bytes of', () => {
  it.each(encodings)('%s are read in a mail: quoted-printable, base64, 8 bit, subject and name', async (encoding) => {
    const { bytes, text } = printable(encoding)
    const subject = words(encoding, bytes)
    const bodies = [
      ['quoted-printable', Buffer.from(`x${qp(bytes)}x`)],
      ['base64', Buffer.from(Buffer.concat([Buffer.from('x'), bytes, Buffer.from('x')]).toString('base64'))],
      ['8bit', Buffer.concat([Buffer.from('x'), bytes, Buffer.from('x')])],
    ] as const
    for (const [transfer, body] of bodies) {
      const mail = await opened(headers(encoding, subject, transfer), body, '\n')
      expect(mail).toEqual({ body: `x${text}x`, subject: onOneLine(text), name: onOneLine(text), repairs: '' })
    }
  })

  it.each(encodings)('%s are read in a CSV file whose mapping names it', async (encoding) => {
    const { bytes, text } = printable(encoding)
    await inFolder(async (folder) => {
      const desk = newDesk()
      const file = join(folder, 'log.csv')
      const [before, after] = ['case,at,did,by,customer,text\nA,2024-03-04T08:00:00Z,opened,ann,carl,x', 'x\n']
      await writeFile(file, Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]))
      const account = await bringIn(desk, file, { ...deeds, encoding })
      expect(account).toMatchObject({ applied: 1, repairs: '' })
      expect((await eventsOf(desk, 'A'))[0]).toMatchObject({ body: `x${text}x` })
    })
  })
})

describe('a mail', () => {
  const french = 'remboursement de 35 €, “vite”, j’attends'
  const bytes = Buffer.from('remboursement de 35 \x80, \x93vite\x94, j\x92attends', 'latin1')
  const asSaid = { body: french, subject: french, repairs: '' }

  it.each(['windows-1252', 'Windows-1252', 'cp1252', 'iso-8859-1', 'latin1', 'us-ascii'])(
    'in %s has the characters of windows-1252',
    async (label) => {
      const mail = await opened(headers(label, words(label, bytes), '8bit'), bytes, '\n')
      expect(mail).toMatchObject(asSaid)
    },
  )

  it('in HTML, with an attachment, has them in its text and in the name of the file', async () => {
    const type = 'multipart/mixed; boundary="b"\nX-Nothing'
    const name = q(bytes.subarray(0, 22))
    const file = `Content-Type: text/csv\nContent-Disposition: attachment; filename="=?windows-1252?Q?${name}?="`
    const begin = headers('utf-8', 'x', '7bit').replace(/Content-Type: .*/, `Content-Type: ${type}: 1`)
    const html = `--b\nContent-Type: text/html; charset=windows-1252\n\n<p>`
    const mail = await opened(begin, html, bytes, `</p>\n--b\n${file}\n\nx\n--b--\n`)
    expect(mail.body).toBe(`${french}\n\nAttachments: remboursement de 35 €,`)
  })

  it('whose charset is missing is read as windows-1252 where it is not UTF-8', async () => {
    const untyped = headers('', words('windows-1252', bytes), '8bit')
    for (const type of ['Content-Type: text/plain', 'Content-Type: text/plain; format=flowed', 'X-Nothing: 1']) {
      const typed = untyped.replace('Content-Type: text/plain; charset=', type)
      expect(await opened(typed, bytes, '\n')).toMatchObject(asSaid)
      const quoted = typed.replace('8bit', 'quoted-printable')
      expect(await opened(quoted, qp(bytes), '\n')).toMatchObject(asSaid)
      expect(await opened(typed, Buffer.from(french), '\n')).toMatchObject(asSaid)
    }
  })

  const utf8 = Buffer.from('<p>hello</p>')
  const start = (type: string) => headers('', 'x', '8bit').replace('text/plain; charset=', type)
  const part = (type: string, content: Buffer) => [`--b\nContent-Type: ${type}\n\n`, content, '\n']
  const meta = (label: string) =>
    Buffer.from(`<meta http-equiv="Content-Type" content="text/html; charset=${label}"><p>`)

  it.each<[string, readonly (string | Buffer)[]]>([
    [
      'another part',
      [
        start('multipart/alternative; boundary=b'),
        ...part('text/plain', bytes),
        ...part('text/html; charset=utf-8', utf8),
      ],
    ],
    ['its own words', [start('text/plain'), bytes, '\n\n-- \n<meta charset=utf-8>']],
    [
      'an attachment',
      [
        start('multipart/mixed; boundary=b'),
        ...part('text/plain', bytes),
        ...part('text/csv; charset=utf-8\nContent-Disposition: attachment', Buffer.from('é')),
        '--b--',
      ],
    ],
    ['its HTML, rightly', [start('text/html'), meta('windows-1252'), bytes]],
    ['its HTML, wrongly', [start('text/html'), meta('utf-8'), bytes]],
    [
      'a mail within it',
      [
        start('multipart/mixed; boundary=b'),
        ...part('text/plain', bytes),
        '--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\ne\n--b--',
      ],
    ],
  ])('without a charset is read as windows-1252 though one stands in %s', async (_, parts) => {
    const mail = await opened(...parts)
    expect(mail.body.startsWith(french)).toBe(true)
    expect(mail.repairs).toBe('')
  })

  it('in HTML that names another charset is read in that', async () => {
    const latin2 = await opened(start('text/html'), meta('iso-8859-2'), Buffer.from([0xb1, 0xe6, 0xea]))
    expect(latin2).toMatchObject({ body: 'ąćę', repairs: '' })
  })

  it.each(['utf-8', 'UTF8', 'x-unknown', 'cp850', 'utf-16'])(
    'that is not in the charset it names is read, and recorded: %s',
    async (label) => {
      const mail = await opened(headers(label, 'x', '8bit'), bytes, '\n')
      expect(mail.body).toBe(french)
      expect(mail.repairs).toMatch(/^1,text,charset_unclear,/m)
      const named = await opened(headers('utf-8', '=?x-unknown?Q?=80?=', '8bit'), 'x\n')
      expect(named).toMatchObject({
        subject: '€',
        repairs: expect.stringMatching(/^1,subject,charset_unclear,/m) as string,
      })
    },
  )

  it('in UTF-8 with some windows-1252 has the characters of both', async () => {
    const mail = await opened(headers('utf-8', 'x', '8bit'), Buffer.from('35 € à é, '), Buffer.from([0x93, 0x78, 0x94]))
    expect(mail.body).toBe('35 € à é, “x”')
    expect(mail.repairs).toMatch(/charset_unclear/)
  })

  it.each(['cp-1252', 'iso8859_1', 'latin-1', 'x-cp1252'])('has a charset that is misspelt: %s', async (label) => {
    expect(await opened(headers(label, words(label, bytes), '8bit'), bytes, '\n')).toMatchObject(asSaid)
  })

  it('has each header in an encoding of its own', async () => {
    const mail = headers('utf-8', 'x', '8bit')
      .replace('Subject: x', `Subject: ${Buffer.from('café €').toString('latin1')}`)
      .replace('From: x', 'From: Zo\xe9')
    expect(await opened(mail, 'hello\n')).toEqual({ subject: 'café €', name: 'Zoé', body: 'hello', repairs: '' })
  })

  it('has characters that are divided between two encoded words', async () => {
    const subject = '=?utf-8?B?4oI=?= =?utf-8?B?rA==?= =?utf-8?Q?_caf=C3?=\n =?utf-8?B?qQ==?='
    expect(await opened(headers('utf-8', subject, '8bit'), 'x\n')).toMatchObject({ subject: '€ café', repairs: '' })
  })

  it('has the names of files in windows-1252, in parts, too', async () => {
    const name = "filename*0*=windows-1252''devis%20%80; filename*1*=%20l%92%E9.pdf"
    const file = `text/csv\nContent-Disposition: attachment; ${name}`
    const mail = await opened(
      start('multipart/mixed; boundary=b'),
      ...part('text/plain', utf8),
      ...part(file, utf8),
      '--b--',
    )
    expect(mail.body).toContain('Attachments: devis € l’é.pdf')
  })

  it('in x-user-defined has the characters of that for private use', async () => {
    const mail = await opened(headers('x-user-defined', 'x', '8bit'), Buffer.from([0x61, 0x80, 0xff]), '\n')
    expect(mail).toMatchObject({ body: 'a\uF780\uF7FF', repairs: '' })
    expect(() => parseMapping({ ...deeds, encoding: 'x-user-defined' }, 'test')).not.toThrow()
  })

  it('whose headers are not encoded is read as UTF-8, or in the charset of its body', async () => {
    const vite = { subject: '“vite” €', name: '“vite” €', body: french, repairs: '' }
    expect(await opened(headers('windows-1252', '\x93vite\x94 \x80', '8bit'), bytes, '\n')).toEqual(vite)
    const encoded = Buffer.from('“vite” €').toString('latin1')
    expect(await opened(headers('utf-8', encoded, '8bit'), Buffer.from(french), '\n')).toEqual(vite)
    const russian = printable('koi8-r')
    const mail = await opened(headers('koi8-r', russian.bytes.toString('latin1'), '8bit'), russian.bytes, '\n')
    expect(mail).toMatchObject({ body: russian.text.trim(), subject: onOneLine(russian.text) })
  })

  it('in another encoding keeps what that has for the controls: nothing, and it is recorded', async () => {
    const controls = Buffer.from([0x61, 0x80, 0x92, 0x62])
    const latin2 = await opened(headers('iso-8859-2', 'x', '8bit'), controls, '\n')
    expect(latin2.body).toBe('ab')
    expect(latin2.repairs).toMatch(/control_characters/)
  })

  it.each([
    ['shift_jis', 'k/qWe4zq', '日本語'],
    ['euc-jp', 'xvzL3Ljs', '日本語'],
    ['iso-2022-jp', 'GyRCRnxLXDhsGyhC', '日本語'],
    ['gbk', '1tDOxA==', '中文'],
    ['big5', 'pKSk5Q==', '中文'],
    ['euc-kr', 'x9Gx2w==', '한글'],
    ['utf-16le', 'LU6HZQ==', '中文'],
  ])('in %s has its characters', async (encoding, base64, text) => {
    const mail = await opened(headers(encoding, `=?${encoding}?B?${base64}?=`, 'base64'), base64, '\n')
    expect(mail).toMatchObject({ body: text, subject: text, repairs: '' })
  })

  it('has an encoding in a mapping only if it can be read', () => {
    expect(() => parseMapping({ ...deeds, encoding: 'cp850' }, 'test')).toThrow(/must be an encoding/)
  })
})
