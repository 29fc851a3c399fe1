import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { limits } from '../kernel/limits.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { later } from '../kernel/time.ts'
import { alex, camille, chatEvent, chatStarted, monday } from '../testing/examples.ts'
import type { ChatEvent } from './events.ts'
import { lives } from './invariants/lives.ts'
import { historyOf } from './invariants/step.ts'
import type { TranscriptPart } from './transcript.ts'
import { removedFromChat, transcriptParts } from './transcript.ts'

async function stored(events: readonly ChatEvent[]) {
  const store = inMemoryStore({ catalogue: guichetEvents })
  await store.append({ stream: 'chat-C1', expectedVersion: 0, commandId: 'c', events })
  return store
}

async function parts(events: readonly ChatEvent[], language = 'en', after = 0): Promise<readonly TranscriptPart[]> {
  const found: TranscriptPart[] = []
  for await (const part of transcriptParts(await stored(events), 'C1', language, after)) found.push(part)
  return found
}

const joined = (found: readonly TranscriptPart[], audience: 'forCustomer' | 'forDesk'): string =>
  found.flatMap((part) => part[audience] || []).join('\n')

async function texts(events: readonly ChatEvent[], language = 'en') {
  const found = await parts(events, language)
  return { forCustomer: joined(found, 'forCustomer'), forDesk: joined(found, 'forDesk') }
}

const removal = async (events: readonly ChatEvent[], language = 'en') =>
  (await removedFromChat(await stored(events), 'C1', language))?.removeFrom ?? ((text: string) => text)

const sent = (messageId: string, body: string, more: object = {}, by = camille) =>
  chatEvent('ChatMessageSent', { messageId, kind: 'text', body, ...more }, { by })
const edited = (messageId: string, body: string, after = 60_000) =>
  chatEvent('ChatMessageEdited', { messageId, body, internal: false }, { at: later(monday, after), by: camille })
const redacted = (messageId: string) =>
  chatEvent('ChatMessageRedacted', { messageId, internal: false }, { at: later(monday, 90_000), by: alex })

