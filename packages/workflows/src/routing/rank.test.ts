import { describe, expect, it } from 'vitest'
import { rankOf } from './passes.ts'

const routers = Array.from({ length: 20 }, (_, number) => `router-${number}`)
const keys = Array.from({ length: 5_000 }, (_, number) => `t${number}`)
const orderOf = (names: readonly string[], key: string): readonly string[] =>
  names.toSorted((a, b) => rankOf(a, names, key) - rankOf(b, names, key))

describe('the ranks of routers', () => {
  it('order them differently for each key', () => {
    for (const key of keys.slice(0, 100)) {
      expect(routers.map((router) => rankOf(router, routers, key)).toSorted((a, b) => a - b)).toEqual([
        ...routers.keys(),
      ])
    }
    expect(new Set(keys.slice(0, 100).map((key) => orderOf(routers, key).join())).size).toBe(100)
  })

  it('give each of them about the same share', () => {
    for (const router of routers) {
      const share = keys.filter((key) => rankOf(router, routers, key) === 0).length
      expect(share).toBeGreaterThan(175)
      expect(share).toBeLessThan(325)
    }
  })

  it('keep their order when one of them leaves', () => {
    const left = routers.filter((router) => router !== 'router-7')
    for (const key of keys.slice(0, 100)) {
      expect(orderOf(left, key)).toEqual(orderOf(routers, key).filter((router) => router !== 'router-7'))
    }
  })

  it('are 0 for a single router', () => {
    expect(rankOf('router-0', [], 't')).toBe(0)
    expect(rankOf('router-0', ['router-0'], 't')).toBe(0)
  })
})
