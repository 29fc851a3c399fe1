import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-ci-'))
  cpSync(join(root, '.ci/run'), join(folder, '.ci/run'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Results = { readonly passed: number; readonly failed: number; readonly skipped?: number; readonly broken?: number }

/** Runs the copied script where `npm test` leaves these results and ends so, and every other check passes. */
function lastLine(code: number, results?: Results): { line: string | undefined; code: number | null } {
  const program = (name: string, script: string): void => {
    const file = join(folder, 'bin', name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
  }
  mkdirSync(join(folder, 'bin'))
  const report = results && JSON.stringify(reportOf(results))
  const writing = report
    ? `mkdir -p node_modules/.cache; printf '%s' '${report}' > node_modules/.cache/test-results.json`
    : ''
  program('npm', `[ "$1" = test ] || exit 0\n${writing}\nexit ${code}`)
  program('npx', 'exit 0')
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` }
  const { stdout, status } = spawnSync('bash', [join(folder, '.ci/run')], { env, encoding: 'utf8' })
  return { line: stdout.trimEnd().split('\n').at(-1), code: status }
}

const reportOf = ({ passed, failed, skipped = 0, broken = 0 }: Results) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: skipped,
  testResults: [
    ...(failed > 0 ? [{ status: 'failed', assertionResults: [{ status: 'failed' }] }] : []),
    ...Array.from({ length: broken }, () => ({ status: 'failed', assertionResults: [] })),
  ],
})

/** npm ci, its silence, the Temporal servers, lint, format and types. */
const checks = 6

describe('the last line of .ci/run', () => {
  it('counts every test and every other check', () => {
    expect(lastLine(0, { passed: 7, failed: 0 })).toEqual({ line: `${7 + checks} passed, 0 failed`, code: 0 })
  })

  it('counts a failing test once', () => {
    expect(lastLine(1, { passed: 6, failed: 1 })).toEqual({ line: `${6 + checks} passed, 1 failed`, code: 1 })
  })

  it('counts a skipped test, and a file that cannot be loaded, as failed', () => {
    expect(lastLine(0, { passed: 6, failed: 0, skipped: 1 })).toEqual({
      line: `${6 + checks} passed, 1 failed`,
      code: 1,
    })
    rmSync(join(folder, 'bin'), { recursive: true })
    expect(lastLine(1, { passed: 6, failed: 0, broken: 1 })).toMatchObject({ line: `${6 + checks} passed, 1 failed` })
  })

  it('counts a test run that broke off as one failure', () => {
    expect(lastLine(2)).toEqual({ line: `${checks} passed, 1 failed`, code: 1 })
    rmSync(join(folder, 'bin'), { recursive: true })
    expect(lastLine(1, { passed: 6, failed: 0 })).toMatchObject({ line: `${6 + checks} passed, 1 failed` })
  })
})
