import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventEnvelope, GuichetEvent, Instant } from '@guichet/domain'
import { articleLimits, days, instant, later } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import { recordArticleAnswers, suggestPhrases } from '@guichet/workflows'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

let now: Instant = instant('2026-03-02T09:00:00.000Z')
const api = useApi(
  { beforeAll, afterAll },
  { now: () => now, limits: { requestsPerMinute: 0, visitorRequestsPerMinute: 0 } },
)
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const auditor: Bearer = { ...ana, id: 'ada', role: 'auditor' }
const service: Bearer = { ...ana, id: 'crm', role: 'service' }
const customer = (id: string): Bearer => ({ ...zoe, id, name: `Name of ${id}` })
const trio = (name: string): readonly Bearer[] => [1, 2, 3].map((n) => customer(`${name}-${n}`))

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}
async function told(as: Bearer, operation: 'viewArticle' | 'rateArticle', input: object): Promise<void> {
  const type = operation === 'viewArticle' ? 'ViewArticleInput' : 'RateArticleInput'
  const document = `mutation ($input: ${type}!) { result: ${operation}(input: $input) { userErrors { code } } }`
  const data = await api.dataOf(as, document, { input: { language: 'en', ...input } })
  expect(data).toEqual({ result: { userErrors: [] } })
}
async function published(articleId: string, text: object, audience = 'PUBLIC'): Promise<void> {
  await done(ana, 'createArticle', { articleId, language: 'en', audience, ...text })
  await done(eve, 'approveArticle', { articleId, language: 'en', revision: 1 })
  await done(ana, 'publishArticle', { articleId, language: 'en', revision: 1 })
}
async function search(
  as: Bearer,
  query: string,
  more = '',
  headers?: Record<string, string>,
): Promise<readonly string[]> {
  const document = `query ($query: String!) { articleSearch(query: $query, language: "en"${more}) { hits { article { key } } } }`
  const { data, errors } = await api.ask(as, document, { query }, headers)
  expect(errors).toEqual([])
  const result = data?.['articleSearch'] as {
    readonly hits: readonly { readonly article: { readonly key: string } }[]
  }
  return result.hits.map(({ article }) => article.key)
}
/** Stores what was gathered: openings are stored with the next batch but one. */
async function stored(): Promise<void> {
  await api.readership.flush()
  await api.readership.flush()
}
const withoutResult = async (as: Bearer = ana, more = ''): Promise<unknown> => {
  await stored()
  const { list } = await api.dataOf(as, `{ list: searchesWithoutResult${more} { query language people searches } }`)
  return list
}
const suggestedFor = async (id: string): Promise<unknown> => {
  const query = `query ($id: ID!) { article(id: $id) { translation(language: "en") { phrases suggestedPhrases { phrase searches tickets } } } }`
  const { article } = await api.dataOf(ana, query, { id })
  return (article as { readonly translation: unknown }).translation
}
async function inDatabase(
  statement: string,
  values: readonly unknown[],
): Promise<readonly { readonly query: string }[]> {
  const pool = openPool({ connectionString: api.databaseUrl, maxConnections: 1 })
  const { rows } = await pool.query<{ readonly query: string }>(statement, [...values])
  await pool.end()
  return rows
}
const queriesOf = async ({ id }: Bearer): Promise<readonly string[]> => {
  const statement = 'select query from guichet_knowledge.article_search where searcher_id = $1 order by query'
  return (await inDatabase(statement, [id])).map(({ query }) => query)
}
const suggest = (): Promise<number> => suggestPhrases(api.desk, api.readership.searches)
async function came(as: Bearer, query: string, articleId: string): Promise<void> {
  expect(await search(as, query)).toContain(articleId)
  now = later(now, 1_000)
  await told(as, 'viewArticle', { articleId })
}

beforeAll(async () => {
  await published('reset', { title: 'Reset your password', body: 'Choose a new password. Then sign in.' })
  await published('invoice', { title: 'Invoices', body: 'Where they are, and how to pay.' })
  await published('vault', { title: 'Quokka protocol', body: 'A password for the quokka.' }, 'INTERNAL')
})

