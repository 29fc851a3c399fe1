import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ada, ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { limits: { requestsPerMinute: 0 } })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}
const published = async (articleId: string, language: string, text: object): Promise<void> => {
  const names = { articleId, language }
  await done(ana, 'createArticle', { ...names, audience: 'PUBLIC', ...text })
  await done(eve, 'approveArticle', { ...names, revision: 1 })
  await done(ana, 'publishArticle', { ...names, revision: 1 })
}

beforeAll(async () => {
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { address: 'https://help.example/{language}/{id}/{slug}' },
  }
  expect((await mutate(api, ada, 'applyConfiguration', { document }, '')).userErrors).toEqual([])
  await done(sam, 'registerAgent', { agentId: 'eve', name: 'Eve Roy', languages: ['fr'] })
  await done(sam, 'setAvailability', { agentId: 'eve', availability: 'AVAILABLE' })
  await published('track', 'en', {
    title: 'Record a track',
    excerpt: 'How to record where you walk.',
    body: 'Press **Start** {{customer.name}}.\n\n- See [the secret](article:secret) and [maps](article:maps).',
  })
  await published('maps', 'en', { title: 'Download maps', body: 'Open the menu and choose a region for the printer.' })
  await published('secret', 'en', { title: 'Secret', body: 'For us.', audience: 'INTERNAL' })
})

let customers = 0
const opened = async (more: object = {}): Promise<{ readonly ticketId: string; readonly customer: Bearer }> => {
  const customer = { ...zoe, id: `customer-${++customers}`, name: 'Zoé Dupont' }
  const input = {
    subject: 'My walk',
    body: 'How do I record a track?',
    customer: { id: customer.id, name: customer.name },
    ...more,
  }
  const { ticket } = (await mutate(api, ana, 'openTicket', input, 'ticket { id }')) as unknown as {
    readonly ticket: { readonly id: string }
  }
  return { ticketId: ticket.id, customer }
}
const bodiesOf = async (as: Bearer, ticketId: string): Promise<readonly string[]> => {
  const { ticket } = (await api.dataOf(
    as,
    'query ($id: ID!) { ticket(id: $id) { conversation(last: 9) { nodes { body } } } }',
    { id: ticketId },
  )) as { readonly ticket: { readonly conversation: { readonly nodes: readonly { readonly body: string }[] } } }
  return ticket.conversation.nodes.map(({ body }) => body)
}
const sendTo = (to: object, form: string, more: object = {}, as = eve, articleId = 'track') =>
  mutate(api, as, 'sendArticle', { articleId, form, ...to, ...more }, 'ticket { status } chat { status }')
const codesOf = ({ userErrors }: Awaited<ReturnType<typeof mutate>>) =>
  userErrors.map(({ code, field }) => [code, field])

