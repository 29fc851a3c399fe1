import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtInMappings } from './built-in-mappings.ts'
import { bringInFile, bringInTogether, deeds, eventsOf, inFolder, inWords, newDesk } from '../testing/index.ts'

describe('the built-in mapping', () => {
  type Mail = Readonly<Record<'Message-ID' | 'From' | 'To' | 'Subject', string>> & { readonly 'In-Reply-To'?: string }
  const mailbox = (mails: readonly (readonly [hour: number, mail: Mail])[]) =>
    mails
      .map(([hour, mail]) => {
        const headers = Object.entries({ Date: `Mon, 3 Mar 2025 ${hour}:00:00 +0000`, ...mail })
        return [
          'From - Mon Mar  3 10:00:00 2025',
          ...headers.map((each) => each.join(': ')),
          '',
          `At ${hour}`,
          '',
          '',
        ].join('\n')
      })
      .join('')
  const [max, desk] = ['max@kunde.example', 'ada@x.example']
  const first = { 'Message-ID': '<o1@k>', From: max, To: desk, Subject: 'One' }
  const second = { 'Message-ID': '<o2@x>', From: desk, To: max, Subject: 'Re: One', 'In-Reply-To': '<o1@k>' }
  const third = { 'Message-ID': '<o3@k>', From: max, To: desk, Subject: 'Re: One', 'In-Reply-To': '<o2@x>' }
  const fourth = { 'Message-ID': '<o4@x>', From: desk, To: max, Subject: 'Re: One', 'In-Reply-To': '<o3@k>' }
  const conversation = [
    [10, first],
    [11, second],
    [12, third],
    [13, fourth],
  ] as const
  const [at10, at11, at12, at13] = conversation
  const bringInMail = (...boxes: readonly (readonly (readonly [number, Mail])[])[]) =>
    inFolder(async (folder) => {
      const target = newDesk()
      const files = boxes.map((_, index) => join(folder, `${index}.mbox`))
      for (const [index, box] of boxes.entries()) await writeFile(files[index] ?? '', mailbox(box))
      const account = await bringInTogether(
        target,
        files.map((file) => [file, builtInMappings['mbox'] ?? deeds] as const),
      )
      const histories = account.ticketIds.map(async (id) => (await eventsOf(target, id)).map(inWords))
      return { ...account, histories: await Promise.all(histories) }
    })
  const joined = [
    `03-03T10:00 ${max} TicketOpened “At 10”`,
    `03-03T11:00 ${desk} AgentReplied “At 11”`,
    `03-03T11:00 ${desk} TicketStarted`,
    `03-03T12:00 ${max} CustomerReplied “At 12”`,
    `03-03T13:00 ${desk} AgentReplied “At 13”`,
  ]

  it.each([
    ['one mailbox', [conversation]],
    ['one with the newest first', [conversation.toReversed()]],
    ['an inbox and what was sent, one after the other in one file', [[at10, at12, at11, at13]]],
    [
      'an inbox and what was sent',
      [
        [at10, at12],
        [at11, at13],
      ],
    ],
    [
      'what was sent and an inbox',
      [
        [at13, at11],
        [at12, at10],
      ],
    ],
  ] as const)('mbox joins a conversation that In-Reply-To alone links: %s', async (_, boxes) => {
    const { histories, ...account } = await bringInMail(...boxes)
    expect(account).toMatchObject({ rows: 4, applied: 4, refused: 0, repaired: 0 })
    expect(histories).toEqual([joined])
  })

  it('mbox joins what answers a mail that is missing by its subject, if the customer had part in it', async () => {
    const { histories, ...account } = await bringInMail([at10, at12])
    expect(account).toMatchObject({ applied: 2, refused: 0, repaired: 0 })
    expect(histories).toMatchObject([
      [expect.stringContaining('TicketOpened'), expect.stringContaining('CustomerReplied')],
    ])
  })

  it('mbox records an answer whose thread is in none of the files', async () => {
    const other = { ...third, 'Message-ID': '<p1@k>', From: 'zoe@kunde.example', 'In-Reply-To': '<gone@x>' }
    const { ticketIds, repairs, ...account } = await bringInMail([at10, at11, [14, other]])
    expect(ticketIds).toHaveLength(2)
    expect(account).toMatchObject({ applied: 3, refused: 0, repaired: 1 })
    expect(repairs).toMatch(/^\d+,thread,reply_unjoined,/m)
  })

  it.each([
    ['neither subject nor text', '', '', '(no subject)', '(no subject)'],
    ['no subject', '', 'My order\nis late', 'My order', 'My order\nis late'],
    ['no text', 'Subject: One\n', '', 'One', 'One'],
  ])('mbox opens a ticket for a mail with %s', async (_, header, text, subject, body) => {
    const mail = `From - Mon Mar  3 10:00:00 2025\nMessage-ID: <m1@k>\nDate: Mon, 3 Mar 2025 10:00:00 +0000\nFrom: ${max}\nTo: ${desk}\n${header}\n${text}\n\n`
    const { events, ...account } = await bringInFile('empty.mbox', builtInMappings['mbox'] ?? deeds, (file) =>
      writeFile(file, mail),
    )
    expect(account).toMatchObject({ rows: 1, applied: 1, refused: 0 })
    const [ticketId = ''] = account.ticketIds
    expect(await events(ticketId)).toMatchObject([{ type: 'TicketOpened', subject, body }])
  })
})
