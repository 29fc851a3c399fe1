import { EventEmitter } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { handleSignals } from './interruption.ts'

/** Returns a process that records its output and its exit code. */
function underTest(env: NodeJS.ProcessEnv = {}) {
  const printed: string[] = []
  const ended: unknown[] = []
  const clock = { ms: 0 }
  const process = Object.assign(new EventEmitter(), {
    stderr: { write: (text: string) => printed.push(text) },
    exit: (code: unknown) => ended.push(code) as never,
    env,
    ppid: 7,
  })
  return { process, printed, ended, clock, interruption: handleSignals(process, () => clock.ms) }
}

afterEach(() => {
  vi.useRealTimers()
})

it('takes the end of its parent under npm for a signal, once, and not without npm', async () => {
  vi.useFakeTimers()
  const [underNpm, alone] = [underTest({ npm_command: 'exec' }), underTest()]
  let aborted = 0
  const work = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', () => aborted++)
    vi.advanceTimersByTime(5_000)
    expect(aborted).toBe(0)
    underNpm.process.ppid = alone.process.ppid = 1
    vi.advanceTimersByTime(5_000)
  }
  await underNpm.interruption.during(work)
  expect({ aborted, ended: underNpm.ended }).toEqual({ aborted: 1, ended: [] })
  vi.advanceTimersByTime(5_000)
  expect(alone.ended).toEqual([])
})

it('does not take the end of its parent for a second signal', async () => {
  vi.useFakeTimers()
  const { process, ended, clock, interruption } = underTest({ npm_command: 'start' })
  await interruption.during(async () => {
    process.emit('SIGINT')
    clock.ms = 600
    process.ppid = 1
    vi.advanceTimersByTime(5_000)
  })
  expect(ended).toEqual([])
})

it('ends at once while there is nothing to finish', () => {
  const { process, printed, ended } = underTest()
  process.emit('SIGINT')
  expect(ended).toEqual([130])
  expect(printed).toEqual([expect.stringMatching(/^error interrupted: .*\n$/)])
})

it('lets running work finish, and says so in one line', async () => {
  const { process, printed, ended, interruption } = underTest()
  await interruption.during(async (signal) => {
    process.emit('SIGTERM')
    expect(signal.reason).toMatchObject({ code: 'interrupted' })
  })
  expect(ended).toEqual([])
  expect(printed).toEqual([expect.stringMatching(/^finishing open work .*again to stop at once\n$/)])
})

it('ends at once at the second signal, but not at the echo of the first', async () => {
  const { process, ended, clock, interruption } = underTest()
  await interruption.during(async () => {
    process.emit('SIGINT')
    clock.ms = 499
    process.emit('SIGINT')
    expect(ended).toEqual([])
    clock.ms = 500
    process.emit('SIGINT')
    expect(ended).toEqual([130])
  })
})