describe('searchesWithoutResult', () => {
  it('has what three people searched in vain, each counted once a day, for whom may write articles', async () => {
    for (const as of trio('vain')) {
      expect(await search(as, 'Zebra stripes?')).toEqual([])
      await search(as, 'zebra  STRIPES')
    }
    await search(ana, 'zebra stripes')
    for (const as of trio('vain').slice(1)) await search(as, 'quiet Mr Fennimore Boggs')
    await search(customer('vain-2'), 'quiet Mr Fennimore Boggs')
    for (const as of trio('vain')) {
      await search(as, 'crawled giraffe', '', { 'user-agent': 'Googlebot/2.1' })
      await search(as, 'filtered giraffe', ', filter: { tags: ["x"] }')
    }
    for (const as of [1, 2, 3].map((n): Bearer => ({ ...service, id: `crm-${n}` }))) await search(as, 'served giraffe')
    const expected = [{ query: 'zebra stripes', language: 'en', people: 4, searches: 4 }]
    for (const as of [ana, service]) expect(await withoutResult(as)).toEqual(expected)
    expect(await withoutResult(ana, '(language: "fr")')).toEqual([])
    for (const as of [
      zoe,
      { ...zoe, role: 'visitor', id: 'visitor-00000000-0000-4000-8000-000000000001' } as const,
      auditor,
    ]) {
      const { errors } = await api.ask(as, '{ searchesWithoutResult { query } }')
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['forbidden'])
    }
    const { errors } = await api.ask(ana, '{ searchesWithoutResult(days: 31) { query } }')
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['malformed_input'])
  })

  it('counts nobody any more who was erased, and nothing after 30 days', async () => {
    for (const as of trio('erased')) await search(as, 'lost llama')
    expect(await withoutResult()).toContainEqual({ query: 'lost llama', language: 'en', people: 3, searches: 3 })
    await api.readership.erase(['erased-2'])
    expect(JSON.stringify(await withoutResult())).not.toContain('llama')
    const before = now
    now = later(before, days(31))
    expect(await withoutResult()).toEqual([])
    now = before
    expect(await withoutResult()).toEqual([])
  })
})

