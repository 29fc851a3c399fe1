import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { days } from '../kernel/time.ts'
import { after, alex, byAlex, monday, sacha } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import type { ArticleEvent } from './article-catalogue.ts'
import { articleLimits } from './article-catalogue.ts'
import type { Article } from './article-state.ts'
import { isStaleTranslation } from './article-state.ts'
import { articleAggregate, slugOf } from './article.ts'
import { defaultKnowledgeSettings } from './settings.ts'

const settings = {
  ...defaultKnowledgeSettings,
  fields: [{ name: 'product', type: 'choice' as const, choices: ['maps', 'routes'] }],
}
const specified = (terms = settings) =>
  specify(
    asSent(
      articleAggregate.schema,
      articleAggregate.under(() => terms),
    ),
    byAlex,
  )
const { given, when } = specified()

const text = { title: 'Reset the password', excerpt: '', body: 'Open **Settings**.', keywords: [] as string[] }
const details = { categoryId: null, audience: 'public', difficulty: 'basic', tags: [], relatedIds: [] } as const
const create = { type: 'create', language: 'en', title: text.title, body: text.body, audience: 'public' } as const

const by = { at: monday, by: alex } as const
const created: ArticleEvent = {
  type: 'ArticleCreated',
  ...by,
  language: 'en',
  ...details,
  tags: [],
  relatedIds: [],
  fields: {},
}
const revised = (revision: number, changes: Partial<Extract<ArticleEvent, { type: 'ArticleRevised' }>> = {}) =>
  ({
    type: 'ArticleRevised',
    ...by,
    language: 'en',
    revision,
    ...text,
    body: `${text.body} ${revision}`,
    slug: 'reset-the-password',
    change: 'major',
    ...changes,
  }) as const
const ofRevision = <T extends ArticleEvent['type']>(type: T, revision: number, language = 'en') =>
  ({ type, ...by, language, revision }) as const
const approved = (revision: number, language = 'en'): ArticleEvent => ({
  ...ofRevision('ArticleApproved', revision, language),
  by: sacha,
})
const published = (revision: number, language = 'en'): ArticleEvent =>
  ofRevision('ArticlePublished', revision, language)
const first = [created, revised(1)] as const
const readable = [...first, approved(1), published(1)] as const
const revise = { type: 'revise', language: 'en', basedOn: 1, title: text.title, body: 'Open the settings.' } as const

const articleOf = (...events: readonly ArticleEvent[]): Article => {
  const state = fold(articleAggregate, events)
  if (state.status === 'absent') throw new Error('there is no article')
  return state
}

describe('an article', () => {
  it('begins with its first revision', () => {
    when(create).then([
      { type: 'ArticleCreated', language: 'en', audience: 'public', difficulty: 'basic', categoryId: null },
      { type: 'ArticleRevised', language: 'en', revision: 1, ...text, slug: 'reset-the-password', change: 'major' },
    ])
    given(...first)
      .when(create)
      .then(refused('article_already_created'))
  })

  it('is internal unless its author says otherwise', () => {
    const { audience: _, ...others } = create
    expect(when(others).state).toMatchObject({ audience: 'internal', author: alex })
  })

  it('has own fields of the types that the configuration gives them', () => {
    expect(when({ ...create, fields: { product: 'maps' } }).state).toMatchObject({ fields: { product: 'maps' } })
    when({ ...create, fields: { product: 'cars' } }).then(refused('field_invalid', 'fields.product'))
    when({ ...create, fields: { colour: 'red' } }).then(refused('field_unknown', 'fields.colour'))
  })

  it('has other details after a change, which names those alone that have changed', () => {
    const change = {
      type: 'changeDetails',
      difficulty: 'expert',
      audience: 'public',
      fields: { product: 'maps' },
    } as const
    const { state, decision } = given(...first).when(change)
    expect(decision).toMatchObject({
      ok: true,
      value: [{ type: 'ArticleDetailsChanged', difficulty: 'expert', fields: { product: 'maps' } }],
    })
    expect(decision.ok && decision.value[0]).not.toHaveProperty('audience')
    expect(state).toMatchObject({ difficulty: 'expert', fields: { product: 'maps' } })
    given(...first, { type: 'ArticleDetailsChanged', ...by, difficulty: 'expert', fields: { product: 'maps' } })
      .when(change)
      .then(nothing)
    given(...first)
      .when({ type: 'changeDetails', fields: { product: '' } })
      .then(nothing)
  })

  it('is not related to itself', () => {
    given(...first)
      .when({ type: 'changeDetails', relatedIds: ['T1'] })
      .then(refused('article_related_to_itself', 'relatedIds'))
    given(...first)
      .when({ type: 'delete', reason: 'old', replacedBy: 'T1' })
      .then(refused('article_related_to_itself', 'replacedBy'))
  })

  it('nests no deeper than its readers follow', () => {
    const body = `${'> '.repeat(articleLimits.nesting)}Quoted`
    expect(when({ ...create, body }).state).toMatchObject({ status: 'active' })
    when({ ...create, body: `> ${body}` }).then(refused('article_too_deep', 'body'))
    given(...first)
      .when({ ...revise, body: `> ${body}` })
      .then(refused('article_too_deep', 'body'))
  })

  it('does not exist before it is created', () => {
    when(revise).then(refused('article_not_found'))
  })
})

