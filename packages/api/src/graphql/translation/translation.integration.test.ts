import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TranslationServer } from '@guichet/workflows/contract'
import { closeTranslationServers, translationServer } from '@guichet/workflows/contract'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, openTicket, sam, startApi, useApi, zoe } from '../../server/testing/api-under-test.ts'

let server: TranslationServer
beforeAll(async () => {
  server = await translationServer()
})
const api = useApi(
  { beforeAll, afterAll },
  { translation: () => ({ services: [{ name: 'dictionary', url: server.url }], pairs: [] }) },
)
afterAll(closeTranslationServers)
afterEach(() => server.answerWith())

const service = { ...ana, id: 'crm', role: 'service' } as const
const english = 'Hello, my order INV-2024 is wrong: please read https://example.org/order and thank you'
const french = 'Bonjour, ma commande INV-2024 est fausse: veuillez lire https://example.org/order et merci vous'
const translation = 'translation(to: "fr") { text language sourceLanguage service serviceVersion fault }'
const whole = { language: 'fr', sourceLanguage: 'en', service: 'dictionary', serviceVersion: '1', fault: null }

beforeAll(async () => {
  for (const agentId of ['ana', 'bob']) {
    await mutate(api, sam, 'registerAgent', { agentId, name: agentId, languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId, availability: 'AVAILABLE' }, '')
  }
})

const conversation = async (as: Bearer, ticketId: string, fields = `body ${translation}`): Promise<unknown> => {
  const data = await api.dataOf(
    as,
    `{ ticket(id: "${ticketId}") { conversation(first: 20) { nodes { id ${fields} } } } }`,
  )
  return (data['ticket'] as { readonly conversation: { readonly nodes: readonly unknown[] } } | null)?.conversation
    .nodes
}
const refusalOf = async (as: Bearer, input: object): Promise<unknown> => {
  const document =
    'mutation ($input: RateTranslationInput!) { rateTranslation(input: $input) { userErrors { code field } } }'
  const { data, errors } = await api.ask(as, document, { input })
  if (errors.length > 0) return errors[0]?.extensions.code
  return (data?.['rateTranslation'] as { readonly userErrors: readonly unknown[] } | undefined)?.userErrors[0]
}

