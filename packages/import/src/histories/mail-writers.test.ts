import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtInMappings } from './built-in-mappings.ts'
import type { MappingInput } from './mapping.ts'
import { bringIn, deeds, eventsOf, inFolder, inWords, newDesk } from '../testing/index.ts'

type Mail = Readonly<Record<string, string>>

const [carl, zoe, ann, support] = ['carl@example.org', 'zoe@example.net', 'ann@desk.example', 'support@desk.example']
const question = { 'Message-ID': '<1@c>', From: carl, To: support, Subject: 'Invoice' }
const answer = { 'Message-ID': '<2@d>', From: ann, To: carl, Subject: 'Re: Invoice', References: '<1@c>' }
const back = { 'Message-ID': '<3@c>', From: carl, To: support, Subject: 'Re: Invoice', References: '<1@c> <2@d>' }

const mapped: MappingInput = builtInMappings['mbox'] ?? deeds
const named: MappingInput = { ...mapped, mail: { desk: ['@desk.example'] } }

/** Imports mails, one an hour from eight on, and returns the history of each ticket. */
const bringInMails = (mapping: MappingInput, ...mails: readonly Mail[]) =>
  inFolder(async (folder) => {
    const desk = newDesk()
    const written = mails.map((mail, place) => {
      const hour = String(8 + place).padStart(2, '0')
      const headers = { Date: `Mon, 04 Mar 2024 ${hour}:00:00 +0000`, ...mail }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
      return ['From - Mon Mar  4 08:00:00 2024', ...lines, '', `Words ${place}`, '', ''].join('\n')
    })
    await writeFile(join(folder, 'in.mbox'), written.join(''))
    const account = await bringIn(desk, join(folder, 'in.mbox'), mapping)
    const again = await bringIn(desk, join(folder, 'in.mbox'), mapping)
    expect(again).toMatchObject({ applied: 0, refused: account.refused, repaired: account.repaired })
    const histories = await Promise.all(account.ticketIds.map((id) => eventsOf(desk, id)))
    const lines = histories.toSorted((a, b) => ((a[0]?.at ?? '') < (b[0]?.at ?? '') ? -1 : 1))
    return {
      ...account,
      histories: lines.map((events) => events.filter(({ type }) => type !== 'TicketStarted').map(inWords)),
    }
  })

const note = (who: string, text: string): string =>
  `“Written by ${who}, who is neither the customer nor of the desk:\n\n${text}”`