describe('a revision', () => {
  it('follows the one that its writer has changed', () => {
    given(...first)
      .when(revise)
      .then({ type: 'ArticleRevised', revision: 2, body: 'Open the settings.', change: 'major' })
    given(...first, revised(2))
      .when(revise)
      .then(refused('article_revised', 'basedOn'))
    given(...first)
      .when({ ...revise, basedOn: 0 })
      .then(refused('article_revised', 'basedOn'))
  })

  it('is not written twice with the same text', () => {
    given(...first, revised(2, { body: revise.body }))
      .when(revise)
      .then(nothing)
  })

  it('keeps the address that its writer gives it', () => {
    given(...first)
      .when({ ...revise, slug: 'mot-de-passe' })
      .then({ type: 'ArticleRevised', slug: 'mot-de-passe' })
    given(...first)
      .when({ ...revise, slug: 'Mot de passe' })
      .then(refused('invalid_command', 'slug'))
  })
})

describe('a review', () => {
  it('is asked for, and ends with an approval or a reason', () => {
    const waiting = [...first, ofRevision('ArticleReviewRequested', 1)] as const
    given(...first)
      .when({ type: 'requestReview', language: 'en', revision: 1 })
      .then({ type: 'ArticleReviewRequested', revision: 1 })
    given(...waiting)
      .when({ type: 'requestReview', language: 'en', revision: 1 })
      .then(nothing)
    given(...waiting)
      .when({ type: 'decline', language: 'en', revision: 1, reason: 'Name the button.' })
      .then({ type: 'ArticleReviewDeclined', revision: 1, reason: 'Name the button.' })
    given(...first)
      .when({ type: 'decline', language: 'en', revision: 1, reason: 'No.' })
      .then(refused('article_not_in_review'))
    given(...waiting)
      .when({ type: 'approve', language: 'en', revision: 1 }, { by: sacha })
      .then({ type: 'ArticleApproved', revision: 1 })
  })

  it('that has declined a revision is shown until one is approved, or that or a later one is published', () => {
    const declined = { ...ofRevision('ArticleReviewDeclined', 2), reason: 'Name the button.' } as const
    const declineAfter = (...events: readonly ArticleEvent[]) => {
      const before = [...first, revised(2), ofRevision('ArticleReviewRequested', 2), declined]
      const state = fold(articleAggregate, [...before, ...events])
      return 'translations' in state ? state.translations['en']?.decline?.revision : 'no article'
    }
    const published = (revision: number) => ofRevision('ArticlePublished', revision)
    expect(declineAfter()).toBe(2)
    expect(declineAfter(published(1))).toBe(2)
    expect(declineAfter(revised(3))).toBe(2)
    expect(declineAfter(revised(3), published(3))).toBeUndefined()
    expect(declineAfter(published(2))).toBeUndefined()
    expect(declineAfter(approved(2))).toBeUndefined()
  })

  it('is not that of its writers, however small their part', () => {
    const approve = { type: 'approve', language: 'en', revision: 2 } as const
    const both = [...first, revised(2, { by: sacha, change: 'typo' })] as const
    given(...both)
      .when(approve)
      .then(refused('article_own_approval', 'by'))
    given(...both)
      .when(approve, { by: sacha })
      .then(refused('article_own_approval', 'by'))
    given(...both)
      .when(approve, { by: { kind: 'agent', id: 'zoe' } })
      .then({ type: 'ArticleApproved' })
    given(...first, approved(1), revised(2, { by: sacha }))
      .when(approve)
      .then({ type: 'ArticleApproved', revision: 2 })
  })

  it('is that of anybody where the desk says so', () => {
    const relaxed = specified({ ...settings, approval: 'anybody' })
    relaxed
      .given(...first)
      .when({ type: 'approve', language: 'en', revision: 1 })
      .then({ type: 'ArticleApproved' })
  })

  it('is of the last revision: what was written meanwhile is not approved with it', () => {
    given(...first, revised(2))
      .when({ type: 'approve', language: 'en', revision: 1 }, { by: sacha })
      .then(refused('article_revised', 'revision'))
    given(...first)
      .when({ type: 'approve', language: 'en', revision: 2 }, { by: sacha })
      .then(refused('article_revision_not_found', 'revision'))
  })
})

