import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { staleBuild } from './workspace/build.ts'
import { root } from './workspace/sources.ts'

let workspace: string

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(workspace, path)), { recursive: true })
  writeFileSync(join(workspace, path), text)
}
const compile = (): void => {
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', 'packages/api'], {
    cwd: workspace,
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, ''])
}
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const options = { rootDir: 'src', outDir: 'dist' }
const rules = 'packages/domain/src/rules.ts'

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'guichet-build-'))
  cpSync(join(root, 'tsconfig.base.json'), join(workspace, 'tsconfig.base.json'))
  const config = { extends: '../../tsconfig.base.json', compilerOptions: options, include: ['src'] }
  write('packages/domain/tsconfig.json', JSON.stringify({ ...config, exclude: ['src/**/*.test.ts'] }))
  write('packages/api/tsconfig.json', JSON.stringify({ ...config, references: [{ path: '../domain' }] }))
  write('package.json', '{ "type": "module" }')
  write(rules, 'export const days = 7\n')
  write('packages/api/src/run.ts', 'export const run = 1\n')
})
afterEach(() => rmSync(workspace, { recursive: true, force: true }))

describe('the build that tests start', () => {
  it('is missing in a fresh clone, and fresh after a build', () => {
    const missing = 'there is no build of packages/api, packages/domain: run npm run build'
    expect(staleBuild(workspace)).toBe(missing)
    compile()
    expect(staleBuild(workspace)).toBeUndefined()
  })

  it('is missing where only its output is', () => {
    compile()
    rmSync(join(workspace, 'packages/api/dist'), { recursive: true })
    expect(staleBuild(workspace)).toBe('there is no build of packages/api: run npm run build')
  })

  it.each([
    ['changed', () => write(rules, 'export const days = 8\n')],
    ['wrong', () => write(rules, `export const days: number = 'seven'\n`)],
    ['new', () => write('packages/domain/src/more.ts', 'export const more = 1\n')],
    ['gone', () => rmSync(join(workspace, 'packages/domain/src/more.ts'))],
  ])('is older than a source that is %s', (kind, change) => {
    if (kind === 'gone') write('packages/domain/src/more.ts', 'export const more = 1\n')
    compile()
    expect(staleBuild(workspace)).toBeUndefined()
    change()
    expect(staleBuild(workspace)).toMatch(/^the build is older than .*packages\/domain\/src.*: run npm run build$/)
  })

  it('is that of sources that are written again without a change, as by a checkout', () => {
    compile()
    const later = new Date(Date.now() + 60_000)
    write(rules, readFileSync(join(workspace, rules), 'utf8'))
    utimesSync(join(workspace, rules), later, later)
    expect(staleBuild(workspace)).toBeUndefined()
  })

  it('is missing where that of a tool is', () => {
    compile()
    write('tools/bench/tsconfig.json', '{ "extends": "../../tsconfig.base.json", "include": ["src"] }')
    expect(staleBuild(workspace)).toBe('there is no build of tools/bench: run npm run build')
  })

  it('needs no other one when a test changes', () => {
    compile()
    write('packages/domain/src/rules.test.ts', 'export {}\n')
    expect(staleBuild(workspace)).toBeUndefined()
  })

  it('has pages of the present compilation', () => {
    compile()
    write('packages/console/dist/page.js', '')
    const old = 'the built pages are older than packages/console/dist: run npm run build'
    expect(staleBuild(workspace)).toBe(old)
    write('packages/console/dist/site/loader.js', '')
    expect(staleBuild(workspace)).toBeUndefined()
    const later = new Date(Date.now() + 60_000)
    utimesSync(join(workspace, 'packages/console/dist/page.js'), later, later)
    expect(staleBuild(workspace)).toBe(old)
  })
})