describe('the translation of a message', () => {
  it('of a ticket is read by an agent beside the text, from one request for the whole conversation', async () => {
    const ticketId = await openTicket(api, zoe, { body: english, language: 'en' })
    await mutate(api, zoe, 'customerReply', { ticketId, body: 'Please read the invoice INV-7 for my order today' })
    const before = server.requests.length
    const read = await conversation(ana, ticketId)
    expect(read).toMatchObject([
      { body: english, translation: { text: french, ...whole } },
      { translation: { text: 'Veuillez lire la facture INV-7 pour ma commande aujourd’hui', ...whole } },
    ])
    expect(server.requests).toHaveLength(before + 1)
    expect(await conversation(ana, ticketId)).toEqual(read)
    expect(server.requests).toHaveLength(before + 1)
  })

  it('of a chat is read in the same way, with the names of those who write as they are', async () => {
    const started = await mutate(
      api,
      { ...zoe, id: 'order', name: 'Order Ready' },
      'startChat',
      {
        message: { messageId: 'first', body: 'Hello, my order is ready and I thank you: Order Ready' },
        language: 'en',
      },
      'chat { id }',
    )
    const { id } = (started as unknown as { readonly chat: { readonly id: string } }).chat
    const messages = `{ chat(id: "${id}") { messages(first: 5) { nodes { ${translation} } } } }`
    expect(await api.dataOf(ana, messages)).toMatchObject({
      chat: {
        messages: {
          nodes: [{ translation: { text: 'Bonjour, ma commande est prête et I merci vous: Order Ready', ...whole } }],
        },
      },
    })
  })

  it('is for customers what the desk has written to them, in another language than theirs', async () => {
    const ticketId = await openTicket(api, zoe, { body: english, language: 'en' })
    await mutate(api, ana, 'agentReply', { ticketId, body: 'We have sent the invoice and your order today, thank you' })
    const [own, reply] = (await conversation(zoe, ticketId)) as readonly { readonly translation: unknown }[]
    expect(own?.translation).toBeNull()
    expect(reply?.translation).toMatchObject({ text: expect.stringContaining('Nous avons envoyé la facture') })
    expect(await conversation(zoe, ticketId, 'translation(to: "en-GB") { text }')).toMatchObject([
      { translation: null },
      { translation: null },
    ])
    expect(await conversation(max, ticketId)).toBeUndefined()
  })

  it('is for customers in a language of the desk, of the conversation or of their own, and for agents in any', async () => {
    const reader = { ...zoe, id: 'reader' } as const
    const ticketId = await openTicket(api, reader, { body: english, language: 'en' })
    await mutate(api, ana, 'agentReply', {
      ticketId,
      body: 'Please read the invoice for your order today, and thank you',
    })
    const intoJapanese = async (as: Bearer): Promise<unknown> =>
      ((await conversation(as, ticketId, 'translation(to: "ja") { text fault }')) as readonly unknown[]).at(-1)
    const before = server.requests.length
    const refused = {
      translation: { text: 'Please read the invoice for your order today, and thank you', fault: 'NO_SERVICE' },
    }
    expect(await intoJapanese(reader)).toMatchObject(refused)
    expect(server.requests).toHaveLength(before)
    await mutate(api, reader, 'chooseLanguage', { language: 'ja' }, '')
    expect(await intoJapanese(reader)).toMatchObject(refused)
    expect(server.requests).toHaveLength(before + 1)
    expect(await conversation(ana, ticketId, 'translation(to: "ko") { fault }')).toMatchObject([
      { translation: { fault: 'NO_SERVICE' } },
      { translation: { fault: 'NO_SERVICE' } },
    ])
    expect(server.requests).toHaveLength(before + 2)
    expect(await conversation(reader, ticketId)).toMatchObject([{}, { translation: { ...whole } }])
  })

  it('is not asked for of an internal note', async () => {
    const ticketId = await openTicket(api, zoe, { body: french, language: 'fr' })
    await mutate(api, ana, 'addNote', { ticketId, body: 'my order is wrong, and the secret of the desk is in it' })
    expect(await conversation(ana, ticketId)).toMatchObject([{ translation: null }, { translation: null }])
    expect(JSON.stringify(server.requests)).not.toContain('secret of the desk')
  })

  it('is the text as it was written, with the reason, where no service can', async () => {
    const ticketId = await openTicket(api, zoe, { body: `${english} today`, language: 'en' })
    server.answerWith((response) => void response.writeHead(500).end())
    expect(await conversation(ana, ticketId)).toMatchObject([
      {
        translation: {
          ...whole,
          text: `${english} today`,
          service: null,
          serviceVersion: null,
          fault: 'SERVICE_FAILED',
        },
      },
    ])
    server.answerWith()
    expect(await conversation(ana, ticketId)).toMatchObject([
      { translation: { ...whole, text: `${french} aujourd’hui` } },
    ])
  })

  it.each(['', 'not a language', 'f'.repeat(100)])('into %j is refused', async (to) => {
    const ticketId = await openTicket(api, zoe, { body: english, language: 'en' })
    const { errors } = await api.ask(
      ana,
      `query ($to: String!) { ticket(id: "${ticketId}") { conversation(first: 1) { nodes { translation(to: $to) { text } } } } }`,
      { to },
    )
    expect(errors[0]?.extensions.code).toBe('malformed_input')
  })
})

