import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { bigintArray, booleanArray, integerArray, jsonArray, textArray } from './append.ts'

describe('binary arrays', () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  beforeAll(() => client.connect())
  afterAll(() => client.end())

  const read = async (type: string, array: Buffer): Promise<unknown> => {
    const { rows } = await client.query<{ value: unknown }>(`select to_json($1::${type}[]) as value`, [array])
    return rows[0]?.value
  }

  const arrays = <T>(element: fc.Arbitrary<T>) => fc.array(element, { minLength: 1, maxLength: 20 })
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'))

  it('reach Postgres unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        arrays(fc.option(text)),
        arrays(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        arrays(fc.maxSafeInteger()),
        arrays(fc.boolean()),
        arrays(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)))),
        async (texts, integers, bigints, booleans, documents) => {
          expect(await read('text', textArray(texts))).toEqual(texts)
          expect(await read('integer', integerArray(integers))).toEqual(integers)
          expect(await read('bigint', bigintArray(bigints))).toEqual(bigints)
          expect(await read('boolean', booleanArray(booleans))).toEqual(booleans)
          const plain = documents.map((document) => JSON.parse(JSON.stringify(document)) as unknown)
          expect(await read('jsonb', jsonArray(documents.map((document) => JSON.stringify(document))))).toEqual(plain)
        },
      ),
      { numRuns: 50 },
    )
  })
})
