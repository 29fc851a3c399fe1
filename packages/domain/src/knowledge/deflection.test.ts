import { describe, expect, it } from 'vitest'
import { confidenceOf } from './answers.ts'
import { deflectionEffect, deflectionRate } from './deflection.ts'
import { isHoldout } from '../proactive/draft.ts'

describe('the confidence of an answer', () => {
  it('rises with what of the text the article has, and with its lead over the next one', () => {
    expect(confidenceOf(0.7, 0.2)).toBeGreaterThan(confidenceOf(0.3, 0.1))
    expect(confidenceOf(0.4, 0.1)).toBeGreaterThan(confidenceOf(0.4, 0.35))
    expect(confidenceOf(0.4, 0)).toBe(confidenceOf(0.4, 0.01))
    for (const share of [0, 0.5, 1])
      for (const next of [0, 0.5, 1]) {
        expect(confidenceOf(share, next)).toBeGreaterThanOrEqual(0)
        expect(confidenceOf(share, next)).toBeLessThanOrEqual(1)
      }
  })
})

describe('the rate of tickets', () => {
  it('has an interval that is wider for fewer sessions, and starts at none', () => {
    expect(deflectionRate(0, 0)).toBeUndefined()
    const none = deflectionRate(0, 20)
    expect(none).toMatchObject({ value: 0, from: 0 })
    expect(none?.to).toBeCloseTo(0.19, 2)
    const [few, many] = [deflectionRate(5, 10), deflectionRate(500, 1_000)]
    expect(few?.value).toBe(many?.value)
    expect((few?.to ?? 0) - (few?.from ?? 0)).toBeGreaterThan(5 * ((many?.to ?? 0) - (many?.from ?? 0)))
  })

  it('covers the true one in some 95 of 100 groups, and so does that of an effect', () => {
    let state = 7
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const begun = (sessions: number, share: number): number =>
      Array.from({ length: sessions }, random).filter((each) => each < share).length
    const rounds = 400
    let covered = 0
    let coveredEffects = 0
    for (let round = 0; round < rounds; round++) {
      const suggested = deflectionRate(begun(1_000, 0.2), 1_000)
      const heldBack = deflectionRate(begun(60, 0.3), 60)
      if (!suggested || !heldBack) throw new Error('no sessions')
      if (suggested.from <= 0.2 && suggested.to >= 0.2) covered++
      const effect = deflectionEffect(suggested, heldBack)
      if (effect.from <= 0.1 && effect.to >= 0.1) coveredEffects++
    }
    expect(covered / rounds).toBeGreaterThan(0.93)
    expect(coveredEffects / rounds).toBeGreaterThan(0.93)
  })
})

it('holds back a twentieth of the sessions, the same ones each time', () => {
  const sessions = Array.from({ length: 20_000 }, (_, n) => `session-${n}`)
  const heldBack = sessions.filter((session) => isHoldout('article answers', session, 0.05))
  expect(heldBack.length / sessions.length).toBeGreaterThan(0.045)
  expect(heldBack.length / sessions.length).toBeLessThan(0.055)
  expect(heldBack.every((session) => isHoldout('article answers', session, 0.05))).toBe(true)
})
