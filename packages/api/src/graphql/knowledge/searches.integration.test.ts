import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventEnvelope, GuichetEvent, Instant } from '@guichet/domain'
import { days, instant, later } from '@guichet/domain'
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

  it('has what three people searched with a result that their reader may read', async () => {
    for (const as of trio('popular')) await search(as, 'new password')
    for (const as of trio('popular').slice(1)) await search(as, 'pay an invoice for Boggs')
    for (const id of ['ana', 'eve', 'ida'])
      for (const query of ['quokka', 'password quokka']) await search({ ...ana, id }, query)
    await stored()
    expect(await popular(ana)).toEqual(expect.arrayContaining(['new password', 'quokka', 'password quokka']))
    const shown = await popular(zoe)
    expect(shown).toContain('new password')
    expect(JSON.stringify(shown)).not.toMatch(/quokka|boggs|zebra/)
    await done(ana, 'unpublishArticle', { articleId: 'reset', language: 'en' })
    expect(await popular(zoe)).not.toContain('new password')
  })
})
