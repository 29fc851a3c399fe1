import { describe, expect, it } from 'vitest'
import type { Classifier } from './classifier.ts'
import { classificationSchema } from './classifier.ts'
import { classifierOf } from './compose.ts'

const ticket = { subject: 'x', body: 'y' }
const saying = (category: string, confidence: number): Classifier => ({
  classify: async () => ({
    category,
    tags: [],
    confidence,
    alternatives: [],
    reasons: [],
    by: { classifier: category, version: '1' },
  }),
})
const silent: Classifier = { classify: async () => undefined }
const failing: Classifier = { classify: () => Promise.reject(new Error('away')) }
const settings = classificationSchema.parse({})

describe('several classifiers', () => {
  it('call the rules first, however confident the others are', async () => {
    const composed = classifierOf({ rules: saying('rules', 0.1), model: saying('model', 1) }, settings)
    expect(await composed.classify(ticket)).toMatchObject({ category: 'rules' })
  })

  it('call the service when the model is unsure, or first when the settings say so', async () => {
    const parts = { rules: silent, service: saying('service', 0.9) }
    const sure = { ...parts, model: saying('model', 0.6) }
    expect(await classifierOf(sure, settings).classify(ticket)).toMatchObject({ category: 'model' })
    expect(await classifierOf({ ...parts, model: saying('model', 0.59) }, settings).classify(ticket)).toMatchObject({
      category: 'service',
    })
    const first = classificationSchema.parse({ service: { ask: 'first' } })
    expect(await classifierOf(sure, first).classify(ticket)).toMatchObject({ category: 'service' })
  })

  it('continue without a failing one, and report it', async () => {
    const told: unknown[] = []
    const first = classificationSchema.parse({ service: { ask: 'first' } })
    const parts = { rules: silent, service: failing, model: saying('model', 0.7) }
    expect(await classifierOf(parts, first, { onError: (error) => told.push(error) }).classify(ticket)).toMatchObject({
      category: 'model',
    })
    expect(told).toEqual([new Error('away')])
  })

  it('drop a result with a category that the desk does not have', async () => {
    const knows = (category: string): boolean => category !== 'billing'
    const parts = { rules: silent, model: saying('billing', 0.99), service: saying('invoices', 0.7) }
    expect(await classifierOf(parts, settings, { knows }).classify(ticket)).toMatchObject({ category: 'invoices' })
    const withFallback = classificationSchema.parse({ fallback: { category: 'general' } })
    const alone = classifierOf({ rules: silent, model: saying('billing', 0.99) }, withFallback, { knows })
    expect(await alone.classify(ticket)).toMatchObject({ category: 'general' })
  })

  it('end with the fallback, or with nothing', async () => {
    const parts = { rules: silent, model: saying('model', 0.2), service: failing }
    expect(await classifierOf(parts, settings).classify(ticket)).toBeUndefined()
    const withFallback = classificationSchema.parse({ fallback: { category: 'general' } })
    expect(await classifierOf(parts, withFallback).classify(ticket)).toMatchObject({
      category: 'general',
      confidence: 0,
      by: { classifier: 'fallback' },
    })
  })
})