describe('an article that is sent', () => {
  it('is an ordinary reply to a ticket: a link, an excerpt, or the whole text', async () => {
    const { ticketId, customer } = await opened({ language: 'en' })
    const sent = await sendTo({ ticketId }, 'LINK', { text: 'Hello {{customer.firstName}},' })
    expect(sent).toMatchObject({ ticket: { status: 'IN_PROGRESS' }, chat: null, userErrors: [] })
    await sendTo({ ticketId }, 'EXCERPT')
    await sendTo({ ticketId }, 'WHOLE')
    const address = 'https://help.example/en/track/record-a-track'
    expect((await bodiesOf(customer, ticketId)).slice(1)).toEqual([
      `Hello Zoé,\n\nRecord a track\n${address}`,
      `Record a track\n\nHow to record where you walk.\n\n${address}`,
      `Record a track\n\nPress Start {{customer.name}}.\n\n- See the secret and maps (https://help.example/en/maps/download-maps).\n\n${address}`,
    ])
  })

  it('is in the language of the customer, and says its language where it is another one', async () => {
    const { ticketId, customer } = await opened({ language: 'fr' })
    await sendTo({ ticketId }, 'LINK')
    expect((await bodiesOf(customer, ticketId)).at(-1)).toBe(
      'Record a track (anglais)\nhttps://help.example/en/track/record-a-track',
    )
    await done(ana, 'reviseArticle', {
      articleId: 'track',
      language: 'fr',
      title: 'Enregistrer une trace',
      body: 'Appuyez.',
      basedOn: 0,
    })
    await done(eve, 'approveArticle', { articleId: 'track', language: 'fr', revision: 1 })
    await done(ana, 'publishArticle', { articleId: 'track', language: 'fr', revision: 1 })
    await sendTo({ ticketId }, 'LINK')
    expect((await bodiesOf(customer, ticketId)).at(-1)).toBe(
      'Enregistrer une trace\nhttps://help.example/fr/track/enregistrer-une-trace',
    )
  })

  it('is a message of a chat for its agent', async () => {
    const customer: Bearer = { ...zoe, id: 'chatting', name: 'Zoé Dupont' }
    const { chat } = (await mutate(
      api,
      customer,
      'startChat',
      { message: { messageId: 'first', body: 'record a track' } },
      'chat { id }',
    )) as unknown as { readonly chat: { readonly id: string } }
    const chatId = chat.id
    expect(codesOf(await sendTo({ chatId }, 'LINK'))).toEqual([['NOT_IN_CHAT', null]])
    await done(eve, 'acceptChat', { chatId })
    expect(await sendTo({ chatId }, 'EXCERPT')).toMatchObject({ chat: { status: 'ACTIVE' }, ticket: null })
    const events = await api.store.readStream(`chat-${chatId.replace(/^Chat~/, '')}`)
    expect(events.map(({ event }) => event).at(-1)).toMatchObject({
      type: 'ChatMessageSent',
      article: { articleId: 'track', revision: 1, form: 'excerpt' },
    })
  })

  it('is never one that customers may not read', async () => {
    const { ticketId } = await opened()
    expect(codesOf(await sendTo({ ticketId }, 'WHOLE', {}, eve, 'secret'))).toEqual([
      ['ARTICLE_NOT_PUBLIC', 'articleId'],
    ])
    expect(codesOf(await sendTo({ ticketId }, 'WHOLE', {}, eve, 'nowhere'))).toEqual([
      ['ARTICLE_NOT_FOUND', 'articleId'],
    ])
    const input = { ticketId, articleId: 'track', form: 'LINK' }
    await expect(mutate(api, zoe, 'sendArticle', { ...input }, '')).rejects.toThrow()
    // Between the text that an agent saw and their command: the desk reads the article again when it decides.
    const article = { articleId: 'track', language: 'en', revision: 2, form: 'link' } as const
    const reply = { type: 'agentReply', body: 'Look', verbatim: true, article } as const
    const id = ticketId.replace(/^Ticket~/, '')
    expect(await api.desk.execute('ticket', id, reply, { by: { kind: 'agent', id: 'eve' } })).toMatchObject({
      ok: false,
      refusal: { code: 'article_not_public' },
    })
    const forged = { ...reply, article: { ...article, articleId: 'secret', revision: 1, isPublic: true } } as const
    expect(await api.desk.execute('ticket', id, forged, { by: { kind: 'agent', id: 'eve' } })).toMatchObject({
      ok: false,
      refusal: { code: 'article_not_public' },
    })
  })

  it.each(['TICKET', 'CHAT'])(
    'is sent once to a %s by a command that is repeated after the article has changed, or is read by nobody',
    async (kind) => {
      const articleId = `changing-${kind.toLowerCase()}`
      await published(articleId, 'en', { title: 'Share a track', body: 'Press share.' })
      const { ticketId, customer } = await opened({ language: 'en' })
      const { chat } = (await mutate(
        api,
        customer,
        'startChat',
        { message: { messageId: 'first', body: 'share a track' }, language: 'en' },
        'chat { id }',
      )) as unknown as { readonly chat: { readonly id: string } }
      await done(eve, 'acceptChat', { chatId: chat.id })
      const to = kind === 'CHAT' ? { chatId: chat.id } : { ticketId }
      const commandId = `retry-${kind}`
      const again = (form = 'WHOLE', more: object = {}) => sendTo(to, form, { commandId, ...more }, eve, articleId)
      const first = await again()
      expect(first.userErrors).toEqual([])
      const reused = [['COMMAND_ID_REUSED', 'commandId']]
      expect(codesOf(await again('WHOLE', { text: 'Look' }))).toEqual(reused)
      const revised = { articleId, language: 'en', title: 'Share it', body: 'Press it twice.', basedOn: 1 }
      await done(ana, 'reviseArticle', revised)
      await done(eve, 'approveArticle', { articleId, language: 'en', revision: 2 })
      await done(ana, 'publishArticle', { articleId, language: 'en', revision: 2 })
      expect(await again()).toEqual({ ...first, repeated: true })
      expect(codesOf(await again('EXCERPT'))).toEqual(reused)
      await done(ana, 'archiveArticle', { articleId, reason: 'outdated' })
      expect(await again()).toEqual({ ...first, repeated: true })
      expect(codesOf(await again('EXCERPT'))).toEqual([['ARTICLE_NOT_PUBLIC', 'articleId']])
      expect(codesOf(await sendTo(to, 'WHOLE', {}, eve, articleId))).toEqual([['ARTICLE_NOT_PUBLIC', 'articleId']])
      expect(codesOf(await sendTo(to, 'WHOLE', { commandId: `${commandId} other` }, eve, articleId))).toHaveLength(1)
      if (kind === 'TICKET') expect(await bodiesOf(customer, ticketId)).toHaveLength(2)
    },
  )

  it('is refused with a placeholder that does not exist', async () => {
    const { ticketId } = await opened()
    expect(codesOf(await sendTo({ ticketId }, 'LINK', { text: 'Hi {{customer.nam}}' }))).toEqual([
      ['PLACEHOLDER_UNKNOWN', 'text'],
    ])
  })
})

