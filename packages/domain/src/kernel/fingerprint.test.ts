import { describe, expect, it } from 'vitest'
import { commandIdLength, commandIdPattern, derivedCommandId } from './command-id.ts'
import { fingerprintOf } from './fingerprint.ts'

describe('a fingerprint', () => {
  it('is the same for the same data, whatever the order of its keys', () => {
    const data = { b: [1, { d: null, c: 'é' }], a: undefined, e: true }
    expect(fingerprintOf({ e: true, b: [1, { c: 'é', d: null }] })).toBe(fingerprintOf(data))
  })

  it('differs for data that differs anywhere', () => {
    const different = [
      {},
      [],
      '',
      null,
      0,
      false,
      { a: '' },
      { a: 'b' },
      { b: 'a' },
      ['a', 'b'],
      ['b', 'a'],
      'x',
      'x\0',
      'xx',
    ]
    const long = Array.from({ length: 5_000 }, (_, n) => ({ body: `${'x'.repeat(n % 40)}${n}` }))
    const prints = [...different, ...long].map(fingerprintOf)
    expect(new Set(prints).size).toBe(prints.length)
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{32}$/)
  })

  it('stays what it was in every version: it is stored', () => {
    expect(fingerprintOf([{ type: 'addNote', body: 'Voir le journal' }, 'agent', 'alex'])).toBe(
      '12557702d7ccaf361abb0d79054ebd28',
    )
  })
})

describe('a derived command id', () => {
  it('is made of its parts', () => {
    expect(derivedCommandId('c1', 'merge')).toBe('c1/merge')
  })

  it.each([
    ['is too long', 'x'.repeat(commandIdLength)],
    ['is not printable ASCII', 'ticket-é'],
  ])('is hashed when it %s', (_why, part) => {
    const ids = ['merge', 'revert'].map((name) => derivedCommandId(part, name))
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id.length <= commandIdLength && commandIdPattern.test(id)).toBe(true)
    expect(derivedCommandId(part, 'merge')).toBe(ids[0])
  })
})
