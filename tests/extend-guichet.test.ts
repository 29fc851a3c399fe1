import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { document } from './documents/documents.ts'
import type { Fence } from './documents/markdown.ts'
import { fences } from './documents/markdown.ts'
import { packageNames, root } from './workspace/sources.ts'

const run = promisify(execFile)

/** Below node_modules, so that packages missing in the copy are found above it. */
const copy = join(root, `node_modules/.cache/guichet-extended-${process.pid}`)

/** The packages with their sources and builds, and the documents that tests compare with them. */
function copyTree(): void {
  mkdirSync(join(copy, 'node_modules/@guichet'), { recursive: true })
  const unwanted = /\/(node_modules|bin)$|\.tsbuildinfo$/
  for (const name of ['packages', 'docs', 'tests', 'package.json', 'tsconfig.base.json', 'vitest.config.ts']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !unwanted.test(path) })
  }
  for (const name of packageNames) symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@guichet', name))
}

/** Whether a line of a block matches one of a file: equal but for spaces, or up to the `…`. */
function standsFor(line: string, there: string): boolean {
  const [wanted, found] = [line, there].map((text) => text.trim().replaceAll(/\s+/g, ' ')) as [string, string]
  return wanted.endsWith('…') ? found.startsWith(wanted.slice(0, -1).trim()) : found === wanted
}

/** Inserts the new lines of a block before the first line of its file that the block's last line matches. */
function insert({ code, line }: Fence): string {
  const [head = '', ...lines] = code.split('\n')
  const path = join(copy, head.replace('+++ ', ''))
  const added = lines.filter((each) => each.startsWith('+')).map((each) => each.slice(1))
  const before = (lines.at(-1) ?? '').slice(1)
  const text = readFileSync(path, 'utf8').split('\n')
  const place = text.findIndex((there) => standsFor(before, there))
  if (place < 0) return `docs/guides/extend-guichet.md:${line}: ${head} has no line ${before.trim()}`
  writeFileSync(path, text.toSpliced(place, 0, ...added).join('\n'))
  return ''
}

const output = ({ stdout, stderr }: { stdout: string; stderr: string }): string => `${stdout}${stderr}`

/** The output of a failed program in the copy; empty when it succeeds. */
const fails = (program: string, ...args: readonly string[]): Promise<string> =>
  run(process.execPath, [join(root, 'node_modules', program), ...args], { cwd: copy }).then(() => '', output)

const compile = (name: string): Promise<string> => fails('typescript/bin/tsc', '-p', join('packages', name))

describe('an event and a mutation of a ticket, as the guide adds them', () => {
  const blocks = fences(document('docs/guides/extend-guichet.md').text)
  const changes = blocks.filter(({ info }) => info === 'diff')
  const sources = new Set(changes.map(({ code }) => /^\+\+\+ (packages\/\w+\/src\/\S+)/.exec(code)?.[1] ?? ''))
  let missing: readonly string[] = []

  beforeAll(() => {
    copyTree()
    missing = changes.map(insert)
    for (const { info, code } of blocks) {
      if (info.startsWith('ts file ')) writeFileSync(join(copy, info.replace('ts file ', '')), `${code}\n`)
    }
  }, 60_000)
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it('change no more than five source files', () => {
    const tests = /\.test\.ts$|\/matrix\//
    expect([...sources].filter((path) => path !== '' && !tests.test(path))).toHaveLength(5)
  })

  it('find their places', () => {
    expect(missing.filter((fault) => fault !== '')).toEqual([])
  })

  it('compile, and pass the tests that compare definitions, rights, decisions and documents', async () => {
    const tests = [
      'packages/domain/src/ticket/bookmark.test.ts',
      'packages/domain/src/ticket/lifecycle.test.ts',
      'packages/domain/src/desk/personal-fields.test.ts',
      'packages/api/src/auth/documentation.test.ts',
      'packages/api/src/auth/rights-of-commands.test.ts',
      'packages/api/src/graphql/timeline.test.ts',
      'packages/api/src/matrix/decisions.test.ts',
    ]
    expect(await compile('domain')).toBe('')
    const passed = fails('vitest/vitest.mjs', 'run', '--root', copy, '--project', 'unit', ...tests)
    expect(await Promise.all([compile('api'), passed])).toEqual(['', ''])
  }, 300_000)
})
