import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crossValidating, evaluating, evaluationOf } from './evaluate.ts'
import { vocabularyOf } from './features.ts'
import { confidencesOf, likeliest, modelClassifier, reasonsFor, textOf } from './model-classifier.ts'
import type { Example } from './training.ts'
import { chanceFrom, learnable, shuffle, train, training, versionOf } from './training.ts'

const subjects: Readonly<Record<string, readonly string[]>> = {
  'billing/invoice': ['facture', 'invoice', 'montant', 'TVA', 'paiement'],
  'account/login': ['mot de passe', 'connexion', 'login', 'bloqué', 'identifiant'],
  'delivery/late': ['livraison', 'colis', 'retard', 'transporteur', 'suivi'],
}
const around = ['bonjour', 'je ne trouve pas', 'merci de', 'encore', 'depuis hier', 'aidez-moi', 'ma', 'le problème de']

/** Generated tickets: words of their category among words of any. */
function tickets(count: number, seed: number): readonly Example[] {
  const chance = chanceFrom(seed)
  const pick = (list: readonly string[]): string => list[Math.floor(chance() * list.length)] ?? ''
  return Array.from({ length: count }, () => {
    const category = pick(Object.keys(subjects))
    const words = [
      pick(around),
      pick(subjects[category] ?? []),
      pick(around),
      pick(subjects[category] ?? []),
      pick(around),
    ]
    return { text: words.join(' '), category }
  })
}

const examples = tickets(150, 1)
const model = train(examples)
const finish = <T>(work: Generator<void, T>): T => {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

describe('a model', () => {
  it('classifies tickets that it has not seen', () => {
    expect(finish(evaluating(model, tickets(300, 2))).accuracy).toBeGreaterThan(0.95)
    expect(finish(crossValidating(examples, 5)).accuracy).toBeGreaterThan(0.9)
    expect(model.accuracy).toBeGreaterThan(0.8)
  })

  it('is the same for the same examples, whatever their order', () => {
    const reordered = Array.from(examples.keys())
    shuffle(reordered, chanceFrom(9))
    expect(train(reordered.map((index) => examples[index]!)).version).toBe(model.version)
    expect(train(examples.slice(1)).version).not.toBe(model.version)
  })

  it('has a version that depends on every number in it', () => {
    expect(versionOf(model)).toBe(model.version)
    const weights = model.weights.slice()
    weights[weights.length - 1] = 42
    expect(versionOf({ ...model, weights })).not.toBe(model.version)
    expect(versionOf({ ...model, temperature: model.temperature + 1 })).not.toBe(model.version)
    expect(versionOf({ ...model, categories: model.categories.toReversed() })).not.toBe(model.version)
  })

  it('answers any text, however strange, with confidences that sum up to 1, or not at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string()), (text) => {
        const confidences = confidencesOf(model, text)
        if (confidences === undefined) return
        const sum = confidences.reduce((total, each) => total + each, 0)
        expect(sum).toBeCloseTo(1, 4)
        expect(confidences.every((each) => each >= 0 && each <= 1)).toBe(true)
      }),
    )
  })

  it('learns from any texts, however strange', () => {
    const any = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 60 }),
      category: fc.constantFrom('a', 'b', ''),
    })
    fc.assert(
      fc.property(fc.array(any, { minLength: 2, maxLength: 12 }), (strange) => {
        if (new Set(strange.map(({ category }) => category)).size < 2) {
          expect(() => train(strange)).toThrow(RangeError)
          return
        }
        const learnt = train(strange)
        expect(learnt.weights.every(Number.isFinite)).toBe(true)
        for (const { text } of strange) likeliest(learnt, text)
      }),
      { numRuns: 50 },
    )
  })

  it('is unsure of unknown texts', async () => {
    const classifier = modelClassifier(model)
    expect(await classifier.classify({ subject: '…', body: '🙂' })).toBeUndefined()
    expect(await classifier.classify({ subject: 'مرحبا', body: '' })).toBeUndefined()
    const strange = await classifier.classify({ subject: 'quantum chromodynamics lattice facture', body: '' })
    const plain = await classifier.classify({ subject: 'facture montant', body: '' })
    expect(strange?.confidence).toBeLessThan(plain?.confidence ?? 0)
  })

  it('reads only the beginning of a text', () => {
    const ticket = { subject: 'facture', body: 'TVA '.repeat(20_000) }
    expect(textOf(ticket)).toHaveLength(1_000)
  })

  it('names the words with the greatest weights for a category, which add up to its score', () => {
    const reasons = reasonsFor(model, 'bonjour ma facture encore', 'billing/invoice')
    expect(reasons[0]?.evidence).toContain('facture')
    expect(reasons.map(({ weight }) => weight)).toEqual(reasons.map(({ weight }) => weight).toSorted((a, b) => b - a))
    expect(reasonsFor(model, 'facture', 'none such')).toEqual([])
  })

  it('pauses often enough that no other work waits for it', () => {
    const work = training(examples)
    let steps = 0
    while (!work.next().done) steps++
    expect(steps).toBeGreaterThan(examples.length)
  })
})

