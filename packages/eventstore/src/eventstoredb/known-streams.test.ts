import { describe, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import { createKnownStreams } from './append.ts'
import type { Recorded } from './recorded.ts'

const position = (version: number): Position => `C:${version}/P:${version}` as Position
const outcome = (version: number) => ({ first: { version, position: position(version) }, eventId: `e${version}` })
const recorded = (version: number, commandId: string): Recorded =>
  ({ id: `e${version}`, stream: 's', version, position: position(version), metadata: { commandId } }) as Recorded

describe('what is known of streams', () => {
  it('is nothing at first', () => {
    expect(createKnownStreams(10).of('s')).toMatchObject({ version: 0, commands: new Map() })
    expect(createKnownStreams(10).has('s')).toBe(false)
  })

  it('tells where the last event of each command is', () => {
    const known = createKnownStreams(10)
    known.learn('s', [recorded(1, 'a'), recorded(2, 'a'), recorded(3, 'b')])
    known.keep('s', 3, 'c', outcome(5))
    expect(known.of('s').version).toBe(5)
    expect([...known.of('s').commands]).toEqual([
      ['a', outcome(2)],
      ['b', outcome(3)],
      ['c', outcome(5)],
    ])
  })

  it('passes over what it knows, and what lies behind a gap', () => {
    const known = createKnownStreams(10)
    known.learn('s', [recorded(1, 'a')])
    known.learn('s', [recorded(1, 'a'), recorded(2, 'b')])
    known.learn('s', [recorded(4, 'd')])
    expect(known.of('s').version).toBe(2)
    expect([...known.of('s').commands.keys()]).toEqual(['a', 'b'])
  })

  it('takes no note of a command behind a version that has been forgotten meanwhile', () => {
    const known = createKnownStreams(10)
    known.keep('s', 1, 'b', outcome(2))
    expect(known.has('s')).toBe(false)
    known.learn('s', [recorded(1, 'a'), recorded(2, 'b')])
    known.keep('s', 3, 'd', outcome(4))
    expect([...known.of('s').commands.keys()]).toEqual(['a', 'b'])
  })

  it('forgets the streams that were used longest ago, whole ones, and never the one in use', () => {
    const known = createKnownStreams(4)
    known.keep('old', 0, 'a', outcome(1))
    known.keep('new', 0, 'a', outcome(1))
    known.keep('old', 1, 'b', outcome(2))
    expect([known.has('old'), known.has('new')]).toEqual([true, false])
    for (let version = 1; version <= 10; version++) known.keep('long', version - 1, `c${version}`, outcome(version))
    expect([known.has('old'), known.of('long').commands.size]).toEqual([false, 10])
  })

  it('has an end for streams without events too', () => {
    const known = createKnownStreams(2)
    for (const stream of ['a', 'b', 'c']) known.learn(stream, [])
    expect(['a', 'b', 'c'].map((stream) => known.has(stream))).toEqual([false, true, true])
  })
})