describe('phrases', () => {
  it('are suggested from searches that led to an article, approved, and found', async () => {
    for (const as of trio('asker')) await came(as, 'sign in trouble choose', 'reset')
    await told(customer('asker-1'), 'rateArticle', { articleId: 'reset', helpful: true })
    await stored()
    expect(await suggest()).toBe(0)
    now = later(now, days(4))
    expect(await suggest()).toBe(1)
    expect(await suggest()).toBe(0)
    const phrase = 'sign in trouble choose'
    await expect
      .poll(() => suggestedFor('reset'), { timeout: 10_000 })
      .toEqual({
        phrases: [],
        suggestedPhrases: [{ phrase, searches: 3, tickets: 0 }],
      })
    const waiting = await api.dataOf(
      ana,
      '{ articles(first: 5, filter: { state: PHRASES_SUGGESTED }) { nodes { key } } }',
    )
    expect(waiting).toEqual({ articles: { nodes: [{ key: 'reset' }] } })
    expect(await search(zoe, 'trouble')).toEqual([])
    await done(eve, 'addArticlePhrase', { articleId: 'reset', language: 'en', phrase })
    expect(await search(zoe, 'trouble')).toEqual(['reset'])
    expect(await suggestedFor('reset')).toEqual({ phrases: [phrase], suggestedPhrases: [] })
  })

  it('are not suggested of those who opened a ticket, said it did not help, or are fewer than three', async () => {
    const [first, second, third] = trio('sent') as [Bearer, Bearer, Bearer]
    for (const as of [first, second, third]) await came(as, 'pay where', 'invoice')
    await done(first, 'openTicket', { subject: 'Pay', body: 'Where?' })
    for (const as of trio('unhappy')) {
      await came(as, 'invoices pay how', 'invoice')
      await told(as, 'rateArticle', { articleId: 'invoice', helpful: false })
    }
    await stored()
    now = later(now, days(4))
    expect(await suggest()).toBe(0)
    expect(await suggestedFor('invoice')).toEqual({ phrases: [], suggestedPhrases: [] })
  })

  it('take the openings of readers who have searched, however many others open articles meanwhile', async () => {
    for (let n = 0; n < 20_001; n++)
      api.readership.view({ articleId: 'reset', language: 'en', personId: `reader-${n}`, at: now })
    for (const as of trio('crowded')) await came(as, 'lost sign choose', 'reset')
    await stored()
    now = later(now, days(4))
    expect(await suggest()).toBe(1)
    await done(eve, 'removeArticlePhrase', { articleId: 'reset', language: 'en', phrase: 'lost sign choose' })
  })

  it('count people who were merged later once, with their tickets and ratings', async () => {
    for (const as of [...trio('merged'), customer('merged-4')]) await came(as, 'choose twice then sign', 'reset')
    for (const id of ['merged-2', 'merged-3', 'merged-5']) await done(ana, 'registerCustomer', { customerId: id })
    await done(ana, 'mergeCustomers', { customerId: 'merged-2', intoCustomerId: 'merged-3' })
    await done(ana, 'registerCustomer', { customerId: 'merged-4' })
    await done(ana, 'mergeCustomers', { customerId: 'merged-4', intoCustomerId: 'merged-5' })
    await done(customer('merged-5'), 'openTicket', { subject: 'Sign', body: 'Where?' })
    await stored()
    now = later(now, days(4))
    expect(await suggest()).toBe(0)
    await came(customer('merged-6'), 'choose twice then sign', 'reset')
    await stored()
    now = later(now, days(4))
    expect(await suggest()).toBe(1)
    await done(eve, 'removeArticlePhrase', { articleId: 'reset', language: 'en', phrase: 'choose twice then sign' })
  })

  it('are suggested behind any number that are refused', async () => {
    await published('crowd', { title: 'Crowd', body: 'Too many.' })
    const asked = (articleId: string, query: string, people: number, texts: number): Promise<unknown> =>
      inDatabase(
        `insert into guichet_knowledge.article_search
           (day, source, searcher_kind, searcher_id, language, query, results, article_ids, opened_id, searched_at)
         select $1::date, 'ticket', 'customer', 'many-' || p, 'en', $3 || ' ' || n, 1, array[$2], $2, $1::timestamptz
         from generate_series(1, $4) p, generate_series(1, $5) n`,
        [now, articleId, query, people, texts],
      )
    await asked('crowd', 'refused', 4, 450)
    await asked('invoice', 'wanted', 3, 1)
    const all: string[] = []
    for await (const { phrase } of api.readership.searches.phrases()) all.push(phrase)
    expect(new Set(all).size).toBe(451)
    expect(await suggest()).toBe(articleLimits.phrases)
    const head = await api.store.head()
    expect(head && (await api.settled(head))).toBe(true)
    expect(await suggest()).toBe(1)
    await done(eve, 'removeArticlePhrase', { articleId: 'invoice', language: 'en', phrase: 'wanted 1' })
    await inDatabase(`delete from guichet_knowledge.article_search where searcher_id like 'many-%'`, [])
  })

  it('are suggested from tickets that were answered with a link, and never again once they were declined', async () => {
    const record = recordArticleAnswers(api.readership.searches, () => now)
    for (const as of trio('writer')) {
      const ticketId = `money-${as.id}`
      await done(ana, 'openTicket', { ticketId, subject: 'Money BACK!', body: 'Please.', customer: { id: as.id } })
      const reply = 'See https://help.example/articles/invoice/en/invoices.'
      await done(ana, 'agentReply', { ticketId, body: reply })
      const history = (await api.store.readStream(`ticket-${ticketId}`)) as readonly EventEnvelope<GuichetEvent>[]
      const replies = history.filter(({ event }) => event.type === 'AgentReplied')
      expect(replies).toHaveLength(1)
      for (let delivery = 1; delivery <= 2; delivery++) await record.react(replies, api.desk)
    }
    expect(await suggest()).toBe(1)
    const phrase = 'money back'
    await expect
      .poll(() => suggestedFor('invoice'), { timeout: 10_000 })
      .toEqual({
        phrases: [],
        suggestedPhrases: [{ phrase, searches: 0, tickets: 3 }],
      })
    await done(eve, 'removeArticlePhrase', { articleId: 'invoice', language: 'en', phrase })
    expect(await suggest()).toBe(0)
    expect(await suggestedFor('invoice')).toEqual({ phrases: [], suggestedPhrases: [] })
  })

  it('forget the subject of a ticket of which a text is redacted', async () => {
    const record = recordArticleAnswers(api.readership.searches, () => now)
    const [writer] = trio('careless') as [Bearer]
    for (const ticketId of ['card-1', 'card-2']) {
      const subject = `The card 4111 1111 of ${ticketId}`
      await done(ana, 'openTicket', { ticketId, subject, body: 'Please.', customer: { id: writer.id } })
      await done(ana, 'agentReply', { ticketId, body: 'See https://help.example/articles/invoice/en/invoices.' })
    }
    const deliver = async (type: string): Promise<void> => {
      const histories = await Promise.all(['card-1', 'card-2'].map((id) => api.store.readStream(`ticket-${id}`)))
      const envelopes = histories.flat() as readonly EventEnvelope<GuichetEvent>[]
      await record.react(
        envelopes.filter(({ event }) => event.type === type),
        api.desk,
      )
    }
    await deliver('AgentReplied')
    expect(await queriesOf(writer)).toEqual(['the card 4111 1111 of card 1', 'the card 4111 1111 of card 2'])
    const [opened] = (await api.store.readStream('ticket-card-1')) as readonly EventEnvelope<GuichetEvent>[]
    const messageId = opened?.event.type === 'TicketOpened' ? opened.event.messageId : undefined
    await done(eve, 'redactMessage', { ticketId: 'card-1', messageId, subject: 'A card', reason: 'a number' })
    expect(record.on).toContain('TicketMessageRedacted')
    await deliver('TicketMessageRedacted')
    expect(await queriesOf(writer)).toEqual(['the card 4111 1111 of card 2'])
    await deliver('AgentReplied')
    expect(await queriesOf(writer)).toEqual(['a card', 'the card 4111 1111 of card 2'])
  })
})

