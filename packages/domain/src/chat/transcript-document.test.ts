import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { later } from '../kernel/time.ts'
import { alex, camille, chatEvent, chatStarted, monday } from '../testing/examples.ts'
import { fold } from '../kernel/decider.ts'
import type { ChatEvent } from './events.ts'
import { isShownInChat } from './events.ts'
import { lives } from './invariants/lives.ts'
import { historyOf } from './invariants/step.ts'
import type { Chat } from './state.ts'
import { evolveChat } from './state.ts'
import type { TranscriptEntry } from './transcript-document.ts'
import { readTranscript, transcriptHead, transcriptSchema } from './transcript-document.ts'
import type { ChatReader } from './wording.ts'

const desk: ChatReader = { audience: 'desk', language: 'en', timeZone: 'Europe/Paris' }
const customer: ChatReader = { ...desk, audience: 'customer' }

async function stored(events: readonly ChatEvent[]) {
  const store = inMemoryStore({ catalogue: guichetEvents })
  await store.append({ stream: 'chat-C1', expectedVersion: 0, commandId: 'c', events })
  return store
}

async function transcript(events: readonly ChatEvent[], reader: ChatReader, upTo = events.length) {
  const entries: TranscriptEntry[] = []
  for await (const entry of readTranscript(await stored(events), 'C1', upTo, reader)) entries.push(entry)
  return entries
}

const chatOf = (events: readonly ChatEvent[]): Chat =>
  fold({ initial: { status: 'absent' as const }, evolve: evolveChat }, events) as Chat

const sent = (messageId: string, body: string, more: object = {}, by = camille) =>
  chatEvent('ChatMessageSent', { messageId, kind: 'text', body, ...more }, { by })

describe('the transcript of a chat', () => {
  it('has the present text of a message, in its place, and says when it was changed', async () => {
    const edited = { at: later(monday, 60_000), by: camille }
    const events = [
      chatStarted(),
      sent('m', 'Bonjou'),
      sent('n', 'Oui ?', {}, alex),
      chatEvent('ChatMessageEdited', { messageId: 'm', body: 'Bonjour', internal: false }, edited),
    ]
    const entries = await transcript(events, customer)
    expect(entries.map(({ text }) => text).slice(1)).toEqual(['Bonjour', 'Oui ?'])
    expect(entries[1]?.message?.editedAt).toBe(edited.at)
    const before = await transcript(events, customer, 3)
    expect(before[1]).toMatchObject({ text: 'Bonjou' })
  })

  it('says nothing of the content of a message that was removed, on neither road', async () => {
    const card = { source: 'erp', title: 'Facture 4111', fields: [{ label: 'Carte', value: '4111' }] }
    const attachments = [{ fileId: 'f', name: '4111.png', mediaType: 'image/png', bytes: 1 }]
    const actions = [{ actionId: 'a', label: 'Payer 4111' }]
    const events = [
      chatStarted(),
      sent('m', 'ma carte 4111', { kind: 'actions', card, attachments, actions }, alex),
      chatEvent('ChatMessageEdited', { messageId: 'm', body: 'carte : 4111', internal: false }, { by: alex }),
      chatEvent('ChatActionChosen', { messageId: 'm', actionId: 'a', label: 'Payer 4111' }, { by: camille }),
      chatEvent('ChatMessageRedacted', { messageId: 'm', internal: false }, { by: alex }),
    ]
    for (const reader of [desk, customer]) {
      const entries = await transcript(events, reader)
      expect(JSON.stringify(entries)).not.toContain('4111')
      expect(entries[1]).toMatchObject({ text: '', message: { removedAt: monday, files: [], actions: [] } })
    }
  })

  it('shows what was offered and what was chosen', async () => {
    const actions = [
      { actionId: 'a', label: 'Oui' },
      { actionId: 'b', label: 'Non' },
    ]
    const events = [
      chatStarted(),
      sent('m', 'Continuer ?', { kind: 'actions', actions }, alex),
      chatEvent('ChatActionChosen', { messageId: 'm', actionId: 'b', label: 'Non' }, { by: camille }),
    ]
    const entries = await transcript(events, customer)
    expect(entries[1]?.message?.actions).toEqual([
      { label: 'Oui', chosen: false },
      { label: 'Non', chosen: true },
    ])
    expect(entries[2]).toMatchObject({ text: 'chose “Non”' })
  })

  it('reads changed texts again that are too long to keep', async () => {
    const length = 250
    const long = (index: number): string => `${index}`.padEnd(9_000, '.')
    const events = [
      chatStarted(),
      ...Array.from({ length }, (_, index) => sent(`m${index}`, 'x')),
      ...Array.from({ length }, (_, index) =>
        chatEvent('ChatMessageEdited', { messageId: `m${index}`, body: long(index), internal: false }, { by: camille }),
      ),
    ]
    const entries = await transcript(events, customer)
    expect(entries.slice(1).map(({ text }) => text)).toEqual(Array.from({ length }, (_, index) => long(index)))
  })

  it('has for the customer exactly what they are shown, and for the desk the notes as well, in every random life', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        const events = historyOf(life)
        if (!events.some(({ type }) => type === 'ChatStarted')) return
        const [ofCustomer, ofDesk] = [await transcript(events, customer), await transcript(events, desk)]
        for (const { version, internal, type } of ofDesk) {
          const event = events[(version ?? 0) - 1]
          expect([event?.type, internal]).toEqual([type, event && !isShownInChat(event)])
        }
        expect(ofCustomer.map(({ number, type }) => [number, type])).toEqual(
          ofDesk.filter(({ internal }) => !internal).map(({ number, type }) => [number, type]),
        )
        expect(ofCustomer.some(({ message, reason }) => message?.kind === 'note' || reason !== undefined)).toBe(false)
        expect(ofCustomer.flatMap(({ by }) => (by.kind === 'agent' ? (by.id ?? []) : []))).toEqual([])
        for (const [reader, entries] of [[customer, ofCustomer] as const, [desk, ofDesk] as const]) {
          const head = transcriptHead('C1', chatOf(events), reader, monday)
          expect(transcriptSchema.parse({ ...head, entries })).toEqual({ ...head, entries })
        }
      }),
      { numRuns: 100 },
    )
  })
})
