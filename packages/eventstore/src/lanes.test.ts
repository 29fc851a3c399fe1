import { describe, expect, it } from 'vitest'
import { createLanes } from './sending.ts'

const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await Promise.resolve()
}

describe('lanes', () => {
  it('keep the order of one key, and run other keys in parallel', async () => {
    const lanes = createLanes(100)
    const done: string[] = []
    const work = (name: string, length: number) => async () => {
      await turns(length)
      done.push(name)
    }
    await lanes.add('a', work('a1', 50))
    await lanes.add('a', work('a2', 1))
    await lanes.add('b', work('b1', 5))
    await lanes.drained()
    expect(done).toEqual(['b1', 'a1', 'a2'])
  })

  it('accept no more work than their maximum', async () => {
    const lanes = createLanes(3)
    let underWay = 0
    let most = 0
    for (let n = 0; n < 20; n++) {
      await lanes.add(`key ${n}`, async () => {
        most = Math.max(most, ++underWay)
        await turns(10)
        underWay--
      })
    }
    await lanes.drained()
    expect(most).toBe(3)
  })

  it('stop at the first failure, and reject with it', async () => {
    const lanes = createLanes(1)
    let later = 0
    await lanes.add('a', () => Promise.reject(new Error('broken')))
    await expect(lanes.add('a', async () => void later++)).rejects.toThrow('broken')
    await expect(lanes.drained()).rejects.toThrow('broken')
    expect(later).toBe(0)
  })
})
