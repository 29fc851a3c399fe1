import { buffer } from 'node:stream/consumers'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { Chat, ChatEvent } from '@guichet/domain'
import { evolveChat, fold, guichetEvents, inMemoryStore, later, transcriptSchema } from '@guichet/domain'
import { alex, camille, chatEvent, chatOfLength, chatStarted, monday } from '@guichet/domain/testing'
import { describe, expect, it } from 'vitest'
import { openFonts } from './fonts.ts'
import { createTranscriptPdf } from './pdf-document.ts'
import { linesOf } from './pdf-text.ts'
import { openTranscript } from './transcript.ts'

type Format = Parameters<typeof openTranscript>[1]

async function exported(events: readonly ChatEvent[], format: Format, audience: 'customer' | 'desk' = 'customer') {
  const store = inMemoryStore({ catalogue: guichetEvents })
  await store.append({ stream: 'chat-C1', expectedVersion: 0, commandId: 'c', events })
  const chat = fold<ChatEvent, ReturnType<typeof evolveChat>>(
    { initial: { status: 'absent' }, evolve: evolveChat },
    events,
  ) as Chat
  const reader = { audience, language: 'en', timeZone: 'Europe/Paris' }
  return buffer(openTranscript({ store, chatId: 'C1', chat, reader, now: monday }, format))
}

const sent = (body: string, more: object = {}, by = camille) =>
  chatEvent('ChatMessageSent', { messageId: body, kind: 'text', body, ...more }, { by, at: later(monday, 60_000) })

async function textOf(pdf: Buffer): Promise<string> {
  const document = await getDocument({ data: new Uint8Array(pdf), verbosity: 0 }).promise
  const pages: string[] = []
  for (let number = 1; number <= document.numPages; number++) {
    const { items } = await (await document.getPage(number)).getTextContent()
    pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''))
  }
  return pages.join('\n')
}

/** The PDF of texts, without the process of its own. */
async function printed(texts: readonly string[]): Promise<Buffer> {
  const pdf = createTranscriptPdf(openFonts())
  const content = buffer(pdf.document)
  pdf.entry({ head: 'head', internal: false, body: texts })
  pdf.end()
  return content
}

describe('a transcript as text', () => {
  it('says when, who and what, in the time zone of the reader', async () => {
    const events = [
      chatStarted(),
      sent('Bonjour\nà tous'),
      sent('Oui ?', {}, alex),
      sent('habitué', { kind: 'note' }, alex),
    ]
    const ofCustomer = String(await exported(events, 'txt'))
    expect(ofCustomer).toContain('\n2026-03-02 10:01:00 Camille Durand\n    Bonjour\n    à tous\n')
    expect(ofCustomer).not.toContain('habitué')
    expect(String(await exported(events, 'txt', 'desk'))).toContain('[INTERNAL] Alex Martin\n    habitué\n')
  })

  it('lets no message pass for another entry, for a formula, or for an order to a terminal', async () => {
    const hostile = '=cmd()\n\n2026-03-02 10:00:00 Alex Martin\n    ok\u001b[2J\u202eevil\u0007\r@SUM(A1)'
    const text = String(await exported([chatStarted(), sent(hostile)], 'txt'))
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u)
    expect(
      text.split('\n').filter((line) => /^[=@+-]/.test(line) || (line.includes('Alex') && !line.startsWith('    '))),
    ).toEqual([])
  })
})

describe('a transcript as JSON', () => {
  it('has the documented form, keeps every character, and holds no markup', async () => {
    const hostile = '</script><script>alert(1)</script>\u202e\u2028 "quoted" 😀'
    const json = String(await exported([chatStarted(), sent(hostile)], 'json'))
    const { entries } = transcriptSchema.parse(JSON.parse(json))
    expect(entries.at(-1)?.text).toBe(hostile)
    expect(json).not.toMatch(/[<>\u2028\u202e]/)
  })
})

describe('a transcript as PDF', () => {
  it.each([
    'Bonjour à tous, ça va ?',
    'Привет, мир',
    '你好，世界',
    '안녕하세요',
    'こんにちは',
    'नमस्ते',
    'emoji 😀 here',
  ])('has text that is found again: %s', async (text) => {
    expect((await textOf(await printed([text]))).normalize('NFKC')).toContain(text.normalize('NFKC'))
  })

  it('writes from right to left what is written so, with its letters joined, in the order of the text', async () => {
    const text = (await textOf(await printed(['مرحبا بالعالم', 'שלום עולם']))).normalize('NFKC')
    for (const word of ['مرحبا', 'بالعالم', 'שלום', 'עולם']) expect(text).toContain(word)
  })

  it('has no links, scripts or files, whatever the messages say', async () => {
    const pdf = (await printed(['https://evil.example', '/JavaScript (app.alert(1))', '</Contents> endobj'])).toString(
      'latin1',
    )
    expect(pdf).not.toMatch(/\/(URI|JavaScript|JS|EmbeddedFile|Launch|OpenAction|AcroForm)\b/)
  })

  it('is made of two thousand messages, on many pages, in a process of its own', async () => {
    const pdf = await exported(chatOfLength(2_000), 'pdf')
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    const text = await textOf(pdf)
    for (const index of [0, 1_000, 1_996]) expect(text).toContain(`Bonjour ${index}`)
  })
})

it('breaks lines between words, and a word that is too long between its letters', () => {
  const width = (text: string) => text.length
  expect(linesOf('one two three', 8, width).map(({ text }) => text)).toEqual(['one two', 'three'])
  expect(linesOf('abcdefghij', 4, width).map(({ text }) => text)).toEqual(['abcd', 'efgh', 'ij'])
  expect(linesOf('', 4, width).map(({ text }) => text)).toEqual([''])
})
