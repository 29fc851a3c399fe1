import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { TimedValue } from './sources.ts'
import { inTimeOrder } from './sources.ts'

async function* from<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield value
}

const ordered = async (values: readonly TimedValue<number>[], options: object): Promise<number[]> => {
  const result: number[] = []
  for await (const value of inTimeOrder(from(values), options)) result.push(value)
  return result
}

describe('rows in the order of their time', () => {
  const times = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 })

  it('are those of a stable sort, whatever fits into memory', () =>
    fc.assert(
      fc.asyncProperty(times, fc.constantFrom(1, 90, 1_000_000), async (ats, maxBytes) => {
        const values = ats.map((at, value) => ({ at, value }))
        const expected = values.toSorted((a, b) => a.at - b.at).map(({ value }) => value)
        expect(await ordered(values, { maxBytes })).toEqual(expected)
      }),
      { numRuns: 40 },
    ))

  it('come in the opposite order of the file where their times are equal, when the file begins with the newest', async () => {
    const values = [3, 2, 2, 1].map((at, value) => ({ at, value }))
    for (const maxBytes of [1, 1_000_000])
      expect(await ordered(values, { newestFirst: true, maxBytes })).toEqual([3, 2, 1, 0])
  })

  it('leave nothing behind when nobody wants the rest', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'guichet-import-'))
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(async () => {
      vi.unstubAllEnvs()
      await rm(temporary, { recursive: true, force: true })
    })
    const left: string[][] = []
    for await (const _ of inTimeOrder(from([2, 1, 3].map((at) => ({ at, value: at }))), { maxBytes: 1 })) {
      left.push(await readdir(temporary))
      break
    }
    expect(left).toEqual([[expect.stringMatching(/^guichet-order-/)]])
    expect(await readdir(temporary)).toEqual([])
  })
})
