import { describe, expect, it } from 'vitest'
import { createActivity } from './failure.ts'

describe('the failure log of a runner', () => {
  it('does not repeat the same failure', () => {
    const lines: string[] = []
    const activity = createActivity((_, line) => void lines.push(line))
    for (let n = 0; n < 3; n++) activity.failed('projections pause', new Error('the database is away'))
    activity.failed('projections pause', new Error('the disk is full'))
    expect(lines).toEqual(['projections pause: the database is away', 'projections pause: the disk is full'])
    expect(activity.counted().lastError?.message).toBe('projections pause: the disk is full')
  })
})
