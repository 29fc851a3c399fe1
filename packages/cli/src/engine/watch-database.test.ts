import { expect, it, vi } from 'vitest'
import { watchDatabase } from './watch-database.ts'

const patience = { interval: 5 }

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const named = { name: 'the database', next: 'start it' }

/** Returns a probe that fails with each of the errors, then succeeds. */
function failingWith(...errors: readonly Error[]): () => Promise<void> {
  const left = [...errors]
  return async () => {
    const error = left.shift()
    if (error) throw error
  }
}

it('logs once that the database is away and once that it is back, even if many parts notice', async () => {
  const lines: string[] = []
  const watch = watchDatabase({ ...named, probe: failingWith(away, away, away), say: (line) => void lines.push(line) })
  for (let n = 0; n < 20; n++) expect(watch.handles(away)).toBe(true)
  await vi.waitUntil(() => lines.length === 2, patience)
  await watch.stop()
  expect(lines).toEqual([
    'the database does not answer (connect ECONNREFUSED); start it. Until then commands are answered with unavailable, ' +
      'and read models, clocks and reactions wait',
    'the database answers again; all work continues',
  ])
})

it('logs connections that break while the database answers', async () => {
  const lines: string[] = []
  const watch = watchDatabase({ ...named, probe: failingWith(), say: (line) => void lines.push(line) })
  watch.handles(away)
  watch.handles(away)
  await watch.stop()
  expect(lines).toEqual(['connections to the database were lost (connect ECONNREFUSED) and made anew'])
})

it('logs the next outage too', async () => {
  const lines: string[] = []
  let left = 1
  const probe = async (): Promise<void> => {
    if (left-- > 0) throw away
  }
  const watch = watchDatabase({ ...named, probe, say: (line) => void lines.push(line) })
  watch.handles(away)
  await vi.waitUntil(() => lines.length === 2, patience)
  left = 1
  await vi.waitUntil(() => watch.handles(away) && lines.length === 4, patience)
  await watch.stop()
})

it('attributes broken connections right after an outage to it', async () => {
  const lines: string[] = []
  const probe = vi.fn(failingWith(away))
  const watch = watchDatabase({ ...named, probe, say: (line) => void lines.push(line) })
  watch.handles(away)
  await vi.waitUntil(() => lines.length === 2, patience)
  await vi.waitUntil(() => watch.handles(away) && probe.mock.calls.length > 2, patience)
  await watch.stop()
  expect(lines).toHaveLength(2)
})

it('does not handle errors of other origin', async () => {
  const probe = vi.fn(failingWith())
  const watch = watchDatabase({ ...named, probe, say: () => undefined })
  expect(watch.handles(new TypeError('x is undefined'))).toBe(false)
  await watch.stop()
  expect(probe).not.toHaveBeenCalled()
})

it('stops in the middle of an outage, and logs nothing afterwards', async () => {
  const lines: string[] = []
  const watch = watchDatabase({ ...named, probe: () => Promise.reject(away), say: (line) => void lines.push(line) })
  watch.handles(away)
  await vi.waitUntil(() => lines.length === 1, patience)
  await watch.stop()
  expect(watch.handles(away)).toBe(true)
  expect(lines).toHaveLength(1)
})
