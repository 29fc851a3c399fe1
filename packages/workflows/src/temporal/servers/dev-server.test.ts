import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDevServer } from './dev-server.ts'

describe('a Temporal server that does not start', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-temporal-'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  const start = async (script: string, patienceMs: number): Promise<unknown> => {
    const executable = join(folder, 'temporal')
    await writeFile(executable, `#!/bin/sh\necho again >> "${folder}/tries"\n${script}\n`, { mode: 0o755 })
    return startDevServer({ executable, patienceMs })
  }
  /** One line for each start; none if the patience ended before the script began. */
  const tries = async (): Promise<string> => readFile(join(folder, 'tries'), 'utf8').catch(() => '')

  it('is ended once it has not answered for as long as it was given, and not tried again', async () => {
    let begun = ''
    for (let patienceMs = 300; begun === ''; patienceMs *= 2) {
      const silent = /^the Temporal server at 127\.0\.0\.1:\d+ does not answer$/
      await expect(start('exec sleep 600', patienceMs)).rejects.toThrow(silent)
      begun = await tries()
    }
    expect(begun).toBe('again\n')
  })

  it('is tried on other ports when it ends', async () => {
    await expect(start('echo "error: address already in use"; exit 1', 60_000)).rejects.toThrow(
      'the Temporal server did not start: error: address already in use',
    )
    expect(await tries()).toBe('again\n'.repeat(3))
  })
})
