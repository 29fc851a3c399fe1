import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { handleSignals } from './interruption.ts'

/** Returns a process that records its output and its exit code. */
function underTest() {
  const printed: string[] = []
  const ended: unknown[] = []
  const clock = { ms: 0 }
  const process = Object.assign(new EventEmitter(), {
    stderr: { write: (text: string) => printed.push(text) },
    exit: (code: unknown) => ended.push(code) as never,
  })
  return { process, printed, ended, clock, interruption: handleSignals(process, () => clock.ms) }
}

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
  expect(printed).toEqual([expect.stringMatching(/^finishing what is under way .*again to stop at once\n$/)])
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
