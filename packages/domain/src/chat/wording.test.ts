import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import type { StoredEvent } from '../kernel/event.ts'
import { decodeEvent } from '../kernel/event.ts'
import { instant } from '../kernel/time.ts'
import { alex, camille, chatEvent } from '../testing/examples.ts'
import type { ChatEvent } from './events.ts'
import { chatEvents, describeChatEvent } from './events.ts'
import { localIso, localTime, wordChatEvent } from './wording.ts'

/** An event of every type, as it is stored. */
const sample = readFileSync(new URL('../../../projections/src/testing/sample-history.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { readonly stream: string; readonly stored: StoredEvent })
  .filter(({ stream }) => stream.startsWith('chat-'))
  .map(({ stored }) => decodeEvent(guichetEvents, stored) as ChatEvent)

const desk = (language: string) => ({ audience: 'desk', language, timeZone: 'Europe/Paris' }) as const
const customer = (language: string) => ({ ...desk(language), audience: 'customer' }) as const

describe('an event of a chat in words', () => {
  it.each(Object.keys(chatEvents))('is a sentence in French and one in English: %s', (type) => {
    const event = sample.find((each) => each.type === type)
    if (!event) throw new Error(`the sample history has no ${type}`)
    const [french, english] = [wordChatEvent(event, desk('fr')), wordChatEvent(event, desk('en'))]
    expect([french.what, english.what].filter((what) => what.length < 5)).toEqual([])
    expect(french.what).not.toBe(english.what)
    expect([french.why, french.said]).toEqual([english.why, english.said])
    expect(`${french.what} ${english.what}`).not.toMatch(/\d{4}-\d\d-\d\dT|undefined|\[object/)
  })

  it('has the words of the closest language, French for one that has none', () => {
    const event = chatEvent('ChatReopened', {})
    expect(wordChatEvent(event, desk('en-GB')).what).toBe(describeChatEvent(event).what)
    expect(wordChatEvent(event, desk('ja')).what).toBe('a rouvert la conversation')
  })

  it('tells a customer no reason, nor that the chat was closed as spam', () => {
    const closed = chatEvent('ChatClosed', { from: 'active', reason: 'spam', note: 'a robot' }, { by: alex })
    expect(wordChatEvent(closed, customer('en'))).toEqual({ what: 'closed the chat (other)' })
    expect(wordChatEvent(closed, desk('en'))).toEqual({ what: 'closed the chat (spam)', why: 'a robot' })
  })

  it('tells a customer no id of the people of the desk, but the word for them', () => {
    const [agent, to] = [{ id: 'auth0|1' }, { id: 'auth0|2', name: 'Sacha' }]
    const transferred = chatEvent('ChatTransferred', { round: 2, from: agent, to })
    expect(wordChatEvent(transferred, customer('en')).what).toBe('Sacha took over from Agent')
    expect(wordChatEvent(transferred, desk('en')).what).toBe('Sacha took over from auth0|1')
    const events = [
      chatEvent('ChatAccepted', { round: 1, agent }),
      chatEvent('ChatTransferEnded', { reason: 'nobody', agent }),
      chatEvent('ChatParticipantJoined', { agent, role: 'speaker' }),
      chatEvent('ChatParticipantLeft', { agent, role: 'speaker' }),
    ]
    for (const event of events) expect(wordChatEvent(event, customer('fr')).what).toContain('Conseiller')
  })

  it('does not say what was chosen once that was removed', () => {
    const chosen = chatEvent('ChatActionChosen', { messageId: 'm', actionId: 'a', label: '' }, { by: camille })
    expect(wordChatEvent(chosen, desk('en')).what).toBe('chose an action')
    expect(wordChatEvent(chosen, desk('fr')).what).toBe('a choisi une action')
  })
})

describe('a wall clock', () => {
  it.each([
    ['2026-03-29T00:59:59Z', 'Europe/Paris', '2026-03-29 01:59:59', '+01:00'],
    ['2026-03-29T01:00:00Z', 'Europe/Paris', '2026-03-29 03:00:00', '+02:00'],
    ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', '2026-01-01 05:45:00', '+05:45'],
    ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01 00:00:00', '+00:00'],
    ['2026-07-01T03:30:00Z', 'America/Toronto', '2026-06-30 23:30:00', '-04:00'],
  ])('shows %s in %s', (at, timeZone, wall, offset) => {
    expect(localTime(instant(at), timeZone)).toBe(wall)
    const iso = localIso(instant(at), timeZone)
    expect(iso).toBe(`${wall.replace(' ', 'T')}${offset}`)
    expect(instant(iso)).toBe(instant(at))
  })
})
