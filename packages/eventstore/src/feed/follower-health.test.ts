import { CorruptHistory } from '@guichet/domain'
import { expect, it } from 'vitest'
import { createFollowerHealth } from './follower-health.ts'

function healthAt() {
  let time = 0
  const lines: string[] = []
  const health = createFollowerHealth({
    failingMs: 60_000,
    log: (level, message) => lines.push(`${level} ${message}`),
    now: () => time,
  })
  return { ...health, lines, pass: (milliseconds: number) => void (time += milliseconds) }
}

it('counts a follower as failing once it has failed for long, and logs it once', () => {
  const { failed, failing, lines, pass } = healthAt()
  failed('reaction greet', new Error('first'))
  pass(59_999)
  failed('reaction greet', new Error('second'))
  expect(failing()).toEqual([])
  pass(1)
  failed('reaction greet', new Error('third'))
  pass(5_000)
  failed('reaction greet', new Error('fourth'))
  expect(failing()).toEqual([{ follower: 'reaction greet', milliseconds: 65_000, message: 'fourth' }])
  expect(lines).toEqual(['error reaction greet: has been failing for 60 s, and is tried again: third'])
})

it('says at once, and once, that an event cannot be read, since no retry helps', () => {
  const { failed, succeeded, failing, lines, pass } = healthAt()
  for (let n = 0; n < 3; n++) failed('routing', new CorruptHistory('unknown event type Foreign'))
  expect(lines).toEqual(['error routing: cannot read the next event, and waits: unknown event type Foreign'])
  expect(failing()).toEqual([])
  pass(60_000)
  failed('routing', new CorruptHistory('unknown event type Foreign'))
  expect(failing()).toHaveLength(1)
  succeeded('routing')
  expect(lines.slice(1)).toEqual(['info routing: has recovered after 60 s'])
})

it('logs the recovery once, and restarts its count', () => {
  const { failed, succeeded, failing, lines, pass } = healthAt()
  failed('routing', new Error('no'))
  pass(80_000)
  failed('routing', new Error('no'))
  pass(10_000)
  succeeded('routing')
  succeeded('routing')
  expect(failing()).toEqual([])
  expect(lines.slice(1)).toEqual(['info routing: has recovered after 90 s'])
  failed('routing', new Error('no'))
  expect(failing()).toEqual([])
})

it('logs neither a failure that passed, nor one that is never repeated', () => {
  const { failed, succeeded, failing, lines, pass } = healthAt()
  failed('routing', new Error('no'))
  pass(90_000)
  expect(failing()).toEqual([])
  succeeded('routing')
  expect(lines).toEqual([])
})