const suggested = async (as: Bearer, ticketId: string, more = '') =>
  (
    (await api.dataOf(
      as,
      `query ($id: ID) { conversationArticles(ticketId: $id ${more}) {
        articles { article { key } language isCustomersLanguage isSendable sends solved } expertRequest { subject } } }`,
      { id: ticketId },
    )) as {
      readonly conversationArticles: {
        readonly articles: readonly { readonly article: { readonly key: string } }[]
        readonly expertRequest: unknown
      }
    }
  ).conversationArticles

describe('the articles beside a conversation', () => {
  it('fit what the customer wrote, and are those that colleagues send for the category', async () => {
    const category = 'technical_support/login_issues'
    const [before, beforeWithoutWords] = [
      await opened({ language: 'en', category: 'billing' }),
      await opened({ language: 'en', category: 'billing', body: 'Qwvx', subject: 'Zyx' }),
    ]
    expect((await suggested(eve, beforeWithoutWords.ticketId)).articles).toEqual([])
    const { ticketId } = await opened({ language: 'en', category, body: 'Qwvx', subject: 'Zyx' })
    const other = await opened({ language: 'en', category })
    expect((await suggested(eve, before.ticketId)).articles[0]).toMatchObject({
      article: { key: 'track' },
      sends: 0,
      isSendable: true,
      isCustomersLanguage: true,
    })
    await sendTo({ ticketId: other.ticketId }, 'LINK', {}, eve, 'maps')
    await done(eve, 'resolveTicket', { ticketId: other.ticketId })
    const sentOnce = [{ article: { key: 'maps' }, sends: 1, solved: 1 }]
    expect((await suggested(eve, ticketId)).articles).toMatchObject(sentOnce)
    // Half a year is not counted again for each opening.
    await sendTo({ ticketId: other.ticketId }, 'LINK', {}, eve, 'maps')
    expect((await suggested(eve, ticketId)).articles).toMatchObject(sentOnce)
  })

  it('are found by a search, internal ones too; what is not found leads to an expert', async () => {
    const { ticketId } = await opened({ language: 'en' })
    const found = await suggested(eve, ticketId, ', query: "secret"')
    expect(found.articles[0]).toMatchObject({ article: { key: 'secret' }, isSendable: false })
    expect(found.expertRequest).toBeNull()
    expect(await suggested(eve, ticketId, ', query: "zzyzx"')).toMatchObject({
      articles: [],
      expertRequest: { subject: expect.stringContaining('zzyzx') },
    })
    const { errors } = await api.ask(zoe, `{ conversationArticles(ticketId: "${ticketId}") { articles { title } } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  })
})

const viewed = (as: Bearer): Promise<object> =>
  api.dataOf(as, 'mutation { viewArticle(input: { articleId: "count", language: "en" }) { userErrors { code } } }')

describe('what was sent of an article', () => {
  it('is counted with who sent it, for which category, who opened it, and what was solved then', async () => {
    await published('count', 'en', { title: 'Count me', body: 'One, two.' })
    const sends = async (): Promise<unknown> => {
      const query =
        '{ article(id: "count") { sends { count opened solved senders { by { userId } count } categories { category count } } } }'
      return ((await api.dataOf(ana, query)) as { readonly article: { readonly sends: unknown } }).article.sends
    }
    expect(await sends()).toEqual({ count: 0, opened: 0, solved: 0, senders: [], categories: [] })
    const { ticketId, customer } = await opened({ category: 'billing' })
    await sendTo({ ticketId }, 'LINK', {}, eve, 'count')
    await sendTo({ ticketId: (await opened()).ticketId }, 'LINK', {}, eve, 'count')
    await viewed(customer)
    await viewed({ ...zoe, id: 'somebody' })
    // What was opened is stored by the second flush after it.
    for (let flush = 1; flush <= 2; flush++) await api.readership.flush()
    await done(eve, 'resolveTicket', { ticketId })
    const counted = { count: 2, opened: 1, senders: [{ by: { userId: 'eve' }, count: 2 }] }
    expect(await sends()).toMatchObject({
      ...counted,
      solved: 1,
      categories: [
        { category: 'billing', count: 1 },
        { category: null, count: 1 },
      ],
    })
    await done(eve, 'reopenTicket', { ticketId })
    expect(await sends()).toMatchObject({ ...counted, solved: 0 })
    await api.readership.erase([customer.id])
    expect(await sends()).toMatchObject({ count: 2, opened: 0 })
  })

  it('is opened by its customer under the id of whom they were merged into, and by nobody who was erased meanwhile', async () => {
    await published('merged', 'en', { title: 'Count these', body: 'One, two.' })
    const openings = async (): Promise<unknown> => {
      for (let flush = 1; flush <= 2; flush++) await api.readership.flush()
      return api.dataOf(ana, '{ article(id: "merged") { sends { count opened } } }')
    }
    const opensOf = (count: number, openedCount: number) => ({ article: { sends: { count, opened: openedCount } } })
    const [one, two] = [await opened(), await opened()]
    for (const { ticketId } of [one, two]) await sendTo({ ticketId }, 'LINK', {}, eve, 'merged')
    const survivor = { ...zoe, id: 'survivor' }
    for (const { id } of [survivor, one.customer])
      await done(ana, 'registerCustomer', { customerId: id, name: 'Zoé Dupont' })
    await done(ana, 'mergeCustomers', { customerId: one.customer.id, intoCustomerId: survivor.id })
    const view = (as: Bearer): Promise<object> =>
      api.dataOf(as, 'mutation { viewArticle(input: { articleId: "merged", language: "en" }) { userErrors { code } } }')
    await view(survivor)
    expect(await openings()).toEqual(opensOf(2, 1))
    await view(two.customer)
    await api.readership.erase([two.customer.id])
    expect(await openings()).toEqual(opensOf(2, 1))
  })
})
