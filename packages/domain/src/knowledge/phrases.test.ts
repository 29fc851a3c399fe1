import { describe, expect, it } from 'vitest'
import { routingActor } from '../kernel/actor.ts'
import { alex, byAlex, monday } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import type { ArticleEvent } from './article-catalogue.ts'
import { articleAggregate } from './article.ts'
import { defaultKnowledgeSettings } from './settings.ts'

const decider = articleAggregate.under(() => defaultKnowledgeSettings)
const { given } = specify(asSent(articleAggregate.schema, decider), byAlex)
const by = { at: monday, by: alex } as const
const details = {
  categoryId: null,
  audience: 'public',
  difficulty: 'basic',
  tags: [],
  relatedIds: [],
  fields: {},
} as const
const first: readonly ArticleEvent[] = [
  { type: 'ArticleCreated', ...by, language: 'en', ...details, tags: [], relatedIds: [] },
]

describe('a phrase', () => {
  const phrase = { language: 'en', phrase: 'I forgot my login' } as const

  it('is added by the desk, or suggested and then approved', () => {
    const suggested = { type: 'ArticlePhraseSuggested', ...by, ...phrase } as const
    given(...first)
      .when({ type: 'addPhrase', ...phrase })
      .then({ type: 'ArticlePhraseAdded', ...phrase })
    given(...first)
      .when({ type: 'suggestPhrase', ...phrase })
      .then(refused('not_for_this_actor', 'by'))
    given(...first)
      .when({ type: 'suggestPhrase', ...phrase }, { by: routingActor })
      .then({ type: 'ArticlePhraseSuggested' })
    given(...first, suggested)
      .when({ type: 'suggestPhrase', ...phrase }, { by: routingActor })
      .then(nothing)
    const { state } = given(...first, suggested).when({ type: 'addPhrase', ...phrase })
    expect(state).toMatchObject({ translations: { en: { phrases: [phrase.phrase], suggestedPhrases: [] } } })
    given(...first, suggested)
      .when({ type: 'removePhrase', ...phrase })
      .then({ type: 'ArticlePhraseRemoved' })
    given(...first)
      .when({ type: 'removePhrase', ...phrase })
      .then(nothing)
  })

  it('says how many have asked so, and is not suggested again once it was declined or removed', () => {
    const asked = { searches: 3, tickets: 1 }
    const suggested = given(...first).when({ type: 'suggestPhrase', ...phrase, ...asked }, { by: routingActor })
    suggested.then({ type: 'ArticlePhraseSuggested', ...phrase, ...asked })
    expect(suggested.state).toMatchObject({
      translations: { en: { suggestedPhrases: [{ phrase: phrase.phrase, ...asked }] } },
    })
    const removed = { type: 'ArticlePhraseRemoved', ...by, ...phrase } as const
    for (const before of ['ArticlePhraseSuggested', 'ArticlePhraseAdded'] as const) {
      const declined = given(...first, { type: before, ...by, ...phrase }, removed)
      declined.when({ type: 'suggestPhrase', ...phrase }, { by: routingActor }).then(nothing)
      declined.when({ type: 'addPhrase', ...phrase }).then({ type: 'ArticlePhraseAdded', ...phrase })
    }
  })
})
