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
    const written = mails.map((mail, index) => {
      const hour = String(8 + index).padStart(2, '0')
      const headers = { Date: `Mon, 04 Mar 2024 ${hour}:00:00 +0000`, ...mail }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
      return ['From - Mon Mar  4 08:00:00 2024', ...lines, '', `Words ${index}`, '', ''].join('\n')
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

  it('a conversation that the desk began is of the person to whom it wrote', async () => {
    const began = { 'Message-ID': '<4@d>', From: support, To: zoe, Subject: 'Your renewal' }
    const answered = {
      'Message-ID': '<5@z>',
      From: zoe,
      To: support,
      'In-Reply-To': '<4@d>',
      Subject: 'Re: Your renewal',
    }
    for (const others of [[], [question], [question, answer]]) {
      const { histories, thirdPersons } = await bringInMails(mapping, ...others, began, answered)
      const [opened = '', ...later] = histories.at(-1) ?? []
      expect(opened).toContain(`${zoe} TicketOpened`)
      expect(later.map((line) => line.slice(12))).toEqual([
        `${support} AgentReplied “Words ${others.length}”`,
        `${zoe} CustomerReplied “Words ${others.length + 1}”`,
      ])
      expect(thirdPersons).toBe(0)
    }
  })

  it('what a form of the desk sends was written by whoever is to be answered', async () => {
    const form = { From: 'Shop form <form@desk.example>', To: support, Subject: 'Order form' }
    const vera = { ...form, 'Message-ID': '<4@d>', 'Reply-To': 'Vera <vera@v.example>' }
    const walt = { ...form, 'Message-ID': '<5@d>', 'Reply-To': 'walt@w.example', Subject: 'Re: Order form' }
    const toVera = { 'Message-ID': '<6@d>', From: support, To: 'vera@v.example', Subject: 'Re: Order form' }
    const again = { 'Message-ID': '<7@v>', From: 'vera@v.example', To: support, 'In-Reply-To': '<6@d>', Subject: 'Re' }
    const { histories } = await bringInMails(mapping, vera, walt, toVera, again)
    expect(histories).toEqual([
      [
        '03-04T08:00 vera@v.example TicketOpened “Words 0”',
        `03-04T10:00 ${support} AgentReplied “Words 2”`,
        '03-04T11:00 vera@v.example CustomerReplied “Words 3”',
      ],
      ['03-04T09:00 walt@w.example TicketOpened “Words 1”'],
    ])
  })

  it.each<[string, Mail]>([
    ['Reply-To', { 'Reply-To': `Zoe <${zoe}>` }],
    ['Reply-To of a group outside', { From: "'Zoe' via Help <help@g.example>", To: 'help@g.example', 'Reply-To': zoe }],
    ['X-Original-From', { 'X-Original-From': `Zoe <${zoe}>` }],
    ['X-Original-Sender', { 'Reply-To': support, 'X-Original-Sender': zoe }],
    ['Reply-To of no-reply', { From: 'no-reply@forms.example', 'Reply-To': zoe }],
  ])('what a group or a service passes on was written by whom it names: %s', async (_name, headers) => {
    const passed = { ...question, From: `'Zoe' via Support <${support}>`, ...headers }
    const other = { ...question, 'Message-ID': '<9@c>', Subject: 'Other' }
    const { histories, ticketIds } = await bringInMails(mapping, passed, { ...answer, To: zoe }, other)
    expect(ticketIds).toHaveLength(2)
    expect(histories[0]).toEqual([
      `03-04T08:00 ${zoe} TicketOpened “Words 0”`,
      `03-04T09:00 ${ann} AgentReplied “Words 1”`,
    ])
  })

  it('the desk’s own mail to a customer stays its own, whoever is to be answered', async () => {
    const other = { ...answer, 'Reply-To': 'Agency <agency@else.example>' }
    const { histories } = await bringInMails(mapping, question, other)
    expect(histories[0]?.at(-1)).toBe(`03-04T09:00 ${ann} AgentReplied “Words 1”`)
  })

  it('two mails without a sender are of two people', async () => {
    const nobody = { To: support, Subject: 'No sender' }
    const first = { ...nobody, 'Message-ID': '<4@u>' }
    const second = { ...nobody, 'Message-ID': '<5@u>', Subject: 'Re: No sender' }
    const third = { ...nobody, 'Message-ID': '<6@u>', 'In-Reply-To': '<4@u>' }
    const { histories } = await bringInMails(mapping, first, second, third, { ...question, From: 'Nina' })
    expect(histories.map((lines) => lines.map((line) => line.replace(/^\S+ unknown-\w+ /, '')))).toEqual([
      ['TicketOpened “Words 0”', expect.stringMatching(/^InternalNoteAdded “Written by unknown-\w+, who is neither/)],
      ['TicketOpened “Words 1”'],
      ['TicketOpened “Words 3”'],
    ])
    expect(new Set(histories.flat().map((line) => line.split(' ')[1])).size).toBe(4)
  })

  it('somebody else who is to be answered is not the customer: what they answer is their own', async () => {
    const [eve, dora] = ['eve@evil.example', 'dora@d.example']
    const asked = { ...question, From: `Eve <${eve}>`, 'Reply-To': dora }
    const toDora = { ...answer, To: dora }
    const byDora = { ...back, From: dora }
    const unjoined = { 'Message-ID': '<8@d>', From: dora, To: support, Subject: 'Re: Invoice' }
    const { histories, thirdPersons } = await bringInMails(mapping, asked, toDora, byDora, unjoined)
    expect(histories).toEqual([
      [
        `03-04T08:00 ${eve} TicketOpened “Words 0”`,
        `03-04T09:00 ${ann} AgentReplied “Words 1”`,
        `03-04T10:00 ${dora} InternalNoteAdded ${note(dora, 'Words 2')}`,
      ],
      [`03-04T11:00 ${dora} TicketOpened “Words 3”`],
    ])
    expect(thirdPersons).toBe(1)
  })

  it.each(['Réf : ', 'Re：', '[EXT] Re: ', 'RE : [External Sender] ', 'Re[2]: ', 'Re(3): ', '回复：', 'RÉF: Fwd: '])(
    'a mail without references whose subject begins with “%s” joins its thread',
    async (mark) => {
      const again = { 'Message-ID': '<6@c>', From: carl, To: support, Subject: `${mark}Invoice` }
      const { histories } = await bringInMails(mapping, question, again)
      expect(histories).toEqual([
        [`03-04T08:00 ${carl} TicketOpened “Words 0”`, `03-04T09:00 ${carl} CustomerReplied “Words 1”`],
      ])
    },
  )

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
    ...[
      'Automatisch antwoord: Invoice',
      'Automatisk svar: Invoice',
      'Autosvar: Invoice',
      'Automaattinen vastaus: Invoice',
      'Automatická odpověď: Invoice',
      'Otomatik Yanıt: Invoice',
      'Automatikus válasz: Invoice',
      'Răspuns automat: Invoice',
      '自動応答: Invoice',
      'Out of Office Re: Invoice',
      'I am out of the office: Invoice',
      'Absent du bureau : Invoice',
      'Read: Invoice',
      'Lu : Invoice',
      '[EXT] Automatic reply: Invoice',
      '\u200fAutomatic reply: Invoice',
      '\u2068[EXT] Automatic reply: Invoice\u2069',
    ].map((Subject): [string, Mail] => [Subject, { ...back, Subject }]),
    ['X-Autoreply-From', { ...back, 'X-Autoreply-From': 'carl' }],
    ['X-Mail-Autoreply', { ...back, 'X-Mail-Autoreply': 'yes' }],
    ['Preference: auto_reply', { ...back, Preference: 'auto_reply' }],
    ['X-Precedence: auto_reply', { ...back, 'X-Precedence': 'auto_reply' }],
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
    ...[
      ['postmaster@x.example', 'Échec de la remise : Invoice'],
      ['postmaster', 'Warning: could not send message for past 4 hours'],
      ['mail-daemon@x.example', 'Undelivered Mail Returned to Sender'],
      ['Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>', 'Undeliverable: Invoice'],
      ['Mail Delivery System <noreply-dsn@x.example>', 'Undelivered Mail Returned to Sender'],
    ].map(([From = '', Subject = '']): [string, Mail] => [`${Subject} of ${From}`, { ...bounce, From, Subject }]),
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
    ['a question about what is read', { Subject: 'Read this first' }],
    ['a question that begins like a bounce', { Subject: 'Undeliverable parcel' }],
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

  it.each<[string, readonly Mail[]]>([
    [
      'only the sent mail is given',
      [
        { 'Message-ID': '<1@d>', From: ann, To: carl, Subject: 'One' },
        { 'Message-ID': '<2@d>', From: ann, To: zoe, Subject: 'Two' },
      ],
    ],
    [
      'mails were delivered into its mailbox',
      [
        { 'Message-ID': '<1@d>', From: ann, To: zoe, Subject: 'One' },
        { 'Message-ID': '<2@z>', From: zoe, To: ann, Subject: 'Re: One', 'In-Reply-To': '<1@d>', 'Delivered-To': ann },
      ],
    ],
    [
      'a colleague of the address that others wrote to began',
      [
        { ...question, Subject: 'Zero' },
        { 'Message-ID': '<2@d>', From: ann, To: zoe, Subject: 'One' },
        { 'Message-ID': '<3@z>', From: zoe, To: ann, Subject: 'Re: One', 'In-Reply-To': '<2@d>' },
      ],
    ],
    [
      'many customers have addresses of one domain',
      [
        ...['a', 'b', 'c'].map((who) => ({
          'Message-ID': `<${who}@m>`,
          From: `${who}@mail.example`,
          To: 'help@else.example',
          Subject: who,
        })),
        { 'Message-ID': '<1@d>', From: 'help@else.example', To: 'd@mail.example', Subject: 'One' },
      ],
    ],
  ])('the desk is who wrote first where %s', async (_name, mails) => {
    const { histories, thirdPersons } = await bringInMails(mapped, ...mails)
    const first = mails.filter(({ From = '' }) => From === ann || From.startsWith('help@'))
    const begun = histories.filter((lines) => /AgentReplied/.test(lines[1] ?? ''))
    expect(begun.map((lines) => lines[0]?.split(' ')[1])).toEqual(first.map(({ To }) => To))
    expect(thirdPersons).toBe(0)
  })

  it('a customer who alone writes to two addresses of the desk stays the customer', async () => {
    const billing = { ...question, 'Message-ID': '<4@c>', To: 'billing@desk.example', Subject: 'Other' }
    const { histories } = await bringInMails(mapped, question, billing, answer)
    expect(histories.map(([opened]) => opened?.split(' ').slice(1, 3))).toEqual([
      [carl, 'TicketOpened'],
      [carl, 'TicketOpened'],
    ])
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
