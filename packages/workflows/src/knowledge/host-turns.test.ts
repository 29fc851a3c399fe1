import { describe, expect, it } from 'vitest'
import { createHostTurns } from './host-turns.ts'

describe('the turns of hosts', () => {
  const clockUnderTest = () => {
    let now = 0
    return { now: () => now, pause: async (ms: number) => void (now += ms) }
  }

  it('leave a host alone after each request, in the order in which they were asked for', async () => {
    const clock = clockUnderTest()
    const turns = createHostTurns(40, new AbortController().signal, clock)
    const asked: (readonly [string, number])[] = []
    const ask = (host: string, name: string) => turns(host, async () => void asked.push([name, clock.now()]))
    await Promise.all(['a', 'b', 'c'].map((name) => ask('one', name)))
    expect(asked).toEqual([
      ['a', 0],
      ['b', 40],
      ['c', 80],
    ])
    await ask('two', 'd')
    expect(asked.at(-1)).toEqual(['d', 80])
  })

  it('let other hosts be asked while one answers, and the same only after its answer', async () => {
    const turns = createHostTurns(0, new AbortController().signal, clockUnderTest())
    const asked: string[] = []
    let answer = (): void => undefined
    const slow = turns('one', async () => {
      asked.push('slow')
      await new Promise<void>((resolve) => (answer = resolve))
    })
    const next = turns('one', async () => void asked.push('next'))
    await turns('two', async () => void asked.push('other'))
    expect(asked).toEqual(['slow', 'other'])
    answer()
    await Promise.all([slow, next])
    expect(asked).toEqual(['slow', 'other', 'next'])
  })

  it('go on after a request that fails, and end at the signal', async () => {
    const ending = new AbortController()
    const turns = createHostTurns(40, ending.signal, clockUnderTest())
    await expect(turns('one', () => Promise.reject(new Error('unreachable')))).rejects.toThrow('unreachable')
    expect(await turns('one', async () => 'answered')).toBe('answered')
    ending.abort(new Error('stopped'))
    await expect(turns('one', async () => 'answered')).rejects.toThrow('stopped')
  })
})
