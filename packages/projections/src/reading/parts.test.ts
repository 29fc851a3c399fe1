import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Keyset, Page, Slice } from './reader.ts'
import { readParts } from './reader.ts'

/** A part that is a list of numbers in memory. */
function cut(numbers: readonly number[], { limit, backward, after, before }: Page): Slice<number> {
  const start = after ? numbers.indexOf(Number(after.value)) + 1 : 0
  const end = before ? numbers.indexOf(Number(before.value)) : numbers.length
  const within = numbers.slice(start, end)
  const rows = backward ? within.slice(-limit) : within.slice(0, limit)
  return {
    rows: rows.map((row) => ({ row, keyset: { value: String(row), id: 'x' } })),
    hasPrevious: start > 0 || (backward === true && rows.length < within.length),
    hasNext: end < numbers.length || (backward !== true && rows.length < within.length),
  }
}

it('reads several lists as one, from either end and between any two places', async () => {
  const list = fc.array(fc.nat(3), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      list,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      fc.option(fc.nat(12)),
      fc.option(fc.nat(12)),
      async (sizes, limit, backward, from, to) => {
        let next = 0
        const parts = sizes.map((size) => Array.from({ length: size }, () => next++))
        const whole = parts.flat()
        const keyset = (number: number | null): Keyset | undefined => {
          const part = parts.findIndex((each) => number !== null && each.includes(number))
          return part < 0 ? undefined : { value: `${part}/${number}`, id: 'x' }
        }
        const [after, before] = [keyset(from), keyset(to)]
        fc.pre(!(after && before) || Number(from) < Number(to))
        const page = { limit, backward, after, before }
        const bare = (of: Keyset | undefined) => of && { value: of.value.split('/')[1] ?? '', id: 'x' }
        const expected = cut(whole, { limit, backward, after: bare(after), before: bare(before) })
        const read = await readParts(parts.length, page, async (part, within) => cut(parts[part] ?? [], within))
        expect(read.rows.map(({ row }) => row)).toEqual(expected.rows.map(({ row }) => row))
        expect(read.rows.map((each) => each.keyset)).toEqual(expected.rows.map(({ row }) => keyset(row)))
        expect([read.hasPrevious, read.hasNext]).toEqual([expected.hasPrevious, expected.hasNext])
      },
    ),
    { numRuns: 500 },
  )
})

it('refuses a place in no list', async () => {
  const after = { value: '7/3', id: 'x' }
  await expect(readParts(2, { limit: 1, after }, async () => cut([], { limit: 1 }))).rejects.toThrow(RangeError)
})
