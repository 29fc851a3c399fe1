import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

const testFiles = [
  'packages/domain/src/ticket/rules.test.ts',
  'tests/pages.integration.test.ts',
  'tests/c.temporal.test.ts',
]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-ci-costs-'))
  for (const path of [...testFiles, 'tests/browser/desk.ts']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const costOf = (file: string, own = 1) => ({
  file,
  project: 'unit',
  tests: 1,
  seconds: { all: 3, imports: 1, tests: 1 },
  processor: { own, children: 1 },
  probe: 28,
})
const whole = { at: '2026-11-26T01:00:00.000Z', seconds: 9, probe: 28, shared: { postgres: 2 } }
const complete = { ...whole, files: testFiles.map((file) => costOf(file)) }

/** The exit code and the output of the program on this record, in a repository with three test files. */
function costs(record: unknown, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  writeFileSync(join(folder, 'costs.json'), JSON.stringify(record))
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, '.ci/costs.mjs'), ...args, 'costs.json'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

describe('the costs of the tests', () => {
  it('are within the budget of a complete run, which the first line describes', () => {
    const { code, out } = costs(complete, '--check')
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe('the run of 2026-11-26T01:00:00.000Z, 3 test files, complete')
  })

  it('are over budget by name', () => {
    const files = [costOf(testFiles[0]!, 95), ...complete.files.slice(1)]
    const { code, out } = costs({ ...complete, files }, '--check')
    expect(code).toBe(1)
    expect(out).toContain(`OVER BUDGET: ${testFiles[0]} took 96.0 s of 95`)
    expect(costs({ ...complete, files }, '--check', '--all').code).toBe(1)
    expect(costs({ ...complete, shared: { postgres: 2_700 } }, '--check').code).toBe(1)
  })

  it('have larger budgets where the same work took longer', () => {
    const slow = (own: number, probe: number) => [{ ...costOf(testFiles[0]!, own), probe }, ...complete.files.slice(1)]
    expect(costs({ ...complete, files: slow(95, 29) }, '--check').code).toBe(0)
    const { code, out } = costs({ ...complete, files: slow(124, 36.4) }, '--check')
    expect([code, out]).toEqual([1, expect.stringContaining(`OVER BUDGET: ${testFiles[0]} took 125.0 s of 123.5\n`)])
    expect(costs({ ...complete, files: slow(190, 280) }, '--check').out).toContain('took 191.0 s of 190\n')
    const shared = { postgres: 2_700 }
    expect(costs({ ...complete, shared, probe: 29 }, '--check').code).toBe(0)
    expect(costs({ ...complete, shared, probe: 10 }, '--check').out).toContain('s of 2700\n')
  })

  it('are no check where a test file was not measured', () => {
    const partial = { ...whole, files: complete.files.slice(0, 1) }
    const { code, out } = costs(partial, '--check')
    expect(code).toBe(1)
    expect(out.split('\n')[0]).toMatch(/, 1 test files, not complete: 2 other test files were not run$/)
    for (const file of testFiles.slice(1)) expect(out).toContain(`NOT MEASURED: ${file}\n`)
    expect(costs({ ...whole, files: [] }, '--check').code).toBe(1)
    expect(costs(partial).code).toBe(0)
  })

  it.each([
    ['nothing', {}],
    ['no time', { ...complete, at: undefined }],
    ['no files', { ...whole }],
    ['no shared time', { ...complete, shared: undefined }],
    ['a sum that is no number', { ...complete, seconds: null }],
    ['a file without its processor time', { ...complete, files: [{ ...costOf('a'), processor: { own: 1 } }] }],
    ['a file without its wall time', { ...complete, files: [{ ...costOf('a'), seconds: undefined }] }],
    ['a file without a probe', { ...complete, files: [{ ...costOf('a'), probe: null }] }],
    ['a file without a name', { ...complete, files: [{ ...costOf('a'), file: undefined }] }],
  ])('are not those of a record with %s', (_, record) => {
    const { code, out, err } = costs(record, '--check')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^no costs of a run in costs\.json: run npm test first \(.+\)\n$/)
  })

  it('are JSON alone where that is asked for, also with a check', () => {
    const partial = { ...whole, files: [costOf(testFiles[0]!, 130)] }
    const { code, out, err } = costs(partial, '--json', '--check')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ...partial, processor: 133, missing: testFiles.slice(1).toSorted() })
    expect(err).toContain('OVER BUDGET')
  })

  it.each([
    [['--top', 'abc']],
    [['--top', '-1']],
    [['--top=-1']],
    [['--top', '0']],
    [['--top', '1.5']],
    [['--nope']],
    [['more.json']],
  ])('are not printed for %j', (args) => {
    const { code, out, err } = costs(complete, ...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('usage: node .ci/costs.mjs')
    expect(err).not.toContain('    at ')
  })
})