describe.each([
  ['without the addresses of the desk', mapped],
  ['with them', named],
])('in a mailbox %s', (_, mapping) => {
  it('a stranger’s mail without references opens a ticket of its own, whatever its subject', async () => {
    const stranger = { 'Message-ID': '<4@z>', From: zoe, To: support, Subject: 'Re: Invoice' }
    const { histories, repairs } = await bringInMails(mapping, question, answer, stranger, back)
    expect(histories).toEqual([
      [
        `03-04T08:00 ${carl} TicketOpened “Words 0”`,
        `03-04T09:00 ${ann} AgentReplied “Words 1”`,
        `03-04T11:00 ${carl} CustomerReplied “Words 3”`,
      ],
      [`03-04T10:00 ${zoe} TicketOpened “Words 2”`],
    ])
    expect(repairs).toMatch(/reply_unjoined/)
  })

  it('mails without references join the thread of their own customer, though another has the same subject', async () => {
    const others = { 'Message-ID': '<5@z>', From: zoe, To: support, Subject: 'Invoice' }
    const again = { 'Message-ID': '<6@c>', From: carl, To: support, Subject: 'Re: Invoice' }
    const answered = { 'Message-ID': '<7@d>', From: ann, To: zoe, Subject: 'AW: Invoice' }
    const { histories } = await bringInMails(mapping, question, others, again, answered)
    expect(histories).toEqual([
      [`03-04T08:00 ${carl} TicketOpened “Words 0”`, `03-04T10:00 ${carl} CustomerReplied “Words 2”`],
      [`03-04T09:00 ${zoe} TicketOpened “Words 1”`, `03-04T11:00 ${ann} AgentReplied “Words 3”`],
    ])
  })

  it('a mail of somebody who is copied in is a note of a third person', async () => {
    const copied = { ...back, 'Message-ID': '<4@z>', From: `Zoe <${zoe}>`, Cc: carl }
    const { histories, ...account } = await bringInMails(mapping, question, answer, copied)
    expect(histories[0]?.at(-1)).toBe(`03-04T10:00 ${zoe} InternalNoteAdded ${note(`Zoe (${zoe})`, 'Words 2')}`)
    expect(account).toMatchObject({ applied: 3, repaired: 1, thirdPersons: 1 })
  })

  it('a mail of the desk to others than the customer is a note, one with a copy to the customer a reply', async () => {
    const internal = { ...answer, 'Message-ID': '<4@d>', To: 'bea@desk.example' }
    const copied = { ...answer, 'Message-ID': '<5@d>', To: zoe, Cc: carl }
    const { histories } = await bringInMails(mapping, question, internal, copied)
    expect(histories[0]?.slice(1)).toEqual([
      `03-04T09:00 ${ann} InternalNoteAdded “Words 1”`,
      `03-04T10:00 ${ann} AgentReplied “Words 2”`,
    ])
  })

  it('a customer is answered at the address that they asked for', async () => {
    const work = 'carl@work.example'
    const asking = { ...question, 'Reply-To': work }
    const { histories } = await bringInMails(mapping, asking, { ...answer, To: work }, { ...back, From: work })
    expect(histories[0]?.slice(1)).toEqual([
      `03-04T09:00 ${ann} AgentReplied “Words 1”`,
      `03-04T10:00 ${carl} CustomerReplied “Words 2”`,
    ])
  })

  const bounce = { 'Message-ID': '<b@x>', From: 'Mail Delivery System <MAILER-DAEMON@x.example>', To: support }
  it.each<[string, Mail]>([
    ['Auto-Submitted', { ...back, 'Auto-Submitted': 'auto-replied (vacation)' }],
    ['Auto-Submitted of another kind, as an answer', { ...back, 'Auto-Submitted': 'auto-generated' }],
    ['X-Autoreply', { ...back, 'X-Autoreply': 'yes' }],
    ['X-Autorespond', { ...back, 'X-Autorespond': 'away' }],
    ['Precedence: auto_reply', { ...back, Precedence: 'auto_reply' }],
    ['Precedence: junk', { ...back, Precedence: 'junk' }],
    ['an empty return path', { ...back, 'Return-Path': '<>' }],
    ['Automatic reply:', { ...back, Subject: 'Automatic reply: Invoice' }],
    ['Out of Office AutoReply:', { ...back, Subject: 'Out of Office AutoReply: Invoice' }],
    ['Réponse automatique :', { ...back, Subject: 'Réponse automatique : Invoice' }],
    ['Abwesenheitsnotiz:', { ...back, Subject: 'Abwesenheitsnotiz: Invoice' }],
    ['a receipt', { ...back, 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=b' }],
    ['a bounce', { ...bounce, Subject: 'Undelivered Mail Returned to Sender', References: '<2@d>' }],
    ['the desk’s own acknowledgement', { ...answer, 'Message-ID': '<4@d>', 'Auto-Submitted': 'auto-replied' }],
  ])('an automatic mail in a thread is a note, and counted: %s', async (_name, automatic) => {
    const { histories, ...account } = await bringInMails(mapping, question, answer, automatic)
    expect(histories).toHaveLength(1)
    expect(histories[0]?.at(-1)).toMatch(/InternalNoteAdded “Sent automatically by .*:\n\n?/)
    expect(account).toMatchObject({ refused: 0, automatic: { noted: 1, leftOut: 0 }, thirdPersons: 0 })
    expect(account.repairs).toMatch(/^\d+,actor,automatic_message,/m)
  })

  it.each<[string, Mail]>([
    ['a bounce', { ...bounce, Subject: 'Undelivered Mail Returned to Sender' }],
    ['a bounce of the postmaster', { ...bounce, From: 'postmaster@x.example', Subject: 'Undeliverable: Invoice' }],
    ['a delivery report', { ...bounce, From: zoe, 'Content-Type': 'multipart/report; report-type=delivery-status' }],
    ['an out-of-office note', { ...bounce, From: zoe, Subject: 'Out of office' }],
    [
      'an answer to a mail that is missing',
      { ...bounce, From: zoe, 'In-Reply-To': '<9@d>', 'Auto-Submitted': 'auto-replied' },
    ],
  ])('an automatic mail that belongs to no thread opens no ticket, and is counted: %s', async (_name, automatic) => {
    const { histories, ...account } = await bringInMails(mapping, automatic, question)
    expect(histories).toEqual([[`03-04T09:00 ${carl} TicketOpened “Words 1”`]])
    expect(account).toMatchObject({ rows: 2, applied: 1, refused: 1, automatic: { noted: 0, leftOut: 1 } })
    expect(account.rejects).toMatch(/^1,actor,automatic_left_out,/m)
  })

  it.each<[string, Mail]>([
    ['Auto-Submitted: no', { 'Auto-Submitted': 'no' }],
    ['a form’s mail', { 'Auto-Submitted': 'auto-generated' }],
    ['a mailing list’s', { Precedence: 'list', 'List-Id': '<help.example.org>' }],
    ['a question about automatic replies', { Subject: 'Automatic replies do not work' }],
    ['a person’s who is postmaster', { From: 'postmaster@example.org', Subject: 'A question' }],
    ['X-Autoreply: no', { 'X-Autoreply': 'no' }],
  ])('a mail that no machine answered with opens a ticket: %s', async (_name, headers) => {
    const { histories, automatic } = await bringInMails(mapping, { ...question, ...headers })
    expect(histories).toHaveLength(1)
    expect(automatic).toEqual({ noted: 0, leftOut: 0 })
  })
})

describe('without the addresses of the desk', () => {
  it('the desk is who the first mails went to, and the domain, unless customers are of it', async () => {
    const own = 'desk@mail.example'
    const mails = [
      { ...question, To: own },
      { ...answer, From: own },
      { ...back, From: 'somebody@mail.example' },
      { ...question, 'Message-ID': '<9@m>', From: 'max@mail.example', To: own, Subject: 'Other' },
    ]
    const { histories, thirdPersons } = await bringInMails(mapped, ...mails)
    expect(histories[0]?.slice(1)).toEqual([
      `03-04T09:00 ${own} AgentReplied “Words 1”`,
      `03-04T10:00 somebody@mail.example InternalNoteAdded ${note('somebody@mail.example', 'Words 2')}`,
    ])
    expect(thirdPersons).toBe(1)
  })

  it('somebody else to whom a first mail went, too, is not of the desk', async () => {
    const alone = { ...question, 'Message-ID': '<9@z>', From: zoe, Subject: 'Other' }
    const both = { ...question, To: `partner@else.example, ${support}` }
    const { histories } = await bringInMails(mapped, alone, both, { ...answer, From: 'partner@else.example' })
    expect(histories[1]?.at(-1)).toMatch(/partner@else.example InternalNoteAdded/)
  })

  it('the language is that of the mail', async () => {
    await inFolder(async (folder) => {
      const desk = newDesk()
      const mail = `From - Mon Mar  4 08:00:00 2024\nFrom: ${carl}\nTo: ${support}\nDate: Mon, 4 Mar 2024 08:00:00 +0000\nContent-Language: nl-BE, en\n\nDag\n`
      await writeFile(join(folder, 'in.mbox'), mail)
      const { ticketIds } = await bringIn(desk, join(folder, 'in.mbox'), mapped)
      expect((await eventsOf(desk, ticketIds[0] ?? ''))[0]).toMatchObject({ language: 'nl-BE' })
    })
  })
})
