import { describe, expect, it } from 'vitest'
import { inOrder } from './sources.ts'

describe('results', () => {
  it('are passed on in order, regardless of their arrival', async () => {
    const handed: string[] = []
    const settle = inOrder<string>(0, async (result) => void handed.push(result))
    await Promise.all([settle(2, 'c'), settle(0, 'a'), settle(1, 'b')])
    expect(handed).toEqual(['a', 'b', 'c'])
  })
})