describe('the vocabulary of a model', () => {
  const texts = ['ab ab', 'ab cd', 'cd ef', 'ab xy']
  const words = (most: number) => {
    const { numbers, occurrences } = finish(vocabularyOf(texts, most))
    return [...numbers].map(([feature, number]) => [feature, occurrences[number]])
  }

  it('holds features that occur in two texts or more, the most frequent when there are too many', () => {
    const all = words(1_000)
    expect(all).toContainEqual(['wab', 3])
    expect(all).toContainEqual(['wcd', 2])
    expect(all.filter(([feature]) => String(feature).includes('ef') || String(feature).includes('xy'))).toEqual([])
    const three = all.filter(([, count]) => count === 3)
    expect(words(three.length)).toEqual(three)
    expect(words(three.length + 1)).toHaveLength(three.length + 1)
    expect(words(2)).toEqual(three.slice(0, 2))
  })
})

describe('an evaluation', () => {
  const answer = (category: string, predicted: string | undefined, confidence: number) => ({
    text: '',
    category,
    predicted,
    confidence,
  })

  it('counts right answers, and names confusions', () => {
    const { accuracy, macroF1, confusions } = evaluationOf([
      answer('a', 'a', 0.9),
      answer('a', 'b', 0.6),
      answer('b', 'b', 0.8),
      answer('b', undefined, 0),
    ])
    expect(accuracy).toBe(0.5)
    expect(macroF1).toBeCloseTo((2 / 3 + 1 / 2) / 2)
    expect(confusions).toEqual([
      { category: 'a', takenFor: 'b', count: 1 },
      { category: 'b', takenFor: null, count: 1 },
    ])
  })

  it('measures the distance between confidence and accuracy', () => {
    const tenth = Array.from({ length: 10 }, (_, n) => answer('a', n < 8 ? 'a' : 'b', 0.85))
    expect(evaluationOf(tenth).calibrationError).toBeCloseTo(0.05)
    expect(evaluationOf([answer('a', 'b', 1)]).calibrationError).toBe(1)
  })
})

describe('the learnable tickets', () => {
  const limits = { minimumExamples: 10, minimumPerCategory: 3, mostExamples: 100 }
  const of = (category: string, count: number) => Array.from({ length: count }, () => ({ text: 'x', category }))

  it('are of categories that have enough tickets, and none when they are too few', () => {
    expect(learnable([...of('a', 6), ...of('b', 5), ...of('c', 2)], limits)).toHaveLength(11)
    expect(learnable([...of('a', 6), ...of('b', 3), ...of('c', 2)], limits)).toEqual([])
    expect(learnable(of('a', 50), limits)).toEqual([])
  })
})
