import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseMapping } from '../built-in-mappings.ts'
import type { MappingInput } from '../mapping.ts'
import { inFolder, snapshots } from '../../testing/index.ts'
import type { LogRow } from './log-row.ts'
import { openLog } from './open-log.ts'

const mapping = parseMapping(snapshots, 'snapshots')
const header = 'case,at,state,by,customer,assignee,team,priority'

/** Reads the rows of a file with this content. */
const read = (name: string, content: string | Buffer, input: MappingInput = snapshots): Promise<LogRow[]> =>
  inFolder(async (folder) => {
    const file = join(folder, name)
    await writeFile(file, content)
    const rows: LogRow[] = []
    for await (const row of (await openLog(file, parseMapping(input, 'test'))).rows) rows.push(row)
    return rows
  })

describe('a log', () => {
  const row = '1,2026-01-01T00:00:00Z,New,a,c,,,'

  it('is read from CSV, with quotes, line ends in fields, CRLF and a byte order mark', async () => {
    const rows = await read('log.csv', `\uFEFF${header}\r\n${row}\r\n"2","x","a ""b""\nc",,,,,\r\n`)
    expect(rows.map(({ row, values }) => [row, values[0]])).toEqual([
      [2, '1'],
      [3, '2'],
    ])
    expect(rows[1]?.original[2]).toBe('a "b"\nc')
  })

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('numbers a row by the line on which it begins, past blank lines and line ends in quotes (%s)', async (_, end) => {
    const lines = ['', header, row, '', '', '"2","x","a', '', 'b', '",,,,,', row, '', row, '']
    const rows = await read('log.csv', lines.join(end))
    expect(rows.map(({ row, values, fault }) => [row, values[0], fault])).toEqual([
      [3, '1', undefined],
      [6, '2', undefined],
      [10, '1', undefined],
      [12, '1', undefined],
    ])
  })

  it('may end its lines now in one way and now in another', async () => {
    const rows = await read('log.csv', `${header}\n${row}P1\r\n${row}P3\n`)
    expect(rows.map(({ row, original }) => [row, original.at(-1)])).toEqual([
      [2, 'P1'],
      [3, 'P3'],
    ])
  })

  it('may name a column twice that the mapping does not read', async () => {
    const rows = await read('log.csv', `note,${header},note\nx,${row},y\n`)
    expect(rows).toMatchObject([{ row: 2 }])
    expect(rows[0]?.fault).toBeUndefined()
    expect(rows[0]?.values[0]).toBe('1')
  })

  it('is read when it is compressed, whatever it is called', async () => {
    expect(await read('log.csv.gz', gzipSync(`${header}\n${row}\n`))).toHaveLength(1)
    expect(await read('log.csv', gzipSync(`${header}\n${row}\n`))).toHaveLength(1)
  })

  it('is read from NDJSON, numbers and missing values included', async () => {
    const content = '{"case":1,"state":null}\n\n{"case":"2","state":"New"}\n'
    const rows = await read('log.ndjson', content)
    expect(await read('log.jsonl', content)).toEqual(rows)
    expect(rows.map(({ row }) => row)).toEqual([1, 3])
    expect(rows[0]?.values).toContain('1')
    expect(rows[0]?.values).not.toContain('null')
  })

  it.each([
    ['a list', '[{"case":1},{"case":"2"}]', ['1', '2']],
    ['an object that holds a list', '{"count":2,"tickets":[{"case":1},{"case":"2"}],"next_page":null}', ['1', '2']],
    ['one object', '{"case":1}', ['1']],
    ['a line for each object, whatever it calls itself', '{"case":1}\n{"case":"2"}\n', ['1', '2']],
  ])('is read from a JSON document: %s', async (_, content, cases) => {
    const rows = await read('log.json', content, { ...snapshots, json: { records: 'tickets' } })
    expect(rows.map(({ row, values }) => [row, values[0]])).toEqual(cases.map((value, index) => [index + 1, value]))
  })

  it.each(['log.json', 'log.ndjson'])('refuses a row of JSON that is nested without end (%s)', async (name) => {
    const [deep, flat] = [`{"case":${'['.repeat(500_000)}${']'.repeat(500_000)}}`, '{"case":"2"}']
    const rows = await read(name, name === 'log.json' ? `[${deep},${flat}]` : `${deep}\n${flat}`)
    expect(rows.map(({ fault, values }) => [fault, values[0]])).toEqual([
      ['is nested too deeply', undefined],
      [undefined, '2'],
    ])
  })

  it('keeps a row that cannot be taken apart, with the reason', async () => {
    expect((await read('log.csv', `${header}\n1,2\n`))[0]?.fault).toBe('has 2 fields instead of 8')
    expect((await read('log.ndjson', 'nonsense\n[1]\n')).map(({ fault }) => fault)).toEqual([
      'is not JSON',
      'is not a JSON object',
    ])
  })

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('names the line of the row whose quote goes wrong, wherever that is noticed (%s)', async (_, end) => {
    const before = [header, row, '"2","x","a', 'b",,,,,']
    const after = Array.from({ length: 5_000 }, () => row)
    const broken = (...lines: readonly string[]) => read('log.csv', [...before, ...lines].join(end))
    const at = (message: RegExp) => ({ code: 'csv_broken', message: expect.stringMatching(message) as string })
    await expect(broken('3,"y,,,,,,', ...after)).rejects.toMatchObject(at(/line 5, field 2: .*never closed/))
    await expect(broken('3,"y,,,,,,', ...after, '4,"z",,,,,,')).rejects.toMatchObject(
      at(/line 5, field 2: .*goes on after its closing quote/),
    )
    await expect(broken(...after, '3,y"z,,,,,,')).rejects.toMatchObject(at(/line 5005, field 2: .*does not begin/))
  })

  it.each([
    ['quoted', '"', ';'],
    ['not quoted', '', ';'],
    ['quoted, with tabs', '"', '\t'],
    ['with bars and a byte order mark', '"', '|'],
  ])('names the delimiter that a file has instead: %s', async (_, quote, delimiter) => {
    const line = (text: string) =>
      text
        .split(',')
        .map((field) => `${quote}${field}${quote}`)
        .join(delimiter)
    const isMarked = delimiter === '|' ? '\uFEFF' : ''
    for (const end of ['\n', '\r\n', '\r'])
      await expect(read('log.csv', `${isMarked}${[header, row].map(line).join(end)}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^(column_missing|csv_broken)$/) as string,
        next: expect.stringContaining(
          `say "csv": {"delimiter": ${JSON.stringify(delimiter)}} in the mapping`,
        ) as string,
      })
  })

  it.each([
    ['sep=;', ';', '\r\n'],
    ['\uFEFF"sep=;"', ';', '\n'],
    ['SEP=\t', '\t', '\r'],
    ['sep=,', ',', '\r\n'],
    ['sep=;;;;;;;;', ';', '\r\n'],
    ['"sep=;",,,,,,,', ';', '\n'],
  ])('has the delimiter that its first line names, as Excel writes it: %j', async (first, delimiter, end) => {
    const lines = [first, ...[header, row, row].map((line) => line.replaceAll(',', delimiter)), '']
    for (const csv of [undefined, { delimiter: '|' }]) {
      const rows = await read('log.csv', lines.join(end), { ...snapshots, ...(csv && { csv }) })
      expect(rows.map(({ row, values }) => [row, values[0], values[2]])).toEqual([
        [3, '1', 'New'],
        [4, '1', 'New'],
      ])
    }
    await expect(read('log.csv', `${first}${end}`)).rejects.toMatchObject({ code: 'file_empty' })
  })

  it('says that the line which names the delimiter is wrong, where another one separates the fields', async () => {
    const lines = [header.replaceAll(',', ';'), `"1";"2"${';3'.repeat(6)}`]
    await expect(read('log.csv', ['sep=,', ...lines].join('\n'))).rejects.toMatchObject({
      code: expect.stringMatching(/^(column_missing|csv_broken)$/) as string,
      next: expect.stringContaining('";" separates its fields, correct its line sep=,') as string,
    })
  })

  it('names no delimiter where the file has that of the mapping', async () => {
    const broken = read('log.csv', `${header}\n"1"x;2;3;4;5;6;7;8\n`)
    await expect(broken).rejects.toMatchObject({
      code: 'csv_broken',
      next: expect.not.stringContaining('delimiter') as string,
    })
  })

  it.each([
    ['is empty', 'log.csv', '', 'file_empty', /is empty/],
    ['lacks a mapped column', 'log.csv', 'case,at\n1,2\n', 'column_missing', /no column/],
    ['names a mapped column twice', 'log.csv', `${header},state\n`, 'column_repeated', /column state twice/],
    ['never closes a quote', 'log.csv', `${header}\n${row}\n"1,2\n3,4\n`, 'csv_broken', /line \d+.*never closed/],
    [
      'goes on after a closing quote',
      'log.csv',
      `${header}\n"1"x,2,3,4,5,6,7,8\n`,
      'csv_broken',
      /line 2.*closing quote/,
    ],
    ['is an image', 'log.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x00, 0xff]), 'file_not_text', /UTF-8/],
    ['is in Latin-1', 'log.csv', Buffer.from(`${header}\n1,été\n`, 'latin1'), 'file_not_text', /UTF-8/],
    [
      'is compressed and cut off',
      'log.csv.gz',
      gzipSync(`${header}\n${row.repeat(500)}\n`).subarray(0, 60),
      'file_damaged',
      /damaged/,
    ],
    ['is neither CSV nor NDJSON by its name', 'log.xlsx', 'x', 'file_kind_unknown', /neither .* nor \.mbox/],
  ])('that %s is refused in one line', async (_, name, content, code, message) => {
    await expect(read(name, content)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it.each([
    [
      'holds a byte that is no UTF-8',
      Buffer.from(`${header}\n${row}\n1,\u00e9t\u00e9\n`, 'latin1'),
      3,
      3,
      'E9',
      /"encoding": "windows-1252"/,
    ],
    ['holds a NUL', `${header}\r\n${row}\r\n1,a\0,2\n`, 3, 4, 'NUL', /utf-16le/],
    [
      'is in UTF-16 without a mark',
      Buffer.from(`c\u00e9,${header}\n`, 'utf16le'),
      1,
      2,
      'NUL',
      /"encoding": "utf-16le"/,
    ],
    [
      'is in UTF-16 with the high byte first',
      Buffer.from(`c\u00e9,${header}\n`, 'utf16le').swap16(),
      1,
      1,
      'NUL',
      /"encoding": "utf-16be"/,
    ],
    ['is in UTF-16', Buffer.from(`\uFEFF${header}\n`, 'utf16le'), 1, 1, 'FF', /"encoding": "utf-16le"/],
    ['ends amid a character', Buffer.from(`${header}\n\u00e9`).subarray(0, -1), 2, 1, 'C3', /windows-1252/],
  ])('that %s is refused with line, column and what to do', async (_, content, line, column, what, next) => {
    await expect(read('log.csv', content)).rejects.toMatchObject({
      code: 'file_not_text',
      message: expect.stringMatching(new RegExp(`line ${line}, column ${column}: .*${what}`)) as string,
      next: expect.stringMatching(next) as string,
    })
  })

  it.each(['windows-1252', 'iso-8859-15', 'iso-8859-16'])(
    'in UTF-8 is refused when the mapping says that it is in %s',
    async (encoding) => {
      const content = `${header}\n${row}\n1,\u00e9t\u00e9 \u20ac\n`
      await expect(read('log.csv', content, { ...snapshots, encoding })).rejects.toMatchObject({
        code: 'file_not_text',
        message: expect.stringMatching(/line 3, column 3: .*UTF-8/) as string,
        next: expect.stringMatching(/"encoding": "utf-8"/) as string,
      })
    },
  )

  it('names the place of a byte far into the file', async () => {
    const content = Buffer.from(`${header}\r\n${`${row}\r\n`.repeat(9_000)}x\u00e9`, 'latin1')
    await expect(read('log.csv', content)).rejects.toMatchObject({
      message: expect.stringMatching(/line 9002, column 2:/) as string,
    })
  })

  it.each([
    ['windows-1252', Buffer.from(`${header}\n\u00e9t\u00e9\x80,,,,,,,\n`, 'latin1'), '\u00e9t\u00e9\u20ac'],
    ['utf-16le', Buffer.from(`\uFEFF${header}\n\u00e9t\u00e9\u20ac,,,,,,,\n`, 'utf16le'), '\u00e9t\u00e9\u20ac'],
    ['iso-8859-7', Buffer.from(`${header}\n\u00ce\u00ce\u00b1,,,,,,,\n`, 'latin1'), '\u039e\u039e\u00b1'],
  ])('is read in the encoding %s when the mapping says so', async (encoding, content, text) => {
    const rows = await read('log.csv', content, { ...snapshots, encoding })
    expect(rows[0]?.original[0]).toBe(text)
  })

  it('in windows-1252 may end with its only accent', async () => {
    const rows = await read('log.csv', Buffer.from(`${header}\n1,,,,,,,Jos\u00e9`, 'latin1'), {
      ...snapshots,
      encoding: 'windows-1252',
    })
    expect(rows.map(({ original }) => original.at(-1))).toEqual(['Jos\u00e9'])
  })

  it.runIf(platform !== 'win32')('that is a pipe is refused at once, for it is read twice', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.csv')
      execFileSync('mkfifo', [file])
      await expect(openLog(file, mapping)).rejects.toMatchObject({
        code: 'file_unreadable',
        message: expect.stringContaining('is a pipe') as string,
      })
    }),
  )

  it('may hold as many delimiters in a quoted field as it likes', async () => {
    const text = `say ""${',\n'.repeat(20_000)}""`
    const rows = await read('log.csv', `${header}\n"${text}",,,,,,,\n${row}\n`)
    expect(rows.map(({ row, fault }) => [row, fault])).toEqual([
      [2, undefined],
      [20_003, undefined],
    ])
  })

  it('with millions of fields in one row is refused as soon as there are too many', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.csv')
      await writeFile(file, `${header}\n${row}\n${','.repeat(8 * 1024 * 1024)}`)
      let bytes = 0
      const reading = async () => {
        for await (const _ of (await openLog(file, mapping, { onBytes: (chunk) => void (bytes += chunk.length) }))
          .rows);
      }
      await expect(reading()).rejects.toMatchObject({
        code: 'row_too_long',
        message: expect.stringMatching(/line 3: has more than 10,000 fields/) as string,
      })
      expect(bytes).toBeLessThan(1024 * 1024)
    }))

  it.each([
    ['without a quote', 'x', 'row_too_long', /line 3: is longer than 16 MiB/],
    ['in a quote', '"x', 'csv_broken', /line 3, field 1: .*a quote may not be closed/],
  ])('with an endless line %s is refused in one line', async (_, start, code, message) => {
    const content = `${header}\n${row}\n${start}${'x'.repeat(17 * 1024 * 1024)}`
    await expect(read('log.csv', content)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  it('that is a folder, or does not exist, is refused', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'log.csv'))
      await expect(openLog(join(folder, 'log.csv'), mapping)).rejects.toMatchObject({ code: 'file_unreadable' })
      await expect(openLog(join(folder, 'none.csv'), mapping)).rejects.toMatchObject({ code: 'file_unreadable' })
    }))
})