describe('a rating of a translation', () => {
  it('counts for the service, once for each reader, of what they have read', async () => {
    const ticketId = await openTicket(api, zoe, { body: english, language: 'en' })
    const [message] = (await conversation(ana, ticketId)) as readonly { readonly id: string }[]
    const rating = { of: message?.id, to: 'fr', service: 'dictionary', right: false }
    expect(await refusalOf(ana, rating)).toBeUndefined()
    expect(await refusalOf(ana, { ...rating, right: true })).toBeUndefined()
    expect(await refusalOf(sam, { ...rating, right: false })).toBeUndefined()
    const query = '{ translationQualities { service serviceVersion sourceLanguage language rated right } }'
    expect(await api.dataOf(ana, query)).toEqual({
      translationQualities: [
        { service: 'dictionary', serviceVersion: '1', sourceLanguage: 'en', language: 'fr', rated: 2, right: 1 },
      ],
    })
    const refusal = { code: 'TRANSLATION_NOT_FOUND', field: 'of' }
    for (const other of [
      { to: 'de' },
      { service: 'other' },
      { of: `Message~${ticketId}~none` },
      { of: 'Message' },
      { of: '~' },
    ])
      expect(await refusalOf(ana, { ...rating, ...other })).toEqual(refusal)
    for (const as of [zoe, max]) expect(await refusalOf(as, rating)).toEqual(refusal)
    expect(await refusalOf(service, rating)).toBe('forbidden')
    for (const as of [zoe, max]) expect((await api.ask(as, query)).errors[0]?.extensions.code).toBe('forbidden')
  })
})

describe('the language in which an agent works', () => {
  it('is the one that services translate, where they do not speak that of the conversation', async () => {
    const read = async (as: Bearer, language: string): Promise<unknown> => {
      const ticketId = await openTicket(api, zoe, { body: english, language })
      const { ticket } = await api.dataOf(as, `{ ticket(id: "${ticketId}") { workingLanguage } }`)
      return (ticket as { readonly workingLanguage: unknown }).workingLanguage
    }
    expect(await read(ana, 'en-GB')).toBe('fr')
    expect(await read(ana, 'fr-CA')).toBeNull()
    for (const as of [sam, service, zoe]) expect(await read(as, 'en')).toBeNull()
  })

  it('is none where no service has both languages', async () => {
    const without = await startApi(api.databaseUrl)
    const { id } = (await mutate(
      api,
      zoe,
      'startChat',
      { message: { messageId: 'w', body: english }, language: 'en' },
      'chat { id }',
    ).then(({ chat }: Record<string, unknown>) => chat)) as { readonly id: string }
    const query = `{ chat(id: "${id}") { workingLanguage } }`
    expect(await api.dataOf(ana, query)).toEqual({ chat: { workingLanguage: 'fr' } })
    expect(await without.dataOf(ana, query)).toEqual({ chat: { workingLanguage: null } })
    await without.close()
  })
})

describe('a draft', () => {
  const query = `query ($ticketId: ID, $text: String!, $to: String) {
    draftTranslation(ticketId: $ticketId, text: $text, to: $to) { text language sourceLanguage service fault } }`

  it('is read in the language of the customer before it is sent, and stored nowhere', async () => {
    const ticketId = await openTicket(api, zoe, { body: english, language: 'en' })
    const text = 'Bonjour Zoé, nous avons envoyé votre commande INV-2024 et votre facture'
    expect(await api.dataOf(ana, query, { ticketId, text })).toEqual({
      draftTranslation: {
        text: 'Hello Zoé, we have sent your order INV-2024 and your invoice',
        language: 'en',
        sourceLanguage: 'fr',
        service: 'dictionary',
        fault: null,
      },
    })
    expect(await api.dataOf(ana, query, { ticketId, text, to: 'fr-FR' })).toEqual({ draftTranslation: null })
    expect(await api.dataOf(ana, query, { ticketId: 'none', text })).toEqual({ draftTranslation: null })
    const { errors } = await api.ask(zoe, query, { ticketId, text })
    expect(errors[0]?.extensions.code).toBe('forbidden')
  })
})
