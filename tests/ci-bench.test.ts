import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-ci-bench-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Measured = { readonly guichet: number; readonly peer: number; readonly limit: number }

/** Checks `append` with a program that prints these figures of `append-1`, another one at each run. */
function check(...rounds: readonly Measured[]): { readonly code: number | null; readonly runs: number; out: string } {
  const program = join(folder, 'bench.cjs')
  writeFileSync(
    program,
    `const { appendFileSync, readFileSync } = require('node:fs')
     const runs = ${JSON.stringify(join(folder, 'runs'))}
     appendFileSync(runs, '.')
     const rounds = ${JSON.stringify(rounds)}
     const figure = rounds[Math.min(readFileSync(runs).length, rounds.length) - 1]
     console.log(JSON.stringify({ name: 'append-1', unit: 'events/s', ...figure }))
     console.log(JSON.stringify({ name: 'append-5', unit: 'events/s', guichet: 32, peer: 10, limit: 32 }))
     if (process.argv.slice(2).join(' ') !== 'append --quick --json') process.exit(1)`,
  )
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, '.ci/bench.mjs'), 'append', '--program', program],
    {
      encoding: 'utf8',
    },
  )
  return { code: status, runs: stdout.split('append-5: ').length / 2 - 0.5, out: stdout }
}

const usual = { guichet: 3_400, peer: 1_000, limit: 3_100 }
const half = { ...usual, guichet: 1_700 }

describe('the ratios of the bench in .ci/run', () => {
  it('are measured once where they are as usual, on a machine of any speed', () => {
    expect(check(usual)).toMatchObject({ code: 0, runs: 1 })
    expect(check({ guichet: 340, peer: 100, limit: 310 })).toMatchObject({ code: 0 })
  })

  it('are red at half of what is usual, after three runs', () => {
    const { code, runs, out } = check(half)
    expect({ code, runs }).toEqual({ code: 1, runs: 3 })
    expect(out).toMatch(/^LOST: append-1 reaches 0\.50 of its usual ratio, less than 0\.6$/m)
  })

  it('count by their best run, and by the better of the peer and the limit', () => {
    expect(check(half, usual)).toMatchObject({ code: 0, runs: 2 })
    expect(check({ guichet: 1_700, peer: 1_000, limit: 1_600 })).toMatchObject({ code: 0, runs: 1 })
  })
})