describe('a search without result', () => {
  it('leads to an expert, who is told what was searched', async () => {
    const document = `query ($query: String!) { articleSearch(query: $query, language: "fr-CA") {
      hits { score } expertRequest { search subject message } } }`
    const asked = async (query: string): Promise<unknown> =>
      (await api.dataOf(zoe, document, { query }))['articleSearch']
    const message = 'J’ai cherché « perdu mon\u202f… ornithorynque » dans l’aide et n’ai trouvé aucune réponse.'
    const search = 'perdu mon … ornithorynque'
    expect(await asked('perdu mon\u202f…\n ornithorynque')).toEqual({
      hits: [],
      expertRequest: { search, subject: search, message: message.replace('\u202f', ' ') },
    })
    expect(await asked('invoices')).toMatchObject({ hits: [{}], expertRequest: null })
    expect(await asked(' ')).toEqual({ hits: [], expertRequest: null })
    const { expertRequest } = (await asked('perdu')) as {
      readonly expertRequest: Record<'subject' | 'message', string>
    }
    await done(zoe, 'openTicket', { subject: expertRequest.subject, body: expertRequest.message })
  })
})

describe('popularArticleSearches', () => {
  const popular = async (as: Bearer): Promise<unknown> =>
    (await api.dataOf(as, '{ popularArticleSearches(language: "en", limit: 20) }'))['popularArticleSearches']

  const visitors = [1, 2, 3, 4].map((n): Bearer => ({
    ...zoe,
    role: 'visitor',
    id: `visitor-00000000-0000-4000-8000-00000000000${n}`,
  }))

  it('has what three people searched with a result that their reader may read', async () => {
    for (const as of trio('popular')) await search(as, 'new password')
    for (const as of [...visitors, ...trio('popular').slice(1)]) await search(as, 'password buy at evil.example')
    for (const as of trio('popular').slice(1)) await search(as, 'pay an invoice for Boggs')
    for (const id of ['ana', 'eve', 'ida'])
      for (const query of ['quokka', 'password quokka']) await search({ ...ana, id }, query)
    await stored()
    expect(await popular(ana)).toEqual(expect.arrayContaining(['new password', 'quokka', 'password quokka']))
    const shown = await popular(zoe)
    expect(shown).toContain('new password')
    expect(JSON.stringify(shown)).not.toMatch(/quokka|boggs|zebra|evil/)
    expect(JSON.stringify(await popular(ana))).not.toContain('evil')
    await done(ana, 'unpublishArticle', { articleId: 'reset', language: 'en' })
    now = later(now, 61_000)
    expect(await popular(zoe)).not.toContain('new password')
  })

  it('shares an answer for a minute', async () => {
    now = later(now, 61_000)
    await popular(zoe)
    for (const as of trio('late')) await search(as, 'invoices of last year')
    await stored()
    for (const each of await Promise.all(trio('reader').map(popular)))
      expect(each).not.toContain('invoices of last year')
    now = later(now, 61_000)
    expect(await popular(zoe)).toContain('invoices of last year')
  })
})
