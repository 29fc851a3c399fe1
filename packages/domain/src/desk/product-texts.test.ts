import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { ChatEvent } from '../chat/events.ts'
import { chatEvents } from '../chat/events.ts'
import { customerChatEvents } from '../chat/languages/definition.ts'
import { chatPushOf } from '../chat/push.ts'
import { filesLeftIn, wordChatEvent } from '../chat/wording.ts'
import { guichetEvents } from './categories.ts'
import type { StoredEvent } from '../kernel/event.ts'
import { decodeEvent } from '../kernel/event.ts'
import { instant } from '../kernel/time.ts'
import { draftText, reasonSentences } from '../proactive/draft-text.ts'
import { alex, chatEvent, monday } from '../testing/examples.ts'
import type { CustomerLanguage } from '../wording/locale.ts'
import { customerLanguages } from '../wording/locale.ts'
import { neededTexts, presentTexts } from './product-texts.ts'

const others = customerLanguages.filter((language) => language !== 'en')

/** Texts that are the same in two languages. */
const shared: Readonly<Partial<Record<CustomerLanguage, readonly string[]>>> = {
  fr: ['transcript.kinds.actions'],
  de: ['transcript.actorKinds.system', 'code', 'versions'],
}

it.each(customerLanguages)('%s has every text, in the form of each plural category', (language) => {
  const [needed, present] = [neededTexts(language), presentTexts(language)]
  for (const part of ['notices', 'chats', 'drafts'] as const)
    expect([part, [...present[part].keys()].sort()]).toEqual([part, [...needed[part].keys()].sort()])
})

it.each(others)('%s says each text of English in words of its own', (language) => {
  const [english, present] = [presentTexts('en'), presentTexts(language)]
  const same = [...present.chats, ...present.drafts].filter(
    ([key, text]) =>
      !key.startsWith('sentences.') &&
      [...english.chats, ...english.drafts].some(([other, one]) => other === key && one === text),
  )
  expect(same.map(([key]) => key)).toEqual(shared[language] ?? [])
})

it.each(others)('%s counts in each text that English counts in', (language) => {
  const [english, present] = [neededTexts(language), presentTexts(language)]
  for (const [key, text] of [...english.chats, ...english.drafts]) {
    const translated = present.chats.get(key) ?? present.drafts.get(key) ?? ''
    if (key.endsWith('.other') && text.includes('#'))
      expect([key, translated]).toEqual([key, expect.stringContaining('#')])
    const values = (one: string): readonly string[] => [...one.matchAll(/\{\d\}/g)].map(([value]) => value).sort()
    expect([key, values(translated)]).toEqual([key, values(text)])
  }
})

/** An event of each type, as it is stored. */
const sample = readFileSync(new URL('../../../projections/src/testing/sample-history.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { readonly stream: string; readonly stored: StoredEvent })
  .filter(({ stream }) => stream.startsWith('chat-'))
  .map(({ stored }) => decodeEvent(guichetEvents, stored) as ChatEvent)

it('has sentences for the events that customers may be shown, and for no others', () => {
  const shown = Object.entries(chatEvents).filter(([, { shownToCustomers }]) => shownToCustomers !== false)
  expect([...customerChatEvents].sort()).toEqual(shown.map(([type]) => type).sort())
})

it.each(others)('says in %s what has happened in a chat, with the names that English has', (language) => {
  const isolates = /[\u2068\u2069]/g
  for (const type of customerChatEvents) {
    const event = sample.find((each) => each.type === type)
    if (!event) throw new Error(`the sample history has no ${type}`)
    const wordsIn = (reader: string): string =>
      wordChatEvent(event, { audience: 'customer', language: reader, timeZone: 'Europe/Paris' }).what.replaceAll(
        isolates,
        '',
      )
    const [english, translated] = [wordsIn('en'), wordsIn(language)]
    expect([type, translated]).not.toEqual([type, english])
    expect(translated).not.toMatch(/undefined|\[object|\$\{|\d{4}-\d\d-\d\dT/)
    const people = ['customer', 'agent', 'from', 'to'].flatMap((field) => {
      const { name } = ((event as Readonly<Record<string, unknown>>)[field] ?? {}) as { readonly name?: string }
      return name !== undefined && english.includes(name) ? [name] : []
    })
    for (const name of people) expect([type, translated]).toEqual([type, expect.stringContaining(name)])
  }
})

it('isolates names in a sentence that is written from right to left', () => {
  const accepted = chatEvent('ChatAccepted', { round: 1, agent: { id: 'a', name: 'Alex' } }, { by: alex })
  const reader = { audience: 'customer', timeZone: 'UTC' } as const
  expect(wordChatEvent(accepted, { ...reader, language: 'ar-EG' }).what).toContain('\u2068Alex\u2069')
  expect(wordChatEvent(accepted, { ...reader, language: 'de' }).what).toBe('Alex hat den Chat angenommen')
})

it('writes when a chat closes as the language does, by the clock of its reader', () => {
  const closesAt = instant('2026-03-02T09:15:00Z')
  const warned = chatEvent('ChatInactivityWarned', { dueAt: closesAt, closesAt })
  const at = (language: string): string =>
    wordChatEvent(warned, { audience: 'customer', language, timeZone: 'Europe/Paris' }).what
  expect(at('de')).toMatch(/am 02\.03\.2026, 10:15 geschlossen$/)
  expect(at('fr')).toMatch(/se ferme le 2 mars 2026.*10:15$/)
  expect(at('hi')).toContain('10:15')
})

it('describes to the desk what it alone sees in French where the language of a reader has no words for it', () => {
  const event = chatEvent('ChatCategorized', { to: 'billing' })
  const reader = { audience: 'desk', timeZone: 'UTC' } as const
  expect(wordChatEvent(event, { ...reader, language: 'de' }).what).toBe('rangée dans la catégorie billing')
  expect(wordChatEvent(event, { ...reader, language: 'en' }).what).toBe('put into the category billing')
})

it('writes drafts, their reasons, pushes and counts of files in the language of the customer', () => {
  const suspicion = {
    rule: 'repeated',
    kind: 'error_occurred',
    code: 'E_PAY',
    count: 2,
    since: monday,
    pages: ['/pay'],
    versions: [],
  } as const
  const { subject, body, language } = draftText(suspicion, 'ar-EG', 'Asia/Dubai')
  expect([language, subject]).toEqual(['ar', 'خطأ يتكرر'])
  expect(body).toContain('مرتين')
  expect(body.split('\n').slice(1)).toEqual(['الرمز: \u2068E_PAY\u2069', 'أين: \u2068/pay\u2069'])
  expect(reasonSentences([{ reason: 'tickets', count: 3 }], 'ar')).toEqual([expect.stringMatching(/تذاكر/)])
  expect(reasonSentences([{ reason: 'tickets', count: 3 }], 'es')).toEqual(['3 tickets en treinta días.'])
  const accepted = chatEvent('ChatAccepted', { round: 1, agent: { id: 'a' } })
  expect(chatPushOf(accepted, 'de-CH')).toMatchObject({ title: 'Ein Mitarbeiter ist da', language: 'de' })
  expect([1, 3].map((count) => filesLeftIn('es', count).split(' más')[0])).toEqual(['1 archivo', '3 archivos'])
})
