import { describe, expect, it } from 'vitest'
import { SharedReads } from './shared-reads.ts'

describe('reads that are shared', () => {
  it('read each key once in a while, and at once where it is deleted', async () => {
    let clock = 0
    const reads = new SharedReads<number>({ sharedMs: 10, maxEntries: 2, now: () => clock })
    let count = 0
    const read = (key: string): Promise<number> => reads.get(key, async () => ++count)
    expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual([1, 1, 2])
    clock = 9
    expect(await read('a')).toBe(1)
    clock = 10
    expect(await read('a')).toBe(3)
    reads.delete('a')
    expect(await read('a')).toBe(4)
    expect([await read('c'), await read('b')]).toEqual([5, 6])
  })

  it('do not share a failure', async () => {
    const reads = new SharedReads<string>({ sharedMs: 10, maxEntries: 2, now: () => 0 })
    await expect(reads.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await reads.get('a', async () => 'up')).toBe('up')
  })
})
