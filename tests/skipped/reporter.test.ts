import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../workspace/sources.ts'

let folder: string

beforeAll(() => {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  folder = mkdtempSync(join(root, 'node_modules/.cache/guichet-skipped-'))
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('setup.ts', `export default (project) => void project.provide('skippedBecause', 'there is no server')`)
  write('one.on.test.js', test(`it.skip('a', () => {}); it('b', () => {})`))
  write('two.on.test.js', test(`describe.skip('c', () => { it('d', () => {}); it('e', () => {}) })`))
  write('three.off.test.js', test(`it('f', ({ skip }) => skip('no pg_dump of this version')); it('g', () => {})`))
  write('four.off.test.js', test(`it.skip('h', () => {})`))
  const reporter = JSON.stringify(join(root, 'tests/skipped/reporter.ts'))
  write(
    'vitest.config.ts',
    `import { SkipReporter } from ${reporter}
     const project = (name, more) => ({ test: { name, include: ['*.' + name + '.test.js'], ...more } })
     export default { test: { reporters: ['default', new SkipReporter()], projects: [
       project('on', { globalSetup: ['setup.ts'] }), project('off') ] } }`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const test = (text: string): string => `import { describe, it } from 'vitest'\n${text}\n`

/** The lines about skipped tests, of a run that must be green. */
function run(...args: readonly string[]): readonly string[] {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const env = { ...process.env, NO_COLOR: '1' }
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--root', folder, ...args], {
    encoding: 'utf8',
    env,
  })
  expect(status).toBe(0)
  return stdout.split('\n').filter((line) => line.startsWith('SKIPPED'))
}

it('names what was skipped, and why, at the end of a green run', () => {
  const place = folder.slice(root.length + 1)
  const lines = run()
  expect(lines[0]).toBe('SKIPPED: 3 tests of the project on: there is no server')
  expect(lines.slice(1).toSorted()).toEqual([
    `SKIPPED: 1 test of ${place}/four.off.test.js, whose titles say what they need`,
    `SKIPPED: 1 test of ${place}/three.off.test.js: no pg_dump of this version`,
  ])
})

it('says nothing of tests that a name leaves out', () => {
  expect(run('-t', 'g')).toEqual([])
})
