import { expect, it } from 'vitest'
import type { EventEnvelope, GuichetEvent, LanguageDetector } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import type { Conversation } from './detect-customer-language.ts'
import { detectCustomerLanguage } from './detect-customer-language.ts'

const ana = { kind: 'agent', id: 'ana' } as const
const zoe = { kind: 'customer', id: 'zoe' } as const

/** Takes texts with “Bonjour” for French, and is unsure of others. */
function detecting() {
  const asked: string[] = []
  const detector: LanguageDetector = {
    languages: new Set(['fr', 'en']),
    detect: async (text) => {
      asked.push(text)
      return text.includes('Bonjour') ? { language: 'fr', scores: { fr: 1 } } : undefined
    },
  }
  return { asked, detector }
}

async function scene(others: readonly Conversation[] = []) {
  const desk = deskInMemory()
  const { asked, detector } = detecting()
  const reads: string[] = []
  const reaction = detectCustomerLanguage({ detector, conversationsOf: async () => others })
  const open = (id: string, body: string, by: typeof ana | typeof zoe = zoe) =>
    desk.execute('ticket', id, { type: 'open', subject: 'A question', body, customer: { id: 'zoe' } }, { by })
  const deliver = async (): Promise<void> => {
    const all = (await desk.store.readAll({ limit: 1_000 })) as readonly EventEnvelope<GuichetEvent>[]
    const { store } = desk
    const readStream: typeof store.readStream = (stream, ...options) => {
      reads.push(stream)
      return store.readStream(stream, ...options)
    }
    await reaction.react(
      all.filter(({ event }) => reaction.on.includes(event.type)),
      { ...desk, store: { ...store, readStream } },
    )
  }
  const events = async () =>
    (await desk.store.readStream('customer-zoe')).map(({ event }) => event).filter(({ type }) => /Language/.test(type))
  return { desk, asked, reads, open, deliver, events }
}

it('detects the language of who writes to the desk, once, however often an event comes', async () => {
  const { open, deliver, events, asked } = await scene()
  await open('a', 'Bonjour, rien ne marche.')
  await deliver()
  await deliver()
  expect(await events()).toMatchObject([{ type: 'CustomerLanguageDetected', language: 'fr', by: { id: 'identity' } }])
  expect(asked).toEqual(['A question\nBonjour, rien ne marche.'])
})

it('detects it from all that they have written, in other conversations too', async () => {
  const { open, deliver, events, asked, desk } = await scene([
    { category: 'ticket', id: 'b' },
    { category: 'ticket', id: 'a' },
  ])
  await open('a', 'Bonjour, rien ne marche.')
  await open('b', 'And nobody answers me.')
  await desk.execute('ticket', 'b', { type: 'agentReply', body: 'What does not work, please?' }, { by: ana })
  await deliver()
  expect(asked[0]).toContain('Bonjour')
  expect(asked[0]).toContain('And nobody answers me.')
  expect(asked[0]).not.toContain('please')
  expect(await events()).toHaveLength(1)
})

it('reads other conversations seldom while nothing is found, and its own with each message', async () => {
  const { open, deliver, desk, asked, reads } = await scene([{ category: 'ticket', id: 'b' }])
  await open('a', 'hm, one')
  for (let n = 2; n <= 9; n++)
    await desk.execute('ticket', 'a', { type: 'customerReply', body: `hm, number ${n}` }, { by: zoe })
  await open('b', 'hm, another')
  await deliver()
  expect(reads.filter((stream) => stream === 'ticket-a')).toHaveLength(9)
  // With the messages 1, 2, 4 and 8 of the first ticket, and for its own message.
  expect(reads.filter((stream) => stream === 'ticket-b')).toHaveLength(5)
  expect(asked).toHaveLength(10)
  await desk.execute('ticket', 'a', { type: 'customerReply', body: 'Bonjour, rien ne marche.' }, { by: zoe })
  await deliver()
  expect(asked.at(-1)).toContain('Bonjour')
})

it('detects nothing of what agents write for a customer, and of too few words', async () => {
  const { open, deliver, events, asked } = await scene()
  await open('a', 'Bonjour, le client dit que rien ne marche.', ana)
  await open('b', 'ok', zoe)
  await deliver()
  expect(asked.join()).not.toContain('Bonjour')
  expect(await events()).toEqual([])
})

it('does not ask where somebody has said the language', async () => {
  const stated = await scene()
  await stated.desk.execute('recipient', 'zoe', { type: 'chooseLanguage', language: 'en' }, { by: zoe })
  await stated.open('a', 'Bonjour, rien ne marche.')
  await stated.deliver()
  const corrected = await scene()
  await corrected.desk.execute('customer', 'zoe', { type: 'register', language: 'en' }, { by: ana })
  await corrected.open('a', 'Bonjour, rien ne marche.')
  await corrected.deliver()
  expect([...stated.asked, ...corrected.asked]).toEqual([])
})
