import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { applyDiff, changedFile } from './documents/diff.ts'
import { document } from './documents/documents.ts'
import { fences } from './documents/markdown.ts'
import { packageNames, root } from './workspace/sources.ts'

const run = promisify(execFile)

/** Below node_modules, so that packages missing in the copy are found above it. */
const copy = join(root, `node_modules/.cache/guichet-extended-${process.pid}`)

/** The packages with their sources and builds, and the documents that tests compare with them. */
function copyTree(): void {
  mkdirSync(join(copy, 'node_modules/@guichet'), { recursive: true })
  const unwanted = /\/(node_modules|bin)$/
  for (const name of ['packages', 'tools', 'docs', 'tests', 'package.json', 'tsconfig.base.json', 'vitest.config.ts']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !unwanted.test(path) })
  }
  for (const name of packageNames) symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@guichet', name))
}

const output = ({ stdout, stderr }: { stdout: string; stderr: string }): string => `${stdout}${stderr}`

/** The output of a failed program in the copy; empty when it succeeds. */
const fails = (program: string, ...args: readonly string[]): Promise<string> => {
  // GOGC lets the compiler, a Go program, keep more garbage before it collects it.
  const env = { ...process.env, GOGC: '400', GUICHET_TEST_DATABASE_URL: inject('postgresUrl') }
  return run(process.execPath, [resolve(root, program), ...args], { cwd: copy, env }).then(() => '', output)
}

/** The output of failed tests in the copy; empty when they pass. */
const failsIn = (...tests: readonly string[]): Promise<string> =>
  fails('node_modules/vitest/vitest.mjs', 'run', ...tests, '--root', copy, '--maxWorkers', '1')

/** The chapters of the guide, each with its changes, and with the most source files that it may touch, and files in all. */
const chapters = [
  { title: 'An event and a mutation of a ticket', sources: 4, files: Infinity },
  { title: 'A field of an event', sources: 2, files: Infinity },
  { title: 'A reaction', sources: 1, files: Infinity },
  { title: 'A read model', sources: 4, files: Infinity },
  { title: 'An aggregate with a deadline and a list', sources: 6, files: 11 },
]

/** What is printed again after each of the changes. */
const printed = ['packages/api/schema.graphql', 'docs/reference/rights.md']

describe('the changes of the guide', () => {
  const { text } = document('docs/guides/extend-guichet.md')
  const blocks = fences(text)
  let missing: readonly string[] = []

  beforeAll(() => {
    copyTree()
    missing = blocks.filter(({ info }) => info === 'diff').map((diff) => applyDiff(diff, join(copy, changedFile(diff))))
    for (const { info, code } of blocks) {
      if (info.startsWith('ts file ')) writeFileSync(join(copy, info.replace('ts file ', '')), `${code}\n`)
    }
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it.each(chapters)('$title: touches at most $sources source files, and $files in all', ({ title, sources, files }) => {
    const chapter = text.split('\n## ').find((each) => each.startsWith(title)) ?? ''
    const touched = fences(chapter).flatMap(
      ({ info, code }) => /^(?:diff\n\+\+\+|ts file) (\S+)/.exec(`${info}\n${code}`)?.[1] ?? [],
    )
    const all = new Set([...touched, ...printed])
    const ofSource = [...all].filter((path) => /^packages\/\w+\/src\/.*(?<!\.test)\.ts$/.test(path))
    expect(ofSource.length).toBeGreaterThan(0)
    expect(ofSource.length).toBeLessThanOrEqual(sources)
    expect(all.size).toBeLessThanOrEqual(files)
  })

  it('find their places', () => {
    expect(missing.filter((fault) => fault !== '')).toEqual([])
  })

  it('compile, and print the schema and the rights', async () => {
    expect(await fails('node_modules/typescript/bin/tsc', '-b', '--singleThreaded', 'packages/cli')).toBe('')
    expect(await fails(join(copy, 'packages/api/dist/graphql/print-schema.js'))).toBe('')
    expect(await fails(join(copy, 'packages/api/dist/graphql/print-rights.js'))).toBe('')
  })

  it('pass their own tests, and those that compare definitions, rights and documents', async () => {
    const tests = [
      'packages/domain/src/ticket/bookmark.test.ts',
      'packages/domain/src/ticket/lifecycle.test.ts',
      'packages/domain/src/ticket/renamed-for-a-reason.test.ts',
      'packages/workflows/src/reaction/tag-reopened.test.ts',
      'packages/domain/src/desk/personal-fields.test.ts',
      'packages/projections/src/channels.integration.test.ts',
      'packages/api/src/documentation.test.ts',
      'packages/api/src/graphql/rights-document.test.ts',
      'packages/api/src/auth/rights-of-commands.test.ts',
      'packages/api/src/graphql/callback.integration.test.ts',
      'packages/api/src/graphql/own-ids.test.ts',
      'packages/api/src/graphql/schema.test.ts',
      'packages/api/src/graphql/ticket/ticket-mutations.integration.test.ts',
      'tests/every-store.integration.test.ts',
      'tests/next-due-kinds.test.ts',
    ]
    expect(await failsIn(...tests)).toBe('')
  })

  it('change no read model by the events of the aggregate but the audit trail and the deadlines', async () => {
    const test = 'packages/projections/src/read-models.versions.integration.test.ts'
    expect(await failsIn(test, '-t', 'changes only rows of the audit trail and the deadlines')).toBe('')
  })
})
