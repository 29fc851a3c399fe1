import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('says in one line that it is to be built first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-not-built-'))
  try {
    await cp(new URL('../../bin', import.meta.url), join(folder, 'bin'), { recursive: true })
    const run = promisify(execFile)(process.execPath, [join(folder, 'bin/guichet.js'), 'stats'])
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'Guichet is not built yet: run npm run build first\n',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
