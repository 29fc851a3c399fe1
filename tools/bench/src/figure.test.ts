import { expect, it } from 'vitest'
import { asRow, figure, headings, skipped } from './bench.ts'

it('meets a target with a higher value, and the target of a cost with a lower one', () => {
  expect(figure('append', 'events/s', 1_999.9, { target: 2_000 })).toMatchObject({ guichet: 2_000, met: false })
  expect(figure('append', 'events/s', 2_000, { target: 2_000 }).met).toBe(true)
  expect(figure('list', 'ms', 20, { target: 20 }).met).toBe(true)
  expect(figure('list', 'ms', 20.1, { target: 20 }).met).toBe(false)
})

it('has no result without a target or a measurement', () => {
  expect(figure('append', 'events/s', 12_345.6, { peer: 1 })).toEqual({
    name: 'append',
    unit: 'events/s',
    guichet: 12_300,
    peer: 1,
    limit: null,
    target: null,
    met: null,
  })
  expect(skipped('import', 's', 90, 'no log').met).toBeNull()
})

it.each([Infinity, NaN])('refuses %s, with the name of the figure', (value) => {
  expect(() => figure('chat-place-p99', 'ms', value)).toThrow('chat-place-p99')
})

it('prints rows under their headings', () => {
  const row = asRow(figure('append', 'events/s', 12_345, { peer: 4_567, limit: 9_000, target: 10_000 }))
  expect(headings.indexOf('guichet') + 'guichet'.length).toBe(row.indexOf('12,300') + '12,300'.length)
  expect(row.endsWith('yes')).toBe(true)
  expect(asRow(skipped('import', 's', 90, 'no log'))).toMatch(/– +– +– +90 {2}no log$/)
})
