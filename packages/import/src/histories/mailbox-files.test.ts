import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { builtInMappings } from './built-in-mappings.ts'
import { refusedMailsFile } from './refused-mails.ts'
import { bringIn, bringInTogether, deeds, eventsOf, inFolder, inWords, newDesk } from '../testing/index.ts'

const mapping = builtInMappings['mbox'] ?? deeds
const separator = 'From carl@example.org Mon Mar  4 08:00:00 2024'
const date = 'Date: Mon, 04 Mar 2024 08:00:00 +0000'
const headers = (id: number, ...more: readonly string[]) => [`From: carl@example.org`, `Message-ID: <${id}@c>`, ...more]
const mail = (id: number, ...body: readonly string[]) => [
  separator,
  ...headers(id, date, 'Subject: S'),
  '',
  ...body,
  '',
  '',
]

/** Imports a mailbox, and returns the histories of its tickets in the order of time. */
const bringInMailbox = (lines: readonly string[], end = '\n') =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const file = join(folder, 'in.mbox')
    await writeFile(file, lines.join(end))
    const account = await bringIn(desk, file, mapping)
    const histories = await Promise.all(account.ticketIds.map(async (id) => (await eventsOf(desk, id)).map(inWords)))
    const mails = await readFile(refusedMailsFile(`${file}.rejects`), 'utf8').catch(() => '')
    return { ...account, mails, histories: histories.toSorted() }
  })

describe('a mail', () => {
  it.each([
    ['a sentence', 'From Monday on, since 2024 we are open longer.', 'Come in!'],
    ['one with a time', 'From Mon 10:00 on 4 March 2024 it was broken.', 'Come in!'],
    ['one that ends a paragraph', 'From Mon 4 March 2024 at 10:00 on', ''],
    ['one before an address of the web', 'From Mon, 4 March 2024, 10:00 see', 'https://example.org/a'],
    ['one before a line with a colon', 'From the beginning of 2024', 'Note: it does not print'],
    ['a line of a mailbox before other words', separator, 'was in my mailbox'],
  ])('keeps a paragraph of its text that begins with From: %s', async (_, ...paragraph) => {
    const body = ['Hello', '', ...paragraph, '', 'Bye']
    for (const end of ['\n', '\r\n']) {
      const { histories, ...account } = await bringInMailbox([...mail(1, ...body), ...mail(2, 'Other')], end)
      expect(account).toMatchObject({ rows: 2, applied: 2, refused: 0 })
      expect(histories[0]?.[0]).toContain(paragraph[0])
      expect(histories[0]?.[0]).toMatch(/Bye”$/)
    }
  })

  it.each([
    'From carl@example.org Mon Mar  4 08:00:00 2024',
    'From carl@example.org Mon Mar  4 09:00:00 2024 +0100',
    'From carl@example.org Mon Mar 04 08:00:00 +0000 2024',
    'From carl@example.org  Mon, 4 Mar 2024 08:00:00 +0000',
    'From carl@example.org 2024-03-04T08:00:00Z',
    'From - Mon Mar 04 08:00:00 2024',
    'From "carl m"@example.org Mon Mar  4 08:00 2024',
    'From 1793@xxx Mon Mar 04 08:00:00 UTC 2024',
  ])('begins with a line of a sender and a time, which counts where it has no readable date: %s', async (line) => {
    for (const dated of [[], ['Date: yesterday'], ['Date:']]) {
      const { histories, ...account } = await bringInMailbox([
        ...mail(1, 'One'),
        line,
        ...headers(2, ...dated, 'Subject: T'),
        '',
        'Two',
        '',
      ])
      expect(account).toMatchObject({ rows: 2, applied: 2, refused: 0, repaired: 1 })
      expect(account.repairs).toMatch(/^10,date,date_missing,/m)
      expect(histories[1]).toEqual(['03-04T08:00 carl@example.org TicketOpened “Two”'])
    }
  })

  it('without any time is refused, and is in the mailbox of the refused mails', async () => {
    const refused = ['From - Mon Foo 99 08:00:00 2024', ...headers(2, 'Subject: T'), '', '>From here', '', '']
    const { mails, ...account } = await bringInMailbox([...mail(1, 'One'), ...refused, ...mail(3, 'Three')])
    expect(account).toMatchObject({ rows: 3, applied: 2, refused: 1, refusedMails: 1 })
    expect(account.rejects).toMatch(/^10,date,value_unreadable,/m)
    expect(mails).toBe(`${refused.join('\n')}\n`)
  })
})

describe('the mailbox of the refused mails', () => {
  const late = (id: number) => mail(id, `Words ${id}`).map((line) => line.replaceAll('2024', '2034'))

  it('has those of all files, in any compression and of any size, as they were', async () => {
    await inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one.mbox'), join(folder, 'two.mbox.gz')]
      const long = mail(4, 'x', ...Array.from({ length: 100_001 }, () => 'y'))
      await writeFile(one, [...mail(1, 'One'), ...late(2)].join('\n').trimEnd())
      await writeFile(two, gzipSync([...long, ...mail(5, 'Five')].join('\n')))
      const desk = newDesk()
      const account = await bringInTogether(desk, [
        [one, mapping],
        [two, mapping],
      ])
      expect(account).toMatchObject({ applied: 2, refused: 2, refusedMails: 2 })
      const file = refusedMailsFile(`${one}.rejects`)
      expect(await readFile(file, 'utf8')).toBe(`${late(2).join('\n').trimEnd()}\n\n${long.join('\n')}\n`)
    })
  })

  it('can be imported once it is mended, and is gone when nothing is refused', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'in.mbox')
      await writeFile(file, [...mail(1, 'One'), ...late(2)].join('\n'))
      const first = await bringIn(newDesk(), file, mapping)
      expect(first).toMatchObject({ refused: 1, refusedMails: 1 })
      const mails = refusedMailsFile(`${file}.rejects`)
      const mended = join(folder, 'mended.mbox')
      await writeFile(mended, (await readFile(mails, 'utf8')).replaceAll('2034', '2024'))
      expect(await bringIn(newDesk(), mended, mapping)).toMatchObject({ applied: 1, refused: 0 })
      await writeFile(file, mail(1, 'One').join('\n'))
      expect(await bringIn(newDesk(), file, mapping)).toMatchObject({ refused: 0, refusedMails: 0 })
      await expect(readFile(mails)).rejects.toThrow(/ENOENT/)
    })
  })
})
