import { describe, expect, it } from 'vitest'
import { coalesced } from './reader.ts'

const upperCase = (calls: string[][]) =>
  coalesced(async (keys: readonly string[]) => {
    calls.push([...keys])
    if (keys.includes('bad')) throw new Error('bad')
    return keys.map((key) => key.toUpperCase())
  }, 3)

describe('coalesced reads', () => {
  it('answer all requests of one turn with one read, each in its requested order', async () => {
    const calls: string[][] = []
    const read = upperCase(calls)
    expect(await Promise.all([read(['b', 'a']), read(['a'])])).toEqual([['B', 'A'], ['A']])
    expect(calls).toEqual([['b', 'a', 'a']])
  })

  it('begin after every request that they answer', async () => {
    const calls: string[][] = []
    const read = upperCase(calls)
    await read(['a'])
    await read(['a'])
    expect(calls).toEqual([['a'], ['a']])
  })

  it('are no larger than allowed', async () => {
    const calls: string[][] = []
    const read = upperCase(calls)
    expect(await Promise.all([read(['a', 'b']), read(['c', 'd']), read(['e'])])).toEqual([
      ['A', 'B'],
      ['C', 'D'],
      ['E'],
    ])
    expect(calls).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
  })

  it('fail only the requests whose key cannot be read', async () => {
    const read = upperCase([])
    const [good, bad] = await Promise.allSettled([read(['a']), read(['bad'])])
    expect(good).toMatchObject({ status: 'fulfilled', value: ['A'] })
    expect(bad).toMatchObject({ status: 'rejected' })
  })
})
