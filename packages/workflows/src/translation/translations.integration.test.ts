import type { ServerResponse } from 'node:http'
import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Instant } from '@guichet/domain'
import { instant, later, minutes } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { languageDetector } from '../language/language-detector.ts'
import type { TranslationServer } from '../contract/translation-server.ts'
import { closeTranslationServers, translationServer } from '../contract/translation-server.ts'
import { removeOldShares } from '../completion/budget.ts'
import type { TranslationRequest, Translations } from './translation-port.ts'
import type { TranslationOptions } from './translations.ts'
import { openTranslations } from './translations.ts'
import { postgresTranslations } from './translation-store.ts'

const start = instant('2026-03-02T12:00:00.000Z')
let clock: Instant = start
const now = () => clock
const secret = 'do-not-show-this'

describe('translations', () => {
  let database: TestDatabase
  let pool: Pool
  let server: TranslationServer
  const detector = languageDetector()
  const opened: { stop(): Promise<void> }[] = []
  const failures: string[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 8 })
  })
  afterAll(async () => {
    await detector.stop()
    await pool.end()
    await database.drop()
  })
  beforeEach(async () => {
    clock = start
    server = await translationServer()
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.stop()
    closeTranslationServers()
    failures.length = 0
    await pool.query(`truncate guichet_workflows.translation, guichet_workflows.translated_message,
      guichet_workflows.translation_removal, guichet_workflows.translation_rating, guichet_workflows.completion_count,
      guichet_workflows.completion_share, guichet_workflows.translation_erasure`)
  })

  const open = async (options: Partial<TranslationOptions> = {}): Promise<Translations> => {
    const translations = await openTranslations({
      pool,
      detector,
      now,
      onError: (error, context) => void failures.push(`${context}: ${String(error)}`),
      services: [{ name: 'dictionary', url: server.url, key: secret }],
      pairs: [],
      ...options,
    })
    opened.push(translations)
    return translations
  }
  const of = (messageId: string, customerId = 'zoe') => ({ stream: 'ticket-a', messageId, customerId }) as const
  const french = (text: string, more: Partial<TranslationRequest> = {}): TranslationRequest => ({
    text,
    from: 'en',
    to: 'fr-CA',
    names: [],
    ...more,
  })
  const storedTexts = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ readonly text: string }>('select text from guichet_workflows.translation')
    return rows.map(({ text }) => text)
  }
  const by = { service: 'dictionary', version: '1' }

  it('translate what is in a language, and leave codes, addresses and names where they stand', async () => {
    const translations = await open()
    const text = 'Hello Order,\n\nmy order INV-2024 is wrong, please read https://example.org/order and `the order`.'
    expect(await translations.translate([french(text, { names: ['Order Wrong'] })])).toEqual([
      {
        text: 'Bonjour Order,\n\nma commande INV-2024 est fausse, veuillez lire https://example.org/order et `the order`.',
        by,
        fault: undefined,
      },
    ])
    const sent = JSON.stringify(server.requests)
    for (const kept of ['INV-2024', 'example.org', 'the order', 'Order,']) expect(sent).not.toContain(kept)
    expect(server.requests[0]).toMatchObject({ source: 'en', target: 'fr', format: 'text', api_key: secret })
  })

  it('of one message are asked for once, and many are asked for together', async () => {
    const translations = await open()
    const requests = ['my order', 'my invoice', 'my order'].map((text, n) => french(text, { of: of(`m${n}`) }))
    const first = await translations.translate(requests)
    expect(first.map(({ text }) => text)).toEqual(['ma commande', 'ma facture', 'ma commande'])
    expect(server.requests.map(({ q }) => q)).toEqual([['my order', 'my invoice']])
    expect(await (await open()).translate(requests)).toEqual(first)
    expect(server.requests).toHaveLength(1)
    const other = await open({ services: [{ name: 'dictionary', url: server.url, version: '2' }] })
    expect(await other.translate(requests.slice(0, 1))).toEqual([
      { text: 'ma commande', by: { service: 'dictionary', version: '2' }, fault: undefined },
    ])
    expect(server.requests).toHaveLength(2)
  })

  it('of no message, such as those of a draft, are stored nowhere', async () => {
    await (await open()).translate([french('my order')])
    expect(await storedTexts()).toEqual([])
  })

  it('go with a text that is removed, and one that was under way does not come back', async () => {
    const translations = await open()
    const [kept, removed] = [french('my invoice', { of: of('b') }), french('my order', { of: of('a') })]
    await translations.translate([kept, removed])
    const reached = new Promise<() => void>((resolve) =>
      server.answerWith((response, { q }) =>
        resolve(() => void response.end(JSON.stringify({ translatedText: q.map(() => 'en route') }))),
      ),
    )
    const underWay = translations.translate([french('read my order', { of: of('a') })])
    const answer = await reached
    await translations.forget({ stream: 'ticket-a', messageId: 'a' }, 'my …')
    expect(await storedTexts()).toEqual(['ma facture'])
    answer()
    expect(await underWay).toMatchObject([{ text: 'en route' }])
    expect(await storedTexts()).toEqual(['ma facture'])
    server.answerWith()
    await translations.translate([french('my …', { of: of('a') })])
    expect((await storedTexts()).toSorted()).toEqual(['ma facture', 'ma …'])
  })

  it('go with the person whose conversation it is, under a text of somebody else too', async () => {
    const translations = await open()
    await translations.translate([
      french('my order', { of: of('a') }),
      french('my order', { of: { ...of('b', 'max'), stream: 'ticket-b' } }),
      french('my invoice', { of: { ...of('c', 'max'), stream: 'ticket-b' } }),
    ])
    expect(await translations.erase(['zoe'])).toBe(1)
    expect(await translations.erase(['zoe'])).toBe(0)
    expect(await storedTexts()).toEqual(['ma facture'])
  })

  it.each<[string, (translations: Translations) => Promise<unknown>]>([
    ['its customer is erased', (translations) => translations.erase(['zoe'])],
    ['its ticket is taken back', (translations) => translations.eraseConversation('ticket-a')],
  ])('under way do not come back when %s, and later ones are stored', async (_, erase) => {
    const translations = await open()
    await translations.translate([french('my invoice', { of: of('a') })])
    const reached = new Promise<() => void>((resolve) =>
      server.answerWith((response, { q }) =>
        resolve(() => void response.end(JSON.stringify({ translatedText: q.map(() => 'en route') }))),
      ),
    )
    const underWay = translations.translate([
      french('read my order', { of: of('b') }),
      french('read my invoice', { of: { ...of('c', 'max'), stream: 'ticket-b' } }),
    ])
    const answer = await reached
    await erase(await open())
    answer()
    await underWay
    expect(await storedTexts()).toEqual(['en route'])
    const messages = await pool.query('select stream, message_id from guichet_workflows.translated_message')
    expect(messages.rows).toEqual([{ stream: 'ticket-b', message_id: 'c' }])
    server.answerWith()
    await translations.translate([french('the order', { of: of('d') })])
    expect((await storedTexts()).toSorted()).toEqual(['en route', 'la commande'])
  })

  it('that cannot be stored are answered nevertheless', async () => {
    const translations = await open()
    await pool.query('alter table guichet_workflows.translated_message rename to absent')
    try {
      expect(await translations.translate([french('my order', { of: of('a') })])).toMatchObject([
        { text: 'ma commande' },
      ])
    } finally {
      await pool.query('alter table guichet_workflows.absent rename to translated_message')
    }
    // Old ones are removed at the start: that may fail here too.
    expect(failures).toContainEqual(expect.stringContaining('storing translations'))
  })

  it('go after thirty days', async () => {
    const translations = await open()
    await translations.translate([french('my order', { of: of('a') }), french('my invoice', { of: of('b') })])
    for (const table of ['translation', 'translated_message'])
      await pool.query(`update guichet_workflows.${table} set translated_at = now() - interval '31 days'`)
    await translations.translate([french('the order', { of: of('c') })])
    await postgresTranslations(pool).removeOld()
    expect(await storedTexts()).toEqual(['la commande'])
    expect((await pool.query('select from guichet_workflows.translated_message')).rowCount).toBe(1)
  })

  describe('by several services', () => {
    const both = async (): Promise<{ readonly first: TranslationServer; readonly translations: Translations }> => {
      const first = await translationServer('first')
      const services = [
        { name: 'first', url: first.url },
        { name: 'second', url: server.url },
      ]
      return { first, translations: await open({ services }) }
    }

    it('come from the next one where one has none, and say which it was', async () => {
      const { first, translations } = await both()
      first.answerWith((response) => void response.writeHead(503).end(secret))
      expect(await translations.translate([french('my order')])).toEqual([
        { text: 'ma commande', by: { service: 'second', version: '1' }, fault: undefined },
      ])
      expect(failures).toEqual(['the translation by first: ServiceFailed: the translator first answered 503'])
    })

    it('come from the one that readers find right more often, once each has ten ratings', async () => {
      const { translations } = await both()
      const askedFirst = async (messageId: string): Promise<string | undefined> => {
        const [translation] = await translations.translate([french(`my order ${messageId}`, { of: of(messageId) })])
        return translation?.by?.service
      }
      const rate = (messageId: string, service: string, isRight: boolean): Promise<boolean> =>
        translations.rate({ of: of(messageId), to: 'fr', service, rater: 'agent ana', isRight, at: now() })
      expect(await rate('none', 'first', true)).toBe(false)
      for (let n = 0; n < 10; n++) {
        expect(await askedFirst(`x${n}`)).toBe('first')
        expect(await rate(`x${n}`, 'second', false)).toBe(false)
        expect(await rate(`x${n}`, 'first', n < 4)).toBe(true)
      }
      for (let n = 0; n < 10; n++) {
        expect(await askedFirst(`y${n}`)).toBe('second')
        await rate(`y${n}`, 'second', n < 3)
      }
      expect(await askedFirst('z0')).toBe('first')
      expect(await translations.qualities()).toEqual([
        { service: 'first', version: '1', from: 'en', to: 'fr', rated: 10, right: 4 },
        { service: 'second', version: '1', from: 'en', to: 'fr', rated: 10, right: 3 },
      ])
      await rate('y9', 'second', true)
      await rate('y8', 'second', true)
      expect(await askedFirst('z1')).toBe('second')
      const renewed = await open({ services: [{ name: 'second', url: server.url, version: '2' }] })
      expect(await renewed.qualities()).toEqual([])
    })

    it('come from the one that the desk and its customers find right: visitors count nothing, a customer once a day', async () => {
      const { translations } = await both()
      const qualitiesAfter = async (messageId: string, rater: string): Promise<unknown> => {
        await translations.translate([french(`my order ${messageId}`, { of: of(messageId) })])
        const isRight = rater.startsWith('agent')
        expect(
          await translations.rate({ of: of(messageId), to: 'fr', service: 'first', rater, isRight, at: now() }),
        ).toBe(true)
        return (await translations.qualities()).map(({ rated, right }) => [rated, right])
      }
      const visitor = 'customer visitor-01234567-0123-0123-0123-0123456789ab'
      expect(await qualitiesAfter('a', 'agent ana')).toEqual([[1, 1]])
      expect(await qualitiesAfter('b', 'agent ana')).toEqual([[2, 2]])
      expect(await qualitiesAfter('c', visitor)).toEqual([[2, 2]])
      expect(await qualitiesAfter('d', 'customer zoe')).toEqual([[3, 2]])
      expect(await qualitiesAfter('e', 'customer zoe')).toEqual([[3, 2]])
      clock = later(clock, minutes(24 * 60))
      expect(await qualitiesAfter('f', 'customer zoe')).toEqual([[4, 2]])
    })

    it('are chosen without reading what was said of them for each page', async () => {
      const { translations } = await both()
      await translations.translate([french('my order')])
      await pool.query('alter table guichet_workflows.translation_rating rename to absent')
      try {
        expect(await translations.translate([french('my invoice')])).toMatchObject([{ text: 'ma facture' }])
      } finally {
        await pool.query('alter table guichet_workflows.absent rename to translation_rating')
      }
    })

    it('are waited for no longer than all services together may take', async () => {
      const stalled = await translationServer()
      const reached = Promise.race(
        [stalled, server].map((each) => new Promise<void>((resolve) => each.answerWith(() => resolve()))),
      )
      const services = [stalled, server].map(({ url }, n) => ({ name: `service${n}`, url, timeoutMs: 600_000 }))
      const translations = await open({ services, mostMs: 60_000 })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const underWay = translations.translate([french('my order'), french('mein', { from: 'de' })])
        await reached
        await vi.advanceTimersByTimeAsync(60_000)
        expect(await underWay).toMatchObject([
          { text: 'my order', fault: 'service_failed' },
          { text: 'mein', fault: 'service_failed' },
        ])
      } finally {
        vi.useRealTimers()
      }
      expect(stalled.requests.length + server.requests.length).toBe(1)
      for (const each of [stalled, server]) each.answerWith()
      for (let n = 0; n < 3; n++)
        expect(await translations.translate([french(`my order ${n}`)])).toMatchObject([{ fault: undefined }])
    })

    it('come from those that have the pair', async () => {
      const translations = await open({
        services: ['first', 'second'].map((name) => ({ name, url: server.url })),
        pairs: [
          { from: 'en', to: 'fr', services: ['second'] },
          { from: '*', to: 'en', services: ['first', 'second'] },
        ],
      })
      expect([translations.serves('en-GB', 'fr-FR'), translations.serves('ja', 'en')]).toEqual([true, true])
      expect(translations.serves('en', 'ja')).toBe(false)
      expect(await translations.translate([french('my order'), french('my order', { to: 'ja' })])).toEqual([
        { text: 'ma commande', by: { service: 'second', version: '1' }, fault: undefined },
        { text: 'my order', by: undefined, fault: 'no_service' },
      ])
    })
  })

  describe('of a service that does not do as it should', () => {
    const answering = (translatedText: unknown) => (response: ServerResponse) =>
      void response.end(JSON.stringify({ translatedText }))
    const german = 'Ihre Bestellung ist leider noch nicht angekommen, bitte haben Sie noch etwas Geduld mit uns.'
    const english = 'We are sorry to say that your order is not ready, please wait for it for another day.'

    it.each<[string, (response: ServerResponse) => void, string]>([
      ['nothing', answering(['']), 'useless_answer'],
      ['HTML', answering(['<script>alert(1)</script> ma commande']), 'useless_answer'],
      ['much more than the text', answering(['ma commande '.repeat(100)]), 'useless_answer'],
      ['a zero byte', answering(['ma commande\u0000']), 'useless_answer'],
      ['half of a character', answering(['ma commande \ud83d']), 'useless_answer'],
      ['another language', answering([german]), 'wrong_language'],
      ['the language of the text', answering([english]), 'wrong_language'],
      ['no array', answering('ma commande'), 'service_failed'],
      ['one text for two', answering(['a', 'b']), 'service_failed'],
      ['no JSON', (response) => void response.end('<html>'), 'service_failed'],
      ['10 MB', (response) => void response.end('x'.repeat(10_000_000)), 'service_failed'],
      ['another address', (response) => void response.writeHead(307, { location: '/x' }).end(), 'service_failed'],
      ['a hung-up connection', (response) => void response.destroy(), 'service_failed'],
      ['a stall', () => undefined, 'service_failed'],
    ])('such as %s: are the text as it was written, with the reason', async (_, answer, fault) => {
      server.answerWith(answer)
      const services = [{ name: 'dictionary', url: server.url, key: secret, timeoutMs: 2_000 }]
      const translations = await open({ services })
      expect(await translations.translate([french(english)])).toEqual([{ text: english, by: undefined, fault }])
      expect(failures.join()).not.toContain(secret)
    })

    it('are in part as they were written where a code does not come back', async () => {
      server.answerWith((response, { q }) =>
        response.end(JSON.stringify({ translatedText: q.map((text) => (text.includes('ZQX0Z') ? 'perdu' : 'gardé')) })),
      )
      const long = 'the order '.repeat(150).trim()
      const [whole, part] = await (
        await open()
      ).translate([french('my order INV-7'), french(`my order INV-7 ${long}\n\nmy invoice ${long}`, { of: of('a') })])
      expect(whole).toEqual({ text: 'my order INV-7', by: undefined, fault: 'parts_lost' })
      expect(part).toEqual({ text: `my order INV-7 ${long}\n\ngardé`, by, fault: 'parts_lost' })
    })

    it('such as one that refuses a pair of languages, are asked for again some minutes later, and of other pairs at once', async () => {
      const translations = await open()
      const into = (to: string) => translations.translate([french('my order', { to })])
      for (const to of ['ja', 'ko', 'zh', 'th', 'ja']) expect(await into(to)).toMatchObject([{ fault: 'no_service' }])
      expect(server.requests).toHaveLength(4)
      expect(failures).toHaveLength(4)
      expect(await into('fr')).toMatchObject([{ text: 'ma commande' }])
      clock = later(clock, minutes(11))
      server.answerWith((response) => void response.end(JSON.stringify({ translatedText: ['watashi'] })))
      expect(await into('ja')).toMatchObject([{ text: 'watashi' }])
    })

    it('such as one that refuses a text of a pair that it has, are asked for of the next text', async () => {
      const translations = await open()
      await translations.translate([french('my order')])
      server.answerWith((response) => void response.writeHead(413).end())
      for (let n = 0; n < 4; n++)
        expect(await translations.translate([french(`my order ${n}`)])).toMatchObject([{ fault: 'service_failed' }])
      server.answerWith()
      expect(await translations.translate([french('my invoice')])).toMatchObject([{ text: 'ma facture' }])
    })

    it.each([401, 403, 408, 429])(
      'such as one that answers %s to everything, are not asked for while it is paused',
      async (status) => {
        server.answerWith((response) => void response.writeHead(status).end())
        const translations = await open()
        for (const to of ['ja', 'ko', 'zh', 'th', 'fr'])
          expect(await translations.translate([french('my order', { to })])).toMatchObject([
            { fault: 'service_failed' },
          ])
        expect(server.requests).toHaveLength(3)
      },
    )

    it('are a tenth of a day’s budget for the conversations of one person, and half of it for those of all visitors', async () => {
      const text = 'my order is wrong'
      const translations = await open({ services: [{ name: 'limited', url: server.url, budget: 200 }] })
      let messages = 0
      const faultFor = async (customerId: string | undefined): Promise<unknown> => {
        const mine = customerId === undefined ? {} : { of: of(`m${++messages}`, customerId) }
        const [translation] = await translations.translate([french(`${text} ${++messages}`, mine)])
        return translation?.fault
      }
      const visitor = (n: number): string => `visitor-01234567-0123-0123-0123-0123456789a${n}`
      expect([await faultFor('zoe'), await faultFor('zoe')]).toEqual([undefined, 'budget_spent'])
      const ofVisitors: unknown[] = []
      for (let n = 0; n < 7; n++) ofVisitors.push(await faultFor(visitor(n)))
      expect(ofVisitors).toEqual([...Array<undefined>(5).fill(undefined), 'budget_spent', 'budget_spent'])
      expect([await faultFor('max'), await faultFor(undefined)]).toEqual([undefined, undefined])
      clock = later(clock, minutes(24 * 60))
      expect(await faultFor('zoe')).toBeUndefined()
      expect(server.requests).toHaveLength(9)
    })

    const charged = async (): Promise<Readonly<Record<string, number>>> => {
      const { rows } = await pool.query<{ readonly person: string; readonly requests: number }>(
        'select person, requests from guichet_workflows.completion_share',
      )
      return Object.fromEntries(rows.map(({ person, requests }) => [person, requests]))
    }

    it('are charged to nobody where they are not sent', async () => {
      const translations = await open({ services: [{ name: 'limited', url: server.url, budget: 200 }] })
      const visitor = 'visitor-01234567-0123-0123-0123-0123456789ab'
      const ofVisitor = (text: string) => french(text, { of: of(text, visitor) })
      const texts = [ofVisitor('my order'), ofVisitor('my invoice is wrong'), ofVisitor('hello'), french('the order')]
      const faults = (await translations.translate(texts)).map(({ fault }) => fault)
      expect(faults).toEqual([undefined, 'budget_spent', undefined, undefined])
      expect(server.requests.map(({ q }) => q)).toEqual([['my order', 'hello', 'the order']])
      expect(await charged()).toEqual({ [`customer ${visitor}`]: 13, visitors: 13 })
      await translations.translate([french('the order '.repeat(17).trim())])
      expect(server.requests).toHaveLength(2)
      expect(await translations.translate([french('my invoice', { of: of('b', 'max') })])).toMatchObject([
        { fault: 'budget_spent' },
      ])
      expect(await charged()).toEqual({ [`customer ${visitor}`]: 13, visitors: 13 })
    })

    it('are charged to nobody who was erased meanwhile, and not sent any more', async () => {
      const other = await translationServer()
      const reached = new Promise<() => void>((resolve) =>
        server.answerWith((response) => resolve(() => void response.writeHead(500).end())),
      )
      const translations = await open({
        services: [server, other].map(({ url }, n) => ({ name: `service${n}`, url, budget: 1_000 })),
      })
      const underWay = translations.translate([french('my order', { of: of('a') })])
      const answer = await reached
      expect(await charged()).toEqual({ 'customer zoe': 8 })
      await translations.erase(['zoe'])
      answer()
      expect(await underWay).toMatchObject([{ text: 'my order', by: undefined }])
      expect(other.requests).toEqual([])
      expect(await charged()).toEqual({})
    })

    it('are charged to people for two days, whatever becomes of the service', async () => {
      const translations = await open({ services: [{ name: 'limited', url: server.url, budget: 200 }] })
      await translations.translate([french('my order', { of: of('a') })])
      await removeOldShares(pool, later(start, minutes(24 * 60)))
      expect(await charged()).toEqual({ 'customer zoe': 8 })
      await removeOldShares(pool, later(start, 2 * minutes(24 * 60)))
      expect(await charged()).toEqual({})
    })

    it('are not asked for again while it is paused, nor beyond what it may be sent a day', async () => {
      server.answerWith((response) => void response.writeHead(500).end())
      const translations = await open()
      for (let n = 0; n < 5; n++) await translations.translate([french('my order')])
      expect(server.requests).toHaveLength(3)
      server.answerWith()
      const limited = await open({ services: [{ name: 'limited', url: server.url, budget: 20 }] })
      const outcomes = [
        await limited.translate([french('my order is wrong')]),
        await limited.translate([french('hello')]),
      ]
      expect(outcomes.flat().map(({ fault }) => fault)).toEqual([undefined, 'budget_spent'])
    })
  })
})
