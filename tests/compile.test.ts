import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guichet-compile-'))
  mkdirSync(join(folder, '.ci'))
  cpSync(join(root, '.ci/compile.mjs'), join(folder, '.ci/compile.mjs'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The processes that one has started, and those that they have. */
function startedBy(id: number): readonly number[] {
  const rows = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).stdout.trim().split('\n')
  const children = rows.map((row) => row.trim().split(/ +/).map(Number)).filter(([, parent]) => parent === id)
  return children.flatMap(([child = 0]) => [child, ...startedBy(child)])
}

const isAlive = (id: number): boolean =>
  spawnSync('ps', ['-o', 'stat=', '-p', `${id}`], { encoding: 'utf8' })
    .stdout.trim()
    .replace(/^Z.*/, '') !== ''

it('says what to do where the packages are not installed, also before it is started', () => {
  const { status, stderr } = spawnSync(process.execPath, ['.ci/compile.mjs'], { cwd: folder, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'The packages that Guichet needs are not installed, or not all of them: run npm ci first\n',
  })
  for (const name of ['README.md', 'CONTRIBUTING.md']) {
    const text = readFileSync(join(root, name), 'utf8')
    expect(text.indexOf('git clone')).toBeGreaterThan(0)
    expect(text.indexOf('git clone')).toBeLessThan(text.indexOf('npm ci'))
  }
})

it('leaves no compiler behind when it is ended by a signal', async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "composite": true, "types": [] }, "include": ["a.ts"] }',
  )
  writeFileSync(join(folder, 'a.ts'), 'export const a = 1\n')
  const compiling = spawn(process.execPath, ['.ci/compile.mjs', '--watch'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  compiling.stdout.on('data', (text) => void (printed += text))
  await vi.waitUntil(() => printed.includes('Watching for file changes'))
  const started = startedBy(compiling.pid ?? 0)
  expect(started.some(isAlive)).toBe(true)
  const exited = once(compiling, 'exit')
  compiling.kill('SIGTERM')
  expect(await exited).toEqual([143, null])
  await vi.waitUntil(() => !started.some(isAlive))
})
