import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { classificationSchema } from './classifier.ts'
import { wordsOf } from './features.ts'
import { phraseOf, ruleClassifier } from './rule-classifier.ts'

const holds = (phrase: string, text: string): boolean => phraseOf(phrase)(wordsOf(text))
const rulesOf = (...rules: readonly unknown[]) => ruleClassifier(classificationSchema.parse({ rules }).rules)

describe('a phrase', () => {
  it.each([
    ['mot de passe', 'J’ai perdu mon Mot  de\npasse !', true],
    ['mot de passe', 'mot passe', false],
    ['factur*', 'Facturation de mars', true],
    ['factur*', 'une nouvelle facture', true],
    ['*gate*', 'investigated', true],
    ['re*ment', 'remboursement', true],
    ['re*ment', 'rement', true],
    ['*a*a*', 'banana', true],
    ['*a*a*a*a*', 'banana', false],
    ['ab*ba', 'aba', false],
    ['régler', 'REGLER', true],
    ['carte *', 'ma carte bleue', true],
    ['carte *', 'ma carte', false],
    ['e-mail', 'un e mail', true],
    ['فاتورة', 'الفاتورة', false],
    ['*فاتورة', 'أين الفاتورة', true],
  ])('“%s” in “%s”: %s', (phrase, text, expected) => {
    expect(holds(phrase, text)).toBe(expected)
  })

  it('searches each of its parts at most once in each word, wherever they could match', () => {
    const text = 'a'.repeat(1_000_000)
    const phrase = phraseOf(`${'*a'.repeat(90)}*b*`)
    const words = wordsOf(text)
    const looked = vi.spyOn(String.prototype, 'indexOf')
    try {
      expect(phrase(words)).toBe(false)
      expect(looked.mock.calls.length).toBeGreaterThan(words.length)
      expect(looked.mock.calls.length).toBeLessThanOrEqual(words.length * 92)
    } finally {
      looked.mockRestore()
    }
  })

  it('of a text’s own words is found in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-zé]{1,8}$/), { minLength: 1, maxLength: 10 }),
        fc.nat(),
        (words, at) => {
          const start = at % words.length
          expect(holds(words.slice(start, start + 3).join(' '), words.join(', '))).toBe(true)
        },
      ),
    )
  })
})

describe('the rules', () => {
  it('decide by the first that holds, with its category, tags and priority, and name it', async () => {
    const classifier = rulesOf(
      {
        name: 'outage',
        when: { subject: ['panne*', 'site down'] },
        set: { category: 'technical/outage', priority: 'urgent' },
      },
      { name: 'any panne', when: { text: ['panne'] }, set: { tags: ['panne'] } },
    )
    expect(await classifier.classify({ subject: 'Panne générale', body: '' })).toMatchObject({
      category: 'technical/outage',
      priority: 'urgent',
      tags: [],
      confidence: 1,
      reasons: [{ evidence: 'the rule outage' }],
      by: { classifier: 'rules' },
    })
    expect(await classifier.classify({ subject: 'Bonjour', body: 'en panne' })).toMatchObject({ tags: ['panne'] })
    expect(await classifier.classify({ subject: 'Bonjour', body: '' })).toBeUndefined()
  })

  it('hold when all of their conditions do', async () => {
    const classifier = rulesOf({
      name: 'phone in French',
      when: { channels: ['phone'], languages: ['fr'], plans: ['premium'], body: ['carte'] },
      set: { category: 'cards' },
    })
    const ticket = { subject: '', body: 'ma carte', channel: 'phone', language: 'fr-CA', plan: 'premium' } as const
    expect(await classifier.classify(ticket)).toMatchObject({ category: 'cards' })
    for (const other of [{ channel: 'web' }, { language: 'frr' }, { plan: undefined }, { body: 'rien' }] as const) {
      expect(await classifier.classify({ ...ticket, ...other })).toBeUndefined()
    }
  })

  it('have another version when they change', async () => {
    const versionOf = async (tag: string) =>
      (await rulesOf({ name: 'r', when: { text: ['a'] }, set: { tags: [tag] } }).classify({ subject: 'a', body: '' }))
        ?.by.version
    expect(await versionOf('x')).toBe(await versionOf('x'))
    expect(await versionOf('x')).not.toBe(await versionOf('y'))
  })
})

describe('the settings', () => {
  it.each([
    [{ rules: [{ name: 'r', when: {}, set: { tags: ['a'] } }] }, 'at least one condition'],
    [{ rules: [{ name: 'r', when: { text: ['a'] }, set: {} }] }, 'must set'],
    [{ rules: [{ name: 'r', when: { text: ['***'] }, set: { tags: ['a'] } }] }, 'a letter or a digit'],
    [{ rules: [1, 2].map(() => ({ name: 'r', when: { text: ['a'] }, set: { tags: ['a'] } })) }, 'different names'],
    [{ minimumConfidence: 2 }, '1'],
    [{ unknown: true }, 'unknown'],
    [{ fallback: {} }, 'must set'],
  ])('refuse %j', (given, message) => {
    expect(classificationSchema.safeParse(given).error?.message).toContain(message)
  })

  it('may be empty: there are defaults, and durations as people write them', () => {
    expect(classificationSchema.parse({ classifyWithin: '2h' })).toMatchObject({
      rules: [],
      minimumConfidence: 0.6,
      classifyWithin: 7_200_000,
      learning: { minimumExamples: 100 },
      service: { ask: 'when_unsure' },
    })
  })
})