const startsAnEntry = /^\[\d{4}-/
const entriesIn = (text: string): number =>
  text.split(/[\n\v\f\r\u0085\u2028\u2029]/).filter((line) => startsAnEntry.test(line)).length

describe('the text of a transcript', () => {
  it('has one line that begins as an entry does for each entry, whatever a message says', async () => {
    const forged = '[2026-03-02 10:15:03 UTC] Alex Martin: 500 EUR refunded'
    const word = fc.constantFrom('\n', '\r\n', '\r', '\u2028', '\u2029', '\t', ' ', 'ok', forged, '[a.png]')
    const said = fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 12 }).map((words) => words.join(''))
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 5 }), said, async (bodies, note) => {
        const events = [
          chatStarted(),
          ...bodies.map((body, n) => sent(`m${n}`, body)),
          ...bodies.map((body, n) => edited(`m${n}`, `${body}\n${forged}`)),
          sent('note', note, { kind: 'note' }, alex),
          chatEvent('ChatClosed', { from: 'active', reason: 'solved', note }, { by: alex }),
          chatEvent('ChatRated', { rating: 5, comment: note }, { by: camille }),
        ]
        const { forCustomer, forDesk } = await texts(events)
        expect([entriesIn(forCustomer), entriesIn(forDesk)]).toEqual([1 + bodies.length + 2, 2])
      }),
      { numRuns: 200 },
    )
  })

  it('has cards, calls, ratings, and for the desk the notes of transfers and invitations', async () => {
    const card = { source: 'ERP', title: 'Invoice 17', fields: [{ label: 'Amount', value: '120 EUR' }] }
    const agent = { id: 'sacha', name: 'Sacha' }
    const events = [
      chatStarted(),
      sent('card', '', { kind: 'card', card }, alex),
      chatEvent('ChatTransferRequested', { to: { agent }, note: 'knows invoices' }, { by: alex }),
      chatEvent('ChatParticipantInvited', { agent, role: 'speaker', note: 'please listen' }, { by: alex }),
      chatEvent('ChatCallEnded', { callId: 'c', reason: 'hung_up', seconds: 61 }, { by: camille }),
      chatEvent('ChatRated', { rating: 4, comment: 'quick\nand kind' }, { by: camille }),
    ]
    const { forCustomer, forDesk } = await texts(events)
    expect(forCustomer).toContain(': Invoice 17 (ERP)\n    Amount: 120 EUR\n[')
    expect(forCustomer).toContain('the call ended after 61 s (hung_up)')
    expect(forCustomer).toContain('rated the chat 4 of 5: quick\n    and kind')
    expect(forDesk).toContain('asked for a transfer to Sacha: knows invoices')
    expect(forDesk).toContain('invited Sacha as speaker: please listen')
    expect(forCustomer).not.toMatch(/invoices|listen/)
  })

  it('shows the customer no ids of the desk, and has what the desk is told otherwise for the desk', async () => {
    const unnamed = { kind: 'agent', id: 'auth0|5f7c8e' } as const
    const agent = { id: 'auth0|5f7c8e' }
    const events = [
      chatStarted(),
      chatEvent('ChatAccepted', { round: 1, agent }, { by: unnamed }),
      sent('m', 'Hello', {}, unnamed),
      chatEvent(
        'ChatTransferred',
        { round: 2, from: agent, to: { id: 'auth0|9' } },
        { by: { ...unnamed, id: 'auth0|9' } },
      ),
      chatEvent('ChatClosed', { from: 'active', reason: 'spam', note: 'a robot' }, { by: unnamed }),
    ]
    const { forCustomer, forDesk } = await texts(events)
    expect(forCustomer).not.toMatch(/auth0|spam|robot/)
    expect(forCustomer).toContain('] Agent: Hello')
    expect(forDesk).toContain('auth0|9 took over from auth0|5f7c8e')
    expect(forDesk).toContain('closed the chat (spam): a robot')
  })

  it('is in the language of the chat, and says when a message was edited', async () => {
    const events = [chatStarted(), sent('m', 'Bonjou'), edited('m', 'Bonjour'), sent('gone', 'x'), redacted('gone')]
    const { forCustomer } = await texts(events, 'fr-CA')
    expect(forCustomer).toContain('a ouvert la conversation')
    expect(forCustomer).toContain('(modifié 2026-03-02 09:01:00 UTC): Bonjour')
    expect(forCustomer).toContain(': (contenu retiré)')
  })

  it('ends with the last request for the ticket, of which it says nothing', async () => {
    const request = chatEvent('ChatConversionRequested', { ticketId: 't', subject: 's' }, { by: alex })
    const events = [
      chatStarted(),
      request,
      chatEvent('ChatClosed', { from: 'waiting', reason: 'converted' }, { by: alex }),
      chatEvent('ChatRated', { rating: 1 }, { by: camille }),
    ]
    const { forCustomer, forDesk } = await texts(events)
    expect([entriesIn(forCustomer), forDesk]).toEqual([2, ''])
    expect((await texts([...events, request])).forCustomer).toContain('rated the chat 1 of 5')
  })

  it('comes in parts of bounded size, and is the same from wherever it is continued', async () => {
    const fileOf = (fileId: string) => ({ fileId, name: `${fileId}.png`, mediaType: 'image/png', bytes: 1 })
    const ten = (n: number) => Array.from({ length: 10 }, (_, index) => fileOf(`f${n}-${index}`))
    const long = Array.from({ length: 30 }, (_, n) => [
      sent(`m${n}`, `\n${n}`.repeat(4_000).slice(0, 10_000)),
      sent(`n${n}`, 'x'.repeat(10_000), { kind: 'note', attachments: ten(n) }, alex),
    ]).flat()
    const found = await parts([chatStarted(), ...long])
    expect(found.length).toBeGreaterThan(4)
    for (const { forCustomer, forDesk, files } of found) {
      expect(Math.max(forCustomer.length, forDesk.length)).toBeLessThanOrEqual(limits.body)
      expect(files.length).toBeLessThanOrEqual(100)
    }
    expect(found.flatMap(({ files }) => files)).toHaveLength(300)
    for (const [index, { upTo }] of found.entries())
      expect(await parts([chatStarted(), ...long], 'en', upTo)).toEqual(found.slice(index + 1))
  })

  it('says nothing of what was removed after the request for the ticket', async () => {
    const request = chatEvent('ChatConversionRequested', { ticketId: 't', subject: 's' }, { by: alex })
    const { forCustomer } = await texts([chatStarted(), sent('m', 'my card: 4111'), request, redacted('m')])
    expect(forCustomer).toContain('content removed')
    expect(forCustomer).not.toContain('4111')
  })

  it('leaves room in each part for what is said instead of a content that is removed', async () => {
    const events = [chatStarted(), ...Array.from({ length: 1_500 }, (_, n) => sent(`m${n}`, '.'))]
    const removeFrom = await removal([...events, ...Array.from({ length: 1_500 }, (_, n) => redacted(`m${n}`))], 'fr')
    for (const { forCustomer } of await parts(events, 'fr')) {
      expect(removeFrom(forCustomer)).not.toMatch(/: \.$/m)
      expect(removeFrom(forCustomer).length).toBeLessThanOrEqual(limits.body)
    }
  })

  it('fits a message of a ticket even where one message of the chat is as large as it may be', async () => {
    const line = (length: number) => 'x'.repeat(length)
    const events = [
      chatStarted(),
      sent('m', '\nx'.repeat(5_000), {
        attachments: Array.from({ length: 10 }, (_, n) => ({
          fileId: `f${n}`,
          name: line(200),
          mediaType: 'a/b',
          bytes: 1,
        })),
        actions: Array.from({ length: 10 }, (_, n) => ({ actionId: `a${n}`, label: line(100) })),
        card: {
          source: line(100),
          title: line(100),
          fields: Array.from({ length: 20 }, () => ({ label: line(100), value: line(500) })),
        },
      }),
    ]
    for (const { forCustomer } of await parts(events)) expect(forCustomer.length).toBeLessThanOrEqual(limits.body)
  })
})

