import { describe, expect, it } from 'vitest'
import { commandIdLength, commandIdPattern, derivedCommandId, engineCommandId } from './actor.ts'
import { fingerprintOf, hash128 } from './fingerprint.ts'

describe('a fingerprint', () => {
  it('is the same for the same data, whatever the order of its keys', () => {
    const data = { b: [1, { d: null, c: 'é' }], a: undefined, e: true }
    expect(fingerprintOf({ e: true, b: [1, { c: 'é', d: null }] })).toBe(fingerprintOf(data))
  })

  it('differs when the data differs anywhere', () => {
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

  it('equals that of every earlier version, since it is stored', () => {
    expect(fingerprintOf([{ type: 'addNote', body: 'Voir le journal' }, 'agent', 'alex'])).toBe(
      'ea450aa2d4e201e2e5f20a9f4a34306d',
    )
  })
})

/** The text whose UTF-16 code units, low byte first, are these bytes. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf16le')

describe('the hash of a text', () => {
  // Computed by the reference implementation of MurmurHash3_x86_128, seed 0, over the bytes 1, 2, 3 … up to the length.
  it.each([
    [0, '00000000000000000000000000000000'],
    [2, '22873b80fc710253fc710253fc710253'],
    [4, '92f751ff0702dd330702dd330702dd33'],
    [6, 'f99d9ed24e96163de9445520e9445520'],
    [8, '2ba830ec90744e228f8ec2518f8ec251'],
    [10, 'bc513223c10e2ca7ef5f8798935e13c4'],
    [12, '9ac744913203dd346e54fd6dd3100b57'],
    [14, '9c37f65e93bb5ea7c5619c3c4241a488'],
    [16, '121b035e3ff275b78b6939617769eae2'],
    [18, '62a0c87c8079bad2269ac8042bc50dd0'],
    [20, '7c3e38a0652495128139b0899ea7290f'],
    [22, 'fc50416eb3d4a920230922d8633fed9d'],
    [24, '1c21f69ec94eaa08e93ae960ef985fc1'],
    [26, '20cd8c732b88a2c2da7301ce26181dc6'],
    [28, '2d0b204fe640f9585005c8d08b54124d'],
    [30, '1263c82876d61f4e4f895693d515eb6c'],
    [32, '6866d38ed08ebcf64283b674b151dfb6'],
    [34, 'e150c0642f246abeaaecb4a81ab43daf'],
  ])('is the reference hash of %i bytes', (length, expected) => {
    expect(hash128(textOf(Uint8Array.from({ length }, (_, n) => n + 1)))).toBe(expected)
  })

  it('is the reference hash of a sentence', () => {
    const sentence = Buffer.from('The quick brown fox jumps over the lazy dog.', 'latin1')
    expect(hash128(textOf(sentence))).toBe('6cbb60997dd6ed5e2bbf0fbb9b627b55')
  })

  it('differs for the same text padded with zeros', () => {
    expect(hash128('ab\0')).not.toBe(hash128('ab'))
  })
})

describe('a derived command id', () => {
  it('is made of its parts', () => {
    expect(derivedCommandId('c1', 'merge')).toBe('derived/c1/merge')
    expect(engineCommandId('clock', 'ticket-café', 'close')).toMatch(/^clock\/#[0-9a-f]{32}$/)
    expect(derivedCommandId('ticket-café/3', 'close')).toMatch(/^derived\/#[0-9a-f]{32}$/)
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
