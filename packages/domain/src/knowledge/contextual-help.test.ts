import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { configuredHelp, contextualHelpLimits, contextualHelpSchema, wordsOfPage } from './contextual-help.ts'

const pay = { id: 'pay', labels: { en: 'Pay' }, address: '/pay' }
const settings = contextualHelpSchema.parse([
  { pages: ['/invoices', '/invoices/**'], articles: ['invoice', 'card'], quickActions: [pay] },
  { pages: ['/invoices/*/pay'], actions: ['pay'], articles: ['card', 'refused'], categories: ['billing'] },
  { pages: ['/**'], levels: ['basic'], articles: ['tour'], searches: { en: ['first steps'] } },
  { pages: ['/'], articles: ['home'] },
])
const articlesOf = (page: string, action?: string, level?: 'basic' | 'expert') =>
  configuredHelp(settings, { page, action, level }).articles

describe('the help of a page', () => {
  it.each([
    ['/invoices', ['invoice', 'card']],
    ['/invoices/', ['invoice', 'card']],
    ['/invoices/17/lines/3', ['invoice', 'card']],
    ['https://app.example/invoices?customer=zoe#top', ['invoice', 'card']],
    ['/invoices;jsessionid=1', ['invoice', 'card']],
    ['/invoicesandmore', []],
    ['/INVOICES', []],
    ['/', ['home']],
    ['', ['home']],
    ['https://app.example', ['home']],
  ])('at %s is of all patterns that cover its path, without its query', (page, articles) => {
    expect(articlesOf(page)).toEqual(articles)
  })

  it('is of an action and of a level where it says so, and has everything once', () => {
    expect(articlesOf('/invoices/17/pay')).toEqual(['invoice', 'card'])
    expect(articlesOf('/invoices/17/pay', 'pay')).toEqual(['invoice', 'card', 'refused'])
    expect(articlesOf('/invoices/17/pay', 'print')).toEqual(['invoice', 'card'])
    expect(articlesOf('/anything', undefined, 'basic')).toEqual(['tour'])
    expect(articlesOf('/anything', undefined, 'expert')).toEqual([])
    expect(configuredHelp(settings, { page: '/invoices/17/pay', action: 'pay', level: 'basic' })).toEqual({
      articles: ['invoice', 'card', 'refused', 'tour'],
      categories: ['billing'],
      searches: [{}, {}, { en: ['first steps'] }],
      quickActions: [pay],
    })
  })

  it('is searched by the words of its path and of the action where nothing is configured', () => {
    expect(wordsOfPage({ page: 'https://app.example/team-settings/members?id=5', action: 'invite_member' })).toBe(
      'team settings members invite member',
    )
  })

  it('is found for any text in place of an address', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), fc.string(), (page, action) => {
        expect(configuredHelp(settings, { page, action }).articles.length).toBeLessThanOrEqual(4)
        expect(wordsOfPage({ page, action })).toBe(wordsOfPage({ page, action }).trim())
      }),
    )
    expect(articlesOf(`/invoices/${'a/'.repeat(1_000_000)}`)).toEqual(['invoice', 'card'])
  })
})

describe('the configuration of contextual help', () => {
  it.each([
    ['a pattern without a slash', { pages: ['invoices'] }],
    ['a pattern with a query', { pages: ['/invoices?a=1'] }],
    ['a part that is a pattern itself', { pages: ['/inv*'] }],
    ['two stars in the middle', { pages: ['/**/pay'] }],
    ['an empty part', { pages: ['/a//b'] }],
    ['a pattern that is too long', { pages: [`/${'a'.repeat(contextualHelpLimits.pattern)}`] }],
    ['no page', { pages: [] }],
    ['an unknown level', { pages: ['/'], levels: ['novice'] }],
    ['a quick action that leads nowhere', { pages: ['/'], quickActions: [{ id: 'a', labels: { en: 'A' } }] }],
    ['one that does two things', { pages: ['/'], quickActions: [{ ...pay, event: 'pay' }] }],
    ['one that runs a script', { pages: ['/'], quickActions: [{ ...pay, address: 'javascript:alert(1)' }] }],
    ['one of another host in disguise', { pages: ['/'], quickActions: [{ ...pay, address: '//evil.example' }] }],
    ['one without a label', { pages: ['/'], quickActions: [{ ...pay, labels: {} }] }],
  ])('refuses %s', (_, context) => {
    expect(contextualHelpSchema.safeParse([context]).success).toBe(false)
  })

  it('takes what its patterns and quick actions may be', () => {
    for (const page of ['/', '/**', '/a', '/a/*', '/*/b/**', '/été/ü', '/a%20b/c.d'])
      expect([page, contextualHelpSchema.safeParse([{ pages: [page] }]).success]).toEqual([page, true])
    const event = { id: 'tour', labels: { en: 'Show me', ar: 'أرني' }, event: 'tour.start' }
    expect(contextualHelpSchema.safeParse([{ pages: ['/'], quickActions: [event] }]).success).toBe(true)
  })
})
