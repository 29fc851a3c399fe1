import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from './workspace/sources.ts'

let folder: string
beforeAll(() => {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  folder = mkdtempSync(join(root, 'node_modules/.cache/guichet-set-ups-'))
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('server.ts', `export const start = (): never => { throw new Error('the server does not start') }`)
  write('setup.ts', `import { start } from './server.ts'\nexport default (): void => start()`)
  write('one.test.js', `import { it } from 'vitest'\nit('runs', () => undefined)`)
  write(
    'vitest.config.ts',
    `import { uncachedSetUps } from ${JSON.stringify(join(root, 'tests/uncached-set-ups.ts'))}
     const one = { plugins: [uncachedSetUps], test: { name: 'one', globalSetup: ['setup.ts'] } }
     const experimental = { fsModuleCache: true, fsModuleCachePath: ${JSON.stringify(join(folder, 'modules'))} }
     export default { test: { experimental, projects: [one] } }`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(['first', 'second'])('the failure of a set-up is printed in the %s run, and fails it', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  )
  expect(status).toBe(1)
  expect(stderr).toContain('Error: the server does not start')
})
