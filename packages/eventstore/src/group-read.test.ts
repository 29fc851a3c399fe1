import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createGroupRead } from './group-read.ts'

const patience = { interval: 5 }

/** Reads whose groups are answered one after the other, at the test's command. */
function reads(limits = { maxInFlight: 1, maxRequests: 3 }) {
  const groups: { readonly requests: readonly number[]; readonly answer: (error?: Error) => void }[] = []
  const read = createGroupRead<number, number>({
    ...limits,
    concernsAll: (error) => String(error).includes('away'),
    send: (requests) =>
      new Promise((resolve, reject) => {
        const outcomes = requests.map((n) => () => {
          if (n < 0) throw new Error(`no ${n}`)
          return 2 * n
        })
        groups.push({ requests, answer: (error) => (error ? reject(error) : resolve(outcomes)) })
      }),
  })
  return { groups, read }
}

describe('reads in groups', () => {
  it('answer the requests of one turn together, and later requests next, up to the largest group', async () => {
    const { groups, read } = reads()
    const first = [1, 2].map(read)
    await vi.waitUntil(() => groups.length === 1, patience)
    const later = [3, 4, 5, 6].map(read)
    await nextTurn()
    expect(groups.map(({ requests }) => requests)).toEqual([[1, 2]])
    for (const group of [1, 2]) {
      groups.at(-1)?.answer()
      await vi.waitUntil(() => groups.length === group + 1, patience)
    }
    groups.at(-1)?.answer()
    expect(await Promise.all([...first, ...later])).toEqual([2, 4, 6, 8, 10, 12])
    expect(groups.map(({ requests }) => requests)).toEqual([[1, 2], [3, 4, 5], [6]])
  })

  it('fail a single request alone, the whole group when nothing can be read, and otherwise the failing request only', async () => {
    const { groups, read } = reads()
    const some = Promise.allSettled([read(1), read(-1)])
    await vi.waitUntil(() => groups.length === 1, patience)
    groups[0]?.answer()
    expect(await some).toMatchObject([{ value: 2 }, { reason: new Error('no -1') }])
    const lost = Promise.allSettled([read(1), read(2)])
    await vi.waitUntil(() => groups.length === 2, patience)
    groups[1]?.answer(new Error('away'))
    expect(await lost).toMatchObject([{ reason: new Error('away') }, { reason: new Error('away') }])
    const refused = Promise.allSettled([read(1), read(2)])
    await vi.waitUntil(() => groups.length === 3, patience)
    groups[2]?.answer(new Error('refused'))
    await vi.waitUntil(() => groups.length === 4, patience)
    groups[3]?.answer(new Error('refused'))
    await vi.waitUntil(() => groups.length === 5, patience)
    groups[4]?.answer()
    expect(await refused).toMatchObject([{ reason: new Error('refused') }, { value: 4 }])
  })
})
