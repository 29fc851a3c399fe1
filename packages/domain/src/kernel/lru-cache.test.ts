import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LruCache } from './lru-cache.ts'

const held = <V>(cache: LruCache<string, V>, ...keys: string[]): string[] => keys.filter((key) => cache.has(key))

describe('a cache of the last used entries', () => {
  it('drops the least recently used entry when there is one too many', () => {
    const cache = new LruCache<string, number>({ maxEntries: 2 })
    cache.set('a', 1)
    cache.set('b', 2)
    expect(cache.get('a')).toBe(1)
    cache.set('c', 3)
    expect(held(cache, 'a', 'b', 'c')).toEqual(['a', 'c'])
    expect(cache.get('b')).toBeUndefined()
  })

  it('drops entries until the total weight fits, each by its weight when it was set', () => {
    const cache = new LruCache<string, { weight: number }>({ maxWeight: 10, weigh: ({ weight }) => weight })
    const first = { weight: 4 }
    cache.set('a', first)
    cache.set('b', { weight: 4 })
    first.weight = 400
    cache.set('c', { weight: 6 })
    expect(held(cache, 'a', 'b', 'c')).toEqual(['b', 'c'])
    cache.set('b', { weight: 1 })
    cache.set('d', { weight: 3 })
    expect(held(cache, 'b', 'c', 'd')).toEqual(['b', 'c', 'd'])
  })

  it('keeps only the last entry when it is too heavy, and deletes entries', () => {
    const cache = new LruCache<string, number>({ maxWeight: 10, weigh: (weight) => weight })
    cache.set('a', 5)
    cache.set('b', 5_000)
    expect([held(cache, 'a', 'b'), cache.size]).toEqual([['b'], 1])
    cache.delete('b')
    cache.set('a', 5)
    cache.set('c', 5)
    expect(held(cache, 'a', 'c')).toEqual(['a', 'c'])
  })

  it('does not count a check for an entry as a use', () => {
    const cache = new LruCache<string, number>({ maxEntries: 2 })
    cache.set('a', 1)
    cache.set('b', 2)
    expect(cache.has('a')).toBe(true)
    cache.set('c', 3)
    expect(held(cache, 'a', 'b', 'c')).toEqual(['b', 'c'])
  })

  it('never exceeds its bounds, and always holds the entry set last', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      weight: fc.integer({ min: 1, max: 9 }),
      reads: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, maxEntries) => {
        const cache = new LruCache<string, number>({ maxEntries, maxWeight: 12, weigh: (weight) => weight })
        const last = new Map<string, number>()
        for (const { key, weight, reads } of steps) {
          if (reads) {
            expect([last.get(key), undefined]).toContain(cache.get(key))
            continue
          }
          cache.set(key, weight)
          last.set(key, weight)
          expect(cache.get(key)).toBe(weight)
          const there = held(cache, ...last.keys())
          expect(there).toHaveLength(cache.size)
          expect(cache.size).toBeLessThanOrEqual(maxEntries)
          if (cache.size > 1)
            expect(there.reduce((sum, each) => sum + (last.get(each) ?? 0), 0)).toBeLessThanOrEqual(12)
        }
      }),
    )
  })
})
