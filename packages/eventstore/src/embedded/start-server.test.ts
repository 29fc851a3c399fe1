import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startServer } from './cluster.ts'
import { processIdentity } from './ownership.ts'
import { asThisProcess } from './run-as.ts'

describe('a server that does not become ready', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-silent-'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  const start = async (script: string, patienceMs = 300): Promise<unknown> => {
    const postgres = join(folder, 'postgres')
    await writeFile(postgres, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const binaries = { postgres, initdb: postgres, pgCtl: postgres }
    return startServer({ folder, binaries, runAs: asThisProcess }, { port: 1, settings: {}, patienceMs })
  }

  it('is ended after too long a silence, with its last lines of output', async () => {
    const words = 'LOG:  waiting for somebody else'
    const silent = `echo $$ > "${folder}/pid"; echo '${words}' >&2; exec sleep 600`
    await expect(start(silent)).rejects.toThrow(`Postgres is not ready and has been silent for 0.3 s:\n${words}`)
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
    await vi.waitUntil(async () => (await processIdentity(pid)) === undefined, { interval: 10 })
  })

  it('is left running while it reports progress', async () => {
    const busy = 'for i in 1 2 3 4 5 6; do echo "redo $i" >&2; sleep 0.5; done; exit 1'
    await expect(start(busy, 2_000)).rejects.toThrow(/did not start:\nredo 1[^]*redo 6/)
  })
})