describe('a publication', () => {
  const publish = { type: 'publish', language: 'en', revision: 1 } as const

  it('is of a revision that was approved', () => {
    given(...first)
      .when(publish)
      .then(refused('article_not_approved', 'revision'))
    given(...first, approved(1))
      .when(publish)
      .then({ type: 'ArticlePublished', revision: 1 })
    given(...readable)
      .when(publish)
      .then(nothing)
  })

  it('goes on while the next revision is written', () => {
    given(...readable, revised(2))
      .when({ ...publish, revision: 2 })
      .then(refused('article_not_approved', 'revision'))
    expect(articleOf(...readable, revised(2))).toMatchObject({ translations: { en: { revision: 2, published: 1 } } })
  })

  it('needs no approval where the desk says so', () => {
    const relaxed = specified({ ...settings, approval: 'none' })
    relaxed
      .given(...first)
      .when(publish)
      .then({ type: 'ArticlePublished' })
    relaxed
      .given(...first, revised(2))
      .when(publish)
      .then(refused('article_not_approved', 'revision'))
  })

  it('ends when somebody says so, and is not one of an archived or deleted article', () => {
    given(...readable)
      .when({ type: 'unpublish', language: 'en' })
      .then({ type: 'ArticleUnpublished' })
    given(...first)
      .when({ type: 'unpublish', language: 'en' })
      .then(nothing)
    const archived = [...readable, { type: 'ArticleArchived', ...by, reason: 'old' }] as const
    given(...archived)
      .when(publish)
      .then(refused('article_archived'))
    given(...archived)
      .when({ type: 'restore' })
      .then({ type: 'ArticleRestored' })
    const deleted = [...readable, { type: 'ArticleDeleted', ...by, reason: 'wrong' }] as const
    for (const command of [
      publish,
      revise,
      { type: 'restore' },
      { type: 'unpublish', language: 'en' },
      { type: 'cancelSchedule', language: 'en' },
      { type: 'removePhrase', language: 'en', phrase: 'locked out' },
      { type: 'confirmTranslation', language: 'fr', follows: 1 },
    ] as const)
      given(...deleted)
        .when(command)
        .then(refused('article_deleted'))
    given(...deleted)
      .when({ type: 'delete', reason: 'again' })
      .then(nothing)
  })
})

describe('a publication that is planned', () => {
  const dueAt = after(days(2))
  const plan = { type: 'schedulePublication', language: 'en', revision: 1, dueAt } as const
  const planned = {
    type: 'ArticlePublicationScheduled',
    ...by,
    language: 'en',
    revision: 1,
    schedule: 1,
    dueAt,
  } as const
  const end = { type: 'scheduleUnpublication', language: 'en', dueAt: after(days(5)) } as const
  const ending = {
    type: 'ArticleUnpublicationScheduled',
    ...by,
    language: 'en',
    schedule: 2,
    dueAt: after(days(5)),
  } as const
  const due = (...events: readonly ArticleEvent[]) =>
    articleAggregate.under(() => settings).deadlines?.(fold(articleAggregate, events))

  it('is a deadline, as is its end', () => {
    given(...first, approved(1))
      .when(plan)
      .then({ type: 'ArticlePublicationScheduled', revision: 1, schedule: 1, dueAt })
    given(...first, approved(1), planned)
      .when(plan)
      .then(nothing)
    given(...first, approved(1), planned)
      .when(end)
      .then({ type: 'ArticleUnpublicationScheduled', schedule: 2 })
    expect(due(...first, approved(1), planned, ending)).toEqual([
      { kind: 'article_publication', dueAt, cycle: 1 },
      { kind: 'article_unpublication', dueAt: after(days(5)), cycle: 2 },
    ])
  })

  it('takes effect when it is due, once', () => {
    const fire = { type: 'fire', kind: 'article_publication', cycle: 1, dueAt } as const
    const fired = { by: clockActor, at: dueAt }
    given(...first, approved(1), planned)
      .when(fire, fired)
      .then({ type: 'ArticlePublished', revision: 1 })
    given(...first, approved(1), planned, published(1))
      .when(fire, fired)
      .then(nothing)
    given(...readable, ending)
      .when(
        { type: 'fire', kind: 'article_unpublication', cycle: 2, dueAt: after(days(5)) },
        { by: clockActor, at: after(days(6)) },
      )
      .then({ type: 'ArticleUnpublished' })
  })

  it('is of a revision that was approved, in the future, and can be cancelled', () => {
    given(...first)
      .when(plan)
      .then(refused('article_not_approved', 'revision'))
    given(...first, approved(1))
      .when({ ...plan, dueAt: monday })
      .then(refused('due_in_the_past', 'dueAt'))
    given(...first)
      .when(end)
      .then(refused('article_not_published', 'language'))
    given(...first, approved(1), planned)
      .when({ type: 'cancelSchedule', language: 'en' })
      .then({ type: 'ArticleScheduleCancelled' })
    expect(due(...first, approved(1), planned, { type: 'ArticleScheduleCancelled', ...by, language: 'en' })).toEqual([])
  })

  it('does not put an older revision in place of a newer one that was published meanwhile', () => {
    const newer = [revised(2), approved(2), published(2)] as const
    expect(due(...first, approved(1), planned, ...newer)).toEqual([])
  })

  it('waits while the article is in the archive', () => {
    expect(due(...first, approved(1), planned, { type: 'ArticleArchived', ...by, reason: 'old' })).toEqual([])
  })
})

