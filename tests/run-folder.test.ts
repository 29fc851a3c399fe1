import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { removeAbandoned, pidNamespace } from './run-folder.ts'
import { root } from './workspace/sources.ts'

let base: string
let project: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'guichet-folders-'))
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  project = mkdtempSync(join(root, 'node_modules/.cache/guichet-folders-'))
})
afterEach(() => {
  for (const folder of [base, project]) rmSync(folder, { recursive: true, force: true })
})

describe('the folder of temporary files', () => {
  it('keeps what is not of a run that has ended', () => {
    const { pid: dead } = spawnSync(process.execPath, ['-e', ''])
    const kept = [
      `guichet-tests-${process.pid}-${pidNamespace()}`,
      `guichet-tests-1-${pidNamespace()}`,
      `guichet-tests-${dead}-${Number(pidNamespace()) + 1}`,
      `guichet-tests-${dead}`,
      'guichet-embedded-abc',
      'somebody-else',
    ]
    for (const name of [...kept, `guichet-tests-${dead}-${pidNamespace()}`])
      mkdirSync(join(base, name, 'data'), { recursive: true })
    removeAbandoned(base)
    expect(readdirSync(base).toSorted()).toEqual(kept.toSorted())
  })

  it('has nothing left after a run, of that one or of an earlier one that was killed', async () => {
    const write = (name: string, text: string): void => writeFileSync(join(project, name), text)
    write(
      'vitest.config.ts',
      `import { useRunFolder } from ${JSON.stringify(join(root, 'tests/run-folder.ts'))}\nuseRunFolder()\nexport default {}`,
    )
    write(
      'one.test.js',
      `import { mkdtempSync, writeFileSync } from 'node:fs'\nimport { tmpdir } from 'node:os'\nimport { it } from 'vitest'
       it('uses a folder', () => {
         const folder = mkdtempSync(tmpdir() + '/guichet-one-')
         writeFileSync(process.env.SEEN, folder)
         return process.env.HANGS ? new Promise(() => setInterval(() => undefined, 1000)) : undefined
       }, 300_000)`,
    )
    const seen = join(project, 'seen')
    const started = (more: object = {}) =>
      spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', project], {
        env: { ...process.env, TMPDIR: base, SEEN: seen, ...more },
        stdio: 'ignore',
      })
    const killed = started({ HANGS: 'true' })
    await vi.waitUntil(() => existsSync(seen))
    const left = readFileSync(seen, 'utf8')
    expect(left.startsWith(join(base, `guichet-tests-${killed.pid}-`))).toBe(true)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    expect(existsSync(left)).toBe(true)
    const next = started()
    expect(await once(next, 'exit')).toEqual([0, null])
    expect(readdirSync(base)).toEqual([])
  })
})
