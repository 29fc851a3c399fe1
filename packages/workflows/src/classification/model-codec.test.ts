import { describe, expect, it } from 'vitest'
import { modelClassifier, train } from '@guichet/domain'
import { decodeModel, encodeModel, ModelUnreadable } from './learner.ts'

const texts = ['facture été', 'facture مرحبا', 'mot de passe 𠮷', 'mot de passe oublié', 'facture', 'passe oublié']
const model = train(texts.map((text) => ({ text, category: text.startsWith('facture') ? 'billing' : 'account' })))

describe('a model as bytes', () => {
  it('decodes to the same model', async () => {
    const again = decodeModel(encodeModel(model))
    expect(again).toEqual(model)
    const ticket = { subject: 'ma facture', body: 'été' }
    expect(await modelClassifier(again).classify(ticket)).toEqual(await modelClassifier(model).classify(ticket))
  })

  it('is refused when any part of it has changed or is missing', () => {
    const bytes = encodeModel(model)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x40
      const same = (() => {
        try {
          return decodeModel(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(ModelUnreadable)
          return undefined
        }
      })()
      if (same) expect({ ...same, examples: 0, accuracy: 0 }).toEqual({ ...model, examples: 0, accuracy: 0 })
    }
    for (const length of [0, 3, 4, 100, bytes.length - 1]) {
      expect(() => decodeModel(bytes.subarray(0, length))).toThrow(ModelUnreadable)
    }
  })
})
