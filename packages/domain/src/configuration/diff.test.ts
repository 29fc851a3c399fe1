import { describe, expect, it } from 'vitest'
import { changesBetween } from './configuration.ts'

const row = (name: string, time = 1) => ({ name, time })

describe('the difference of two lists', () => {
  it('shows a changed order beside the changes of the entries', () => {
    const before = { policies: [row('a'), row('b'), row('c')] }
    const after = { policies: [row('b'), row('new'), row('a'), row('c', 2)] }
    expect(changesBetween(before, after)).toEqual([
      { path: 'policies', from: ['a', 'b', 'c'], to: ['b', 'new', 'a', 'c'] },
      { path: 'policies.c.time', from: 1, to: 2 },
      { path: 'policies.new', from: undefined, to: row('new') },
    ])
  })

  it('shows no changed order when entries were only added and removed, nor that of a map', () => {
    expect(changesBetween([row('a'), row('b'), row('c')], [row('a'), row('new'), row('c')])).toMatchObject([
      { path: 'b' },
      { path: 'new' },
    ])
    expect(changesBetween({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([])
  })

  it('identifies days of the same name by their dates, and centres by their ids', () => {
    const day = (date: string) => ({ date, name: 'Noël' })
    expect(changesBetween([day('2025-12-25'), day('2026-12-25')], [day('2025-12-24'), day('2026-12-25')])).toEqual([
      { path: '2025-12-25', from: day('2025-12-25'), to: undefined },
      { path: '2025-12-24', from: undefined, to: day('2025-12-24') },
    ])
    const centre = (id: string, calendar: string) => ({ id, name: 'Paris', calendar })
    expect(changesBetween([centre('a', 'x'), centre('b', 'x')], [centre('a', 'y'), centre('b', 'x')])).toEqual([
      { path: 'a.calendar', from: 'x', to: 'y' },
    ])
  })

  it('shows a list as a whole when its entries cannot be identified', () => {
    const [before, after] = [
      [row('a', 1), row('a', 2)],
      [row('a', 3), row('a', 2)],
    ]
    expect(changesBetween({ list: before }, { list: after })).toEqual([{ path: 'list', from: before, to: after }])
  })

  it('shows each entry of a list that had none', () => {
    expect(changesBetween({ list: [] }, { list: [row('a')] })).toEqual([
      { path: 'list.a', from: undefined, to: row('a') },
    ])
  })
})
