import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { findMapping } from '../built-in-mappings.ts'
import { htmlToText } from '../cells.ts'
import { inspectLog } from '../inspect-log.ts'
import { inTimeOrder, readInOrder } from '../sources.ts'
import { at, inFolder } from '../../testing/index.ts'
import { jsonRecord } from './json-record.ts'
import type { LogRow } from './log-row.ts'
import { openLog } from './open-log.ts'
import { readableMail } from './readable-mail.ts'
import { plainShape } from './shape.ts'

const ticket = {
  id: 1,
  created_at: at(0),
  updated_at: at(1),
  status: 'solved',
  requester_id: 5,
  submitter_id: 5,
  subject: 'S',
  description: 'D',
  priority: 'low',
  assignee_id: 3,
  group_id: 3,
  via: { channel: 'web' },
}
const comment = { id: 1, created_at: at(1), author_id: 5, plain_body: 'x'.repeat(100), public: true }

async function rowsOf(file: string, mapping: string): Promise<LogRow[]> {
  const rows: LogRow[] = []
  for await (const row of (await openLog(file, await findMapping(mapping))).rows) rows.push(row)
  return rows
}

it('writes a list as text once for all rows that a record becomes', () => {
  let written = 0
  const tags = { toJSON: () => `${++written}` }
  const record = jsonRecord({ tags, comments: [{ id: 1 }, { id: 2 }, { id: 3 }] }, () => undefined)
  const texts = [...(record.unwind('comments') ?? [])].map((each) => plainShape(['tags', 'comments.id']).rows(each))
  expect(texts.flatMap((rows) => rows?.map(({ values }) => values))).toEqual([
    ['"1"', '1'],
    ['"1"', '2'],
    ['"1"', '3'],
  ])
})

it('refuses a record whose rows would repeat its lists beyond all memory', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'tickets.ndjson')
    const tags = Array.from({ length: 100_000 }, (_, nth) => `t${nth}`)
    const comments = Array.from({ length: 10_000 }, () => ({ ...comment, plain_body: 'x' }))
    await writeFile(
      file,
      `${JSON.stringify({ ...ticket, tags, comments })}\n${JSON.stringify({ ...ticket, comments: [] })}`,
    )
    const rows = await rowsOf(file, 'zendesk')
    expect(rows[0]).toMatchObject({ row: 1, values: [], fault: expect.stringContaining('256 MiB') as string })
    expect(rows.slice(1).map(({ row, fault }) => [row, fault])).toContainEqual([2, undefined])
  }))

it('carries with each row what it was made of, not the whole record, while files are put into one order', () =>
  inFolder(async (folder) => {
    const mapping = await findMapping('zendesk')
    const files = ['one', 'two'].map((name) => join(folder, `${name}.ndjson`))
    const comments = Array.from({ length: 500 }, (_, id) => ({ ...comment, id }))
    for (const [id, file] of files.entries()) await writeFile(file, JSON.stringify({ ...ticket, id, comments }))
    const sources = await Promise.all(
      files.map(async (file) => ({ file, mapping, inspection: await inspectLog(file, mapping) })),
    )
    const logs = await Promise.all(sources.map((source) => openLog(source.file, source.mapping)))
    let [rows, characters] = [0, 0]
    for await (const { original } of readInOrder(sources, logs)) {
      rows++
      characters += original.join('').length
    }
    const size = (await Promise.all(files.map((file) => readFile(file)))).reduce((sum, { length }) => sum + length, 0)
    expect(rows).toBeGreaterThan(1_000)
    expect(characters).toBeLessThan(10 * size)
  }))

it('merges a few files at a time, and keeps the order, however little fits into memory', async () => {
  const values = async function* () {
    for (let nth = 0; nth < 700; nth++) yield { at: (nth * 37) % 100, value: nth }
  }
  const sorted: number[] = []
  for await (const value of inTimeOrder(values(), { maxBytes: 1 })) sorted.push(value)
  const expected = Array.from({ length: 700 }, (_, nth) => nth).sort(
    (a, b) => ((a * 37) % 100) - ((b * 37) % 100) || a - b,
  )
  expect(sorted).toEqual(expected)
})

it('refuses HTML that would take minutes, or that would be cut', () => {
  for (const html of [
    '<b>'.repeat(200_000),
    '<b>x</b>'.repeat(20_000),
    `${'<div>'.repeat(500)}x`,
    'x'.repeat(5_000_000),
  ])
    expect(htmlToText(html)).toBeUndefined()
  expect(htmlToText(`<p>${'One <b>more</b>. '.repeat(4_000)}</p>`)?.length).toBeGreaterThan(30_000)
})

it('refuses a mail of very many lines or tags by itself, and reads those beside it', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'support.mbox')
    const mail = (id: number, type: string, body: string): string =>
      `From a@b.c Mon Jan  1 00:00:00 2024\nFrom: a@b.c\nDate: Mon, 1 Jan 2024 00:0${id}:00 +0000\nSubject: ${id}\nMessage-ID: <${id}@x>\nContent-Type: ${type}\n\n${body}\n\n`
    const attachment = `${'QUJD'.repeat(19)}\n`.repeat(110_000)
    await writeFile(
      file,
      [
        mail(1, 'text/plain', '\n'.repeat(300_000)),
        mail(2, 'text/html', '<b>'.repeat(100_000)),
        mail(3, 'application/octet-stream; name="a.bin"\nContent-Transfer-Encoding: base64', attachment),
        mail(4, 'text/plain', 'Hello.\n>From here.'),
      ].join(''),
    )
    const rows = await rowsOf(file, 'mbox')
    expect(rows.map(({ fault }) => fault)).toEqual([
      'has more than 100,000 lines',
      expect.stringContaining('20,000 tags'),
      undefined,
      undefined,
    ])
    expect(rows[3]?.values).toContain('Hello.\nFrom here.')
  }))

it.each([
  ['a boundary again and again on one line', `multipart/mixed; boundary=b\n\n${'--b'.repeat(5_000)}`],
  ['thousands of encoded words side by side', `text/plain\nSubject: ${'=?utf-8?q?abc?= '.repeat(5_000)}\n\nHello.`],
])('copies the bytes of a mail a few times, however often it has %s', (_, mail) => {
  const raw = Buffer.from(`Content-Type: ${mail}`)
  const [read, joined] = [vi.spyOn(Buffer.prototype, 'toString'), vi.spyOn(Buffer, 'concat')]
  try {
    readableMail(raw)
    const copied = [...read.mock.results, ...joined.mock.results].map(({ value }) => (value as Buffer | string).length)
    expect(copied.length).toBeGreaterThan(0)
    expect(copied.reduce((sum, length) => sum + length, 0)).toBeLessThan(50 * raw.length)
  } finally {
    vi.restoreAllMocks()
  }
})
