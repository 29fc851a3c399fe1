import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ada, ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}

async function write(articleId: string, title: string, body: string, more: object = {}): Promise<void> {
  await done(ana, 'createArticle', { articleId, language: 'en', title, body, audience: 'PUBLIC', ...more })
  await done(ana, 'publishArticle', { articleId, language: 'en', revision: 1 })
}

type Help = {
  readonly articles: readonly { readonly key: string }[]
  readonly videos: readonly object[]
  readonly searches: readonly string[]
  readonly quickActions: readonly object[]
}

const helpFor = async (as: Bearer, given: object): Promise<Help> => {
  const query = `query ($page: String!, $action: String, $level: ArticleDifficulty, $language: String, $limit: Int! = 8) {
    contextualHelp(page: $page, action: $action, level: $level, language: $language, limit: $limit) {
      articles { key } videos { title address poster article { key } } searches quickActions { key label address event } } }`
  return (await api.dataOf(as, query, { language: 'en', ...given }))['contextualHelp'] as Help
}
const keysFor = async (as: Bearer, given: object): Promise<readonly string[]> =>
  (await helpFor(as, given)).articles.map(({ key }) => key)

const contexts = [
  {
    pages: ['/invoices/**'],
    articles: ['invoice', 'secret', 'missing', 'draft', 'card'],
    searches: { en: ['late payment'], fr: ['paiement en retard'] },
    quickActions: [{ id: 'export', labels: { en: 'Export all', fr: 'Tout exporter' }, address: '/invoices/export' }],
  },
  {
    pages: ['/invoices/*'],
    actions: ['pay'],
    quickActions: [{ id: 'pay', labels: { en: 'Pay now' }, event: 'invoice.pay' }],
  },
  { pages: ['/team'], categories: ['people', 'inner'] },
]

beforeAll(async () => {
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', contextualHelp: contexts },
  }
  const query = `mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { code message } } }`
  const { applyConfiguration } = await api.dataOf(ada, query, { input: { commandId: 'configure-1', document } })
  expect(applyConfiguration).toMatchObject({ userErrors: [] })
  for (const [categoryId, audience] of [
    ['people', 'PUBLIC'],
    ['inner', 'INTERNAL'],
  ])
    await done(sam, 'addArticleCategory', { categoryId, audience, texts: [{ language: 'en', name: categoryId }] })
  const video = '[![Watch](https://videos.example/poster.jpg)](https://videos.example/invoice "How to read an invoice")'
  await write('invoice', 'Read an invoice', `Every line has a sum.\n\n${video}`, { difficulty: 'EXPERT' })
  await write('card', 'Pay by card', `Enter the number.\n\n${video}`, { difficulty: 'BASIC' })
  await write('late', 'A late payment', 'We wait for a payment for ten days.')
  const hidden = '[![Secret](https://videos.example/secret.jpg)](https://videos.example/secret)'
  await write('secret', 'Secret discounts', `A late payment is forgiven.\n\n${hidden}`, { audience: 'INTERNAL' })
  await write('invite', 'Invite a colleague', 'Send an invitation.', { categoryId: 'people' })
  await write('salary', 'Salaries of colleagues', 'Nobody knows.', { categoryId: 'inner' })
  await done(ana, 'createArticle', {
    articleId: 'draft',
    language: 'en',
    title: 'Draft',
    body: 'x',
    audience: 'PUBLIC',
  })
  await vi.waitUntil(async () => (await keysFor(zoe, { page: '/late/payment' })).includes('late'), { interval: 100 })
})

describe('contextualHelp', () => {
  it('has what is configured for a page: articles, their videos, searches and quick actions', async () => {
    const help = await helpFor(zoe, { page: 'https://app.example/invoices/17?token=secret' })
    expect(help).toEqual({
      articles: [{ key: 'invoice' }, { key: 'card' }, { key: 'late' }],
      videos: [
        {
          title: 'How to read an invoice',
          address: 'https://videos.example/invoice',
          poster: 'https://videos.example/poster.jpg',
          article: { key: expect.stringMatching(/invoice|card/) as string },
        },
      ],
      searches: ['late payment'],
      quickActions: [{ key: 'export', label: 'Export all', address: '/invoices/export', event: null }],
    })
  })

  it('follows the action, the level of the user and their language', async () => {
    const { quickActions } = await helpFor(zoe, { page: '/invoices/17', action: 'pay' })
    expect(quickActions).toMatchObject([
      { key: 'export' },
      { key: 'pay', label: 'Pay now', address: null, event: 'invoice.pay' },
    ])
    const basic = await keysFor(zoe, { page: '/invoices/17', level: 'BASIC' })
    expect([basic.indexOf('card') < basic.indexOf('invoice'), basic.length]).toEqual([true, 3])
    expect((await keysFor(zoe, { page: '/invoices/17', level: 'EXPERT' }))[0]).toBe('invoice')
    const french = await helpFor(zoe, { page: '/invoices/17', language: 'fr-CA' })
    expect(french.searches).toEqual(['paiement en retard'])
    expect(french.quickActions).toMatchObject([{ label: 'Tout exporter' }])
    expect(await keysFor(zoe, { page: '/invoices/17', limit: 1 })).toEqual(['invoice'])
  })

  it('shows nothing internal or unpublished to customers and visitors, on no road', async () => {
    for (const as of [zoe, visitor]) {
      for (const page of ['/invoices/1', '/team', '/secret/discounts', '/salaries/colleagues', '/draft']) {
        const help = await helpFor(as, { page, limit: 10 })
        expect([page, JSON.stringify(help)]).toEqual([page, expect.not.stringMatching(/secret|salary|draft/i)])
      }
    }
    expect(await keysFor(zoe, { page: '/team' })).toContain('invite')
    expect(await keysFor(ana, { page: '/invoices/1' })).toContain('secret')
    expect(await keysFor(ana, { page: '/team' })).toContain('salary')
  })

  it('searches the words of the path where nothing is configured', async () => {
    expect(await keysFor(zoe, { page: '/settings/invite-colleague' })).toEqual(['invite'])
    expect(await helpFor(zoe, { page: '/' })).toEqual({ articles: [], videos: [], searches: [], quickActions: [] })
  })

  it('refuses what is too long, and takes any other text for a page', async () => {
    const ask = async (given: object) =>
      (
        await api.ask(
          zoe,
          'query ($page: String!, $action: String, $limit: Int! = 8) { contextualHelp(page: $page, action: $action, limit: $limit) { searches } }',
          { page: '/', ...given },
        )
      ).errors
    for (const given of [{ page: 'x'.repeat(2_001) }, { action: 'x'.repeat(101) }, { limit: 11 }, { limit: 0 }])
      expect(await ask(given)).toMatchObject([{ extensions: { code: 'malformed_input' } }])
    for (const page of [
      '',
      '%',
      '\u0000',
      '//',
      'javascript:alert(1)',
      '/**',
      '/'.repeat(2_000),
      `/${'é'.repeat(500)}`,
    ])
      expect([page, await ask({ page })]).toEqual([page, []])
  })
})