describe('a translation', () => {
  const french = revised(1, { language: 'fr', title: 'Mot de passe', follows: 1 })
  const both = [...readable, french, approved(1, 'fr'), published(1, 'fr')] as const
  const newer = (change: 'typo' | 'minor' | 'major') => [revised(2, { change }), approved(2), published(2)] as const
  const translate = {
    type: 'revise',
    language: 'fr',
    basedOn: 0,
    title: 'Mot de passe',
    body: 'Ouvrez les réglages.',
  } as const

  it('follows the last revision of the first language unless its writer says otherwise', () => {
    given(...readable)
      .when(translate)
      .then({ type: 'ArticleRevised', language: 'fr', revision: 1, follows: 1 })
    given(...readable, revised(2))
      .when({ ...translate, follows: 1 })
      .then({ type: 'ArticleRevised', follows: 1 })
    given(...readable)
      .when({ ...translate, follows: 2 })
      .then(refused('article_revision_not_found', 'follows'))
    given(...readable)
      .when({ ...revise, follows: 1 })
      .then(refused('article_not_a_translation', 'follows'))
  })

  it('still follows what it followed after a correction of its own', () => {
    const correct = { ...translate, basedOn: 1, change: 'typo' } as const
    given(...both, ...newer('major'))
      .when(correct)
      .then({ type: 'ArticleRevised', language: 'fr', revision: 2, follows: 1 })
  })

  it('is stale once a change of meaning is published in the first language, and not by a typo', () => {
    expect(isStaleTranslation(articleOf(...both), 'fr')).toBe(false)
    expect(isStaleTranslation(articleOf(...both, ...newer('typo')), 'fr')).toBe(false)
    expect(isStaleTranslation(articleOf(...both, revised(2)), 'fr')).toBe(false)
    expect(isStaleTranslation(articleOf(...both, ...newer('minor')), 'fr')).toBe(true)
    expect(isStaleTranslation(articleOf(...both, ...newer('major')), 'en')).toBe(false)
    expect(isStaleTranslation(articleOf(...both, ...newer('major')), 'de')).toBe(false)
  })

  it('is not stale any more when somebody confirms it, or writes it anew', () => {
    const stale = [...both, ...newer('major')] as const
    const confirm = { type: 'confirmTranslation', language: 'fr', follows: 2 } as const
    const { state } = given(...stale).when(confirm)
    expect(state.status !== 'absent' && isStaleTranslation(state, 'fr')).toBe(false)
    const anew = [revised(2, { language: 'fr', follows: 2 }), approved(2, 'fr')] as const
    expect(isStaleTranslation(articleOf(...stale, ...anew), 'fr')).toBe(true)
    expect(isStaleTranslation(articleOf(...stale, ...anew, published(2, 'fr')), 'fr')).toBe(false)
    given(...stale, { type: 'ArticleTranslationConfirmed', ...by, language: 'fr', follows: 2 })
      .when(confirm)
      .then(nothing)
    given(...stale)
      .when({ ...confirm, follows: 3 })
      .then(refused('article_revision_not_found', 'follows'))
    given(...stale)
      .when({ ...confirm, language: 'en' })
      .then(refused('article_not_a_translation', 'language'))
  })

  it('is one of fifty languages at most', () => {
    const languages = Array.from({ length: articleLimits.languages - 1 }, (_, index) => `xx-${1_000 + index}`)
    const many = languages.map((language) => revised(1, { language, follows: 1 }))
    given(...first, ...many)
      .when(translate)
      .then(refused('too_many'))
  })
})

describe('an address', () => {
  it.each([
    ['Reset the password', 'reset-the-password'],
    ['  Où est mon « code » ?', 'où-est-mon-code'],
    ['重置密码', '重置密码'],
    ['पासवर्ड रीसेट', 'पासवर्ड-रीसेट'],
    ['???', 'article'],
  ])('of %j is made of its words', (title, slug) => {
    expect(slugOf(title)).toBe(slug)
  })

  it('may be given as it is made', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (title) => {
        const slug = slugOf(title)
        expect(slugOf(slug)).toBe(slug)
        given(...first)
          .when({ ...revise, slug })
          .then({ type: 'ArticleRevised', slug })
      }),
    )
  })
})
