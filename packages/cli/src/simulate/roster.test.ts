import { describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { createChance } from './customers.ts'
import { agents, atWork, nextAtWork } from './roster.ts'

const [camille] = agents
const paris = 'Europe/Paris'

describe('an agent', () => {
  it('answers at once on a shift, and at the start of the next one otherwise', () => {
    expect(atWork(camille, '2026-01-05T09:30:00.000Z' as Instant, paris)).toBe('2026-01-05T09:30:00.000Z')
    expect(atWork(camille, '2026-01-05T15:30:00.000Z' as Instant, paris)).toBe('2026-01-06T07:00:00.000Z')
    expect(atWork(camille, '2026-01-09T18:00:00.000Z' as Instant, paris)).toBe('2026-01-12T07:00:00.000Z')
  })

  it('follows local time when the clocks change', () => {
    expect(atWork(camille, '2026-03-27T20:00:00.000Z' as Instant, paris)).toBe('2026-03-30T06:00:00.000Z')
  })

  it('who is at work takes a question up before one who is not', () => {
    const { by, at } = nextAtWork('2026-01-05T06:30:00.000Z' as Instant, paris, createChance('x'))
    expect([by.id, at]).toEqual(['sofia', '2026-01-05T06:30:00.000Z'])
  })
})