describe('what was removed from a chat', () => {
  it('is removed from the text as it was after any of its events, and nothing else is, in every random life', async () => {
    await fc.assert(
      fc.asyncProperty(lives, fc.nat(), async (life, place) => {
        const events = historyOf(life)
        const begin = events.findIndex(({ type }) => type === 'ChatStarted')
        if (begin < 0) return
        const asked = chatEvent('ChatConversionRequested', { ticketId: 't', subject: 's' }, { by: alex })
        const upTo = begin + 1 + (place % (events.length - begin))
        const removed = events.slice(upTo).filter(({ type }) => type === 'ChatMessageRedacted')
        const before = events.slice(0, upTo).filter(({ type }) => !type.startsWith('ChatConver'))
        const removeFrom = await removal([...before, ...removed])
        const [then, now] = [await texts([...before, asked]), await texts([...before, ...removed, asked])]
        expect({ forCustomer: removeFrom(then.forCustomer), forDesk: removeFrom(then.forDesk) }).toEqual(now)
      }),
      { numRuns: 150 },
    )
  })

  it('is removed with its cards and lines, from before and after it was edited, and what only begins as it does stays', async () => {
    const card = { source: 'ERP', title: 'Card', fields: [{ label: 'Number', value: '4111' }] }
    const begun = [
      chatStarted(),
      sent('m', 'PIN'),
      sent('longer', 'PIN\nis what I forgot'),
      sent('card', '4111\n4111', { kind: 'card', card }, alex),
    ]
    const changed = [...begun, edited('m', 'PIN 1234\n1234'), edited('m', 'PIN 5678', 70_000)]
    const removeFrom = await removal([...changed, redacted('m'), redacted('card')])
    for (const history of [begun, [...begun, edited('m', 'PIN 1234\n1234')], changed]) {
      const left = removeFrom((await texts(history)).forCustomer)
      expect(left).not.toMatch(/1234|5678|4111/)
      expect(left).toContain(': PIN\n    is what I forgot')
      expect(left.match(/content removed/g)).toHaveLength(2)
    }
  })

  it('is removed from the lines of tickets that were made before, in English and without indentation', async () => {
    const attachments = [{ fileId: 'f', name: 'card.png', mediaType: 'image/png', bytes: 1 }]
    const actions = [{ actionId: 'a', label: 'Pay 4111' }]
    const events = [
      chatStarted(),
      sent('m', 'my card\n4111', { attachments }),
      edited('m', 'my card: 4111'),
      ...[' UTC', ''].map((zone) => edited('m', `as I said\n[2026-03-02 09:00:00${zone}] ${alex.name}: 4111 is fine`)),
      sent('offer', 'Well?', { kind: 'actions', actions }, alex),
      chatEvent('ChatActionChosen', { messageId: 'offer', actionId: 'a', label: 'Pay 4111' }, { by: camille }),
      redacted('m'),
      redacted('offer'),
    ]
    const removeFrom = await removal(events, 'fr')
    for (const zone of [' UTC', '']) {
      const line = (name: string, what: string) => `[2026-03-02 09:00:00${zone}] ${name}: ${what}`
      const [author = '', desk = ''] = [camille.name, alex.name]
      const forged = `as I said\n${line(desk, '4111 is fine')}`
      for (const said of ['my card\n4111 [card.png]', 'my card: 4111 [card.png]', `${forged} [card.png]`]) {
        const text = [
          line(author, said),
          line(desk, 'Well? (Pay 4111)'),
          line(author, 'chose “Pay 4111”'),
          line(author, 'Thanks'),
        ]
        const left = [line(author, '(x)'), line(desk, '(x)'), line(author, '(x)'), line(author, 'Thanks')]
        expect(removeFrom(text.join('\n')).replaceAll(/removed|contenu retiré/g, 'x')).toBe(left.join('\n'))
      }
    }
  })
})
