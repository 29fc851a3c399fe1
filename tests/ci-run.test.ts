import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-ci-'))
  for (const program of ['.ci/run', '.ci/costs.mjs']) cpSync(join(root, program), join(folder, program))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Results = {
  readonly passed: number
  readonly failed: number
  /** Names of skipped tests, by how they are reported. */
  readonly left?: Readonly<Record<string, 'skipped' | 'todo' | 'pending'>>
  readonly broken?: number
  /** Names of tests that passed at their second attempt. */
  readonly flaky?: readonly string[]
}

type Ended = {
  readonly line: string | undefined
  readonly code: number | null
  readonly skipped: readonly string[]
  readonly flaky?: readonly string[]
  /** The lines at the end that name what failed. */
  readonly broken?: readonly string[]
}

/**
 * Runs the copied script with these results and exit code of `npm test`, while every other check passes. Without
 * `servers`, no Temporal server can be installed; without `versions`, unit tests fail on other versions of Node; without
 * `bench`, the ratios of one measure fail; without `browser`, no browser can be installed; with `dear`, a test file takes
 * more processor time than it may.
 */
function lastLine(
  code: number,
  results?: Results | { readonly reported: string },
  { servers = true, versions = true, bench = true, browser = true, dear = false } = {},
): Ended {
  const program = (name: string, script: string): void => {
    const file = join(folder, 'bin', name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
  }
  rmSync(join(folder, 'bin'), { recursive: true, force: true })
  mkdirSync(join(folder, 'bin'))
  if (results) {
    const report = 'reported' in results ? results.reported : JSON.stringify(reportOf(results))
    writeFileSync(join(folder, 'report.json'), report)
  }
  const costs = {
    at: '2026-11-26T01:00:00.000Z',
    seconds: 1,
    probe: 20,
    shared: {},
    files: [dear ? dearFile : cheapFile],
  }
  writeFileSync(join(folder, 'costs.json'), JSON.stringify(costs))
  const cache = 'node_modules/.cache'
  const writing = `mkdir -p ${cache}; cp report.json ${cache}/test-results.json; cp costs.json ${cache}/test-costs.json`
  const failing = [
    ...(servers ? [] : ['*temporal:install*']),
    ...(browser ? [] : ['*browser:install*']),
    ...(bench ? [] : ['*bench:check*append*']),
  ]
  const others = `case "$*" in ${failing.map((command) => `${command}) exit 1 ;; `).join('')}*) exit 0 ;; esac`
  program('npm', `[ "$1" = test ] || { ${others}; }\n${results ? writing : ''}\nexit ${code}`)
  program('npx', versions ? 'exit 0' : `case "$*" in *'--project unit'*) exit 1 ;; *) exit 0 ;; esac`)
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` }
  const { stdout, status } = spawnSync('bash', [join(folder, '.ci/run')], { env, encoding: 'utf8' })
  const lines = stdout.trimEnd().split('\n')
  const flaky = stdout.match(/^FLAKY.*(?:\n {2}.*)*/gm) ?? []
  const skipped = lines.filter((line) => line.startsWith('SKIPPED'))
  const named = stdout.trimEnd().split('\n\n').at(-2) ?? ''
  const broken = named.split('\n').filter((line) => line.startsWith('FAILED'))
  return {
    line: lines.at(-1),
    code: status,
    skipped,
    ...(flaky.length > 0 && { flaky }),
    ...(broken.length > 0 && { broken }),
  }
}

const dearFile = {
  probe: 20,
  file: 'tests/dear.test.ts',
  project: 'unit',
  tests: 1,
  seconds: { all: 510, imports: 1, tests: 500 },
  processor: { own: 480, children: 20 },
}

const cheapFile = { ...dearFile, processor: { own: 8, children: 2 } }

const reportOf = ({ passed, failed, left = {}, broken = 0, flaky = [] }: Results) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: Object.values(left).filter((status) => status !== 'todo').length,
  numTodoTests: Object.values(left).filter((status) => status === 'todo').length,
  testResults: [
    ...Array.from({ length: failed }, () => ({
      status: 'failed',
      name: join(folder, 'tests/a.test.ts'),
      assertionResults: [{ fullName: 'a reply waits', status: 'failed', failureMessages: ['Error: wrong\n at'] }],
    })),
    {
      status: 'passed',
      name: join(folder, 'tests/left.test.ts'),
      assertionResults: Object.entries(left).map(([fullName, status]) => ({ fullName, status })),
    },
    {
      status: 'passed',
      name: join(folder, 'tests/flaky.test.ts'),
      assertionResults: flaky.map((fullName) => ({
        fullName,
        status: 'passed',
        failureMessages: ['Error: late\n at'],
      })),
    },
    ...Array.from({ length: broken }, () => ({
      status: 'failed',
      name: join(folder, 'tests/b.test.ts'),
      message: 'SyntaxError: no\n at',
      assertionResults: [],
    })),
  ],
})

/**
 * npm ci, its silence, the Temporal servers, those of files, the browser, the processor time of the tests, measures of the bench, unit tests on
 * two other versions of Node, lint, format, types and licences.
 */
const checks = 13

describe('the last line of .ci/run', () => {
  it('counts every test and every other check', () => {
    expect(lastLine(0, { passed: 7, failed: 0 })).toEqual({
      line: `${7 + checks} passed, 0 failed`,
      code: 0,
      skipped: [],
    })
  })

  it('counts a failing test once', () => {
    expect(lastLine(1, { passed: 6, failed: 1 })).toMatchObject({ line: `${6 + checks} passed, 1 failed`, code: 1 })
  })

  it('names at the end each check, test and file of tests that failed, with the first line of its failure', () => {
    expect(lastLine(1, { passed: 6, failed: 1, broken: 1, left: { endless: 'pending' } }, { bench: false })).toEqual({
      line: `${6 + checks - 1} passed, 4 failed`,
      code: 1,
      skipped: [],
      broken: [
        'FAILED: bench',
        'FAILED: tests/b.test.ts: SyntaxError: no',
        'FAILED: a reply waits (tests/a.test.ts): Error: wrong',
        'FAILED: endless (tests/left.test.ts): ',
      ],
    })
  })

  it('names each skipped test on a line of its own, and counts it neither as passed nor as failed', () => {
    const left = { 'the log is read\nwhere it is': 'skipped', 'a report': 'todo' } as const
    expect(lastLine(0, { passed: 6, failed: 0, left })).toEqual({
      line: `${6 + checks} passed, 0 failed`,
      code: 0,
      skipped: ['SKIPPED: the log is read where it is (tests/left.test.ts)', 'SKIPPED: a report (tests/left.test.ts)'],
    })
  })

  it('names each test that passed at its second attempt, with its first failure', () => {
    expect(lastLine(0, { passed: 6, failed: 0, flaky: ['a stream ends'] })).toEqual({
      line: `${6 + checks} passed, 0 failed`,
      code: 0,
      skipped: [],
      flaky: ['FLAKY: a stream ends (tests/flaky.test.ts): Error: late\n   at'],
    })
  })

  it('finds such a test in what vitest reports', () => {
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
    const tests = mkdtempSync(join(root, 'node_modules/.cache/guichet-flaky-'))
    try {
      const source = `import { expect, it } from 'vitest'\nlet n = 0\nit('is late once', () => expect(++n).toBe(2))\n`
      writeFileSync(join(tests, 'late.test.js'), source)
      writeFileSync(join(tests, 'vitest.config.js'), 'export default {}')
      const parameters = ['run', '--root', tests, '--retry', '1', '--reporter', 'json', '--outputFile', 'report.json']
      const vitest = join(root, 'node_modules/vitest/vitest.mjs')
      const { status } = spawnSync(process.execPath, [vitest, ...parameters], { encoding: 'utf8' })
      expect(status).toBe(0)
      const reported = readFileSync(join(tests, 'report.json'), 'utf8')
      expect(lastLine(0, { reported })).toMatchObject({
        line: `${1 + checks} passed, 0 failed`,
        flaky: [expect.stringMatching(/^FLAKY: is late once .*late\.test\.js\): AssertionError: /)],
      })
    } finally {
      rmSync(tests, { recursive: true, force: true })
    }
  })

  it('names the skipped tests of a run that fails too', () => {
    const left = { 'the log': 'skipped' } as const
    expect(lastLine(1, { passed: 6, failed: 1, left })).toMatchObject({
      line: `${6 + checks} passed, 1 failed`,
      code: 1,
      skipped: ['SKIPPED: the log (tests/left.test.ts)'],
    })
  })

  it('counts a test that never ended, and a file that cannot be loaded, as failed', () => {
    const failed = { line: `${6 + checks} passed, 1 failed`, code: 1, skipped: [] }
    expect(lastLine(0, { passed: 6, failed: 0, left: { endless: 'pending' } })).toMatchObject(failed)
    expect(lastLine(1, { passed: 6, failed: 0, broken: 1 })).toMatchObject(failed)
  })

  it('counts missing servers as a failure, and skips no test because of them', () => {
    expect(lastLine(1, { passed: 6, failed: 1 }, { servers: false })).toMatchObject({
      line: `${6 + checks - 1} passed, 2 failed`,
      code: 1,
      skipped: [],
    })
  })

  it('names the tests of the pages as skipped where no browser can be installed', () => {
    expect(lastLine(0, { passed: 7, failed: 0 }, { browser: false })).toEqual({
      line: `${7 + checks - 1} passed, 0 failed`,
      code: 0,
      skipped: ['SKIPPED: the tests that need the browser of the tests'],
    })
  })

  it('counts each other version of Node on which unit tests fail as a failure', () => {
    expect(lastLine(0, { passed: 7, failed: 0 }, { versions: false })).toMatchObject({
      line: `${7 + checks - 2} passed, 2 failed`,
      code: 1,
      skipped: [],
    })
  })

  it('counts a measure of the bench that has lost as a failure', () => {
    expect(lastLine(0, { passed: 7, failed: 0 }, { bench: false })).toMatchObject({
      line: `${7 + checks - 1} passed, 1 failed`,
      code: 1,
      skipped: [],
    })
  })

  it('counts a test file that takes too much processor time as a failure', () => {
    expect(lastLine(0, { passed: 7, failed: 0 }, { dear: true })).toMatchObject({
      line: `${7 + checks - 1} passed, 1 failed`,
      code: 1,
      broken: ['FAILED: the processor time of the tests'],
    })
  })

  it('counts an aborted test run as one failure', () => {
    expect(lastLine(2)).toMatchObject({ line: `${checks - 1} passed, 1 failed`, code: 1 })
    expect(lastLine(1, { passed: 6, failed: 0 })).toMatchObject({ line: `${6 + checks} passed, 1 failed` })
  })
})
