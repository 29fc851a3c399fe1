import { describe, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import { createCommandCache } from './append.ts'
import type { ServerEvent } from './recorded.ts'

const position = (version: number): Position => `C:${version}/P:${version}` as Position
const outcome = (version: number) => ({ first: { version, position: position(version) }, eventId: `e${version}` })
const recorded = (version: number, commandId: string): ServerEvent =>
  ({ id: `e${version}`, stream: 's', version, position: position(version), metadata: { commandId } }) as ServerEvent

describe('the cache of known commands', () => {
  it('is empty at first', () => {
    expect(createCommandCache(10).of('s')).toMatchObject({ version: 0, commands: new Map() })
    expect(createCommandCache(10).has('s')).toBe(false)
  })

  it('returns the position of the last event of each command', () => {
    const known = createCommandCache(10)
    known.learn('s', [recorded(1, 'a'), recorded(2, 'a'), recorded(3, 'b')])
    known.keep('s', 3, 'c', outcome(5))
    expect(known.of('s').version).toBe(5)
    expect([...known.of('s').commands]).toEqual([
      ['a', outcome(2)],
      ['b', outcome(3)],
      ['c', outcome(5)],
    ])
  })

  it('skips known events, and events after a gap', () => {
    const known = createCommandCache(10)
    known.learn('s', [recorded(1, 'a')])
    known.learn('s', [recorded(1, 'a'), recorded(2, 'b')])
    known.learn('s', [recorded(4, 'd')])
    expect(known.of('s').version).toBe(2)
    expect([...known.of('s').commands.keys()]).toEqual(['a', 'b'])
  })

  it('ignores a command after a version that has been dropped meanwhile', () => {
    const known = createCommandCache(10)
    known.keep('s', 1, 'b', outcome(2))
    expect(known.has('s')).toBe(false)
    known.learn('s', [recorded(1, 'a'), recorded(2, 'b')])
    known.keep('s', 3, 'd', outcome(4))
    expect([...known.of('s').commands.keys()]).toEqual(['a', 'b'])
  })

  it('drops the least recently used streams as a whole, and never the one in use', () => {
    const known = createCommandCache(4)
    known.keep('old', 0, 'a', outcome(1))
    known.keep('new', 0, 'a', outcome(1))
    known.keep('old', 1, 'b', outcome(2))
    expect([known.has('old'), known.has('new')]).toEqual([true, false])
    for (let version = 1; version <= 10; version++) known.keep('long', version - 1, `c${version}`, outcome(version))
    expect([known.has('old'), known.of('long').commands.size]).toEqual([false, 10])
  })

  it('is bounded for streams without events too', () => {
    const known = createCommandCache(2)
    for (const stream of ['a', 'b', 'c']) known.learn(stream, [])
    expect(['a', 'b', 'c'].map((stream) => known.has(stream))).toEqual([false, true, true])
  })
})
