import { expect, it } from 'vitest'
import { guichetOutput } from './process/guichet.ts'

it('prints a line of JSON for each figure that it measures', { timeout: 120_000 }, async () => {
  const lines = (await guichetOutput(['bench', 'append', '--quick', '--json'], {})).trim().split('\n')
  const figures = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(figures.map(({ name }) => name)).toEqual(['append-1', 'append-5'])
  for (const figure of figures) {
    expect(Object.keys(figure)).toEqual(['name', 'unit', 'guichet', 'peer', 'limit', 'target', 'met'])
    expect([figure['guichet'], figure['peer'], figure['limit']].every((rate) => Number(rate) > 0)).toBe(true)
  }
})
