import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { portIfFree } from '../free-port.ts'
import type { Cluster } from './cluster.ts'
import { startOnFreePort, startServer } from './cluster.ts'
import { processIdentity } from './ownership.ts'
import { asThisProcess } from './run-as.ts'

describe('a server that does not become ready', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-silent-'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  const clusterOf = async (script: string): Promise<Cluster> => {
    const postgres = join(folder, 'postgres')
    await writeFile(postgres, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return { folder, binaries: { postgres, initdb: postgres, pgCtl: postgres }, runAs: asThisProcess }
  }

  const start = async (script: string, patienceMs = 300): Promise<unknown> =>
    startServer(await clusterOf(script), { port: 1, settings: {}, patienceMs })

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

  it('is started on another port where its own is taken meanwhile', async () => {
    const taken = `echo 'LOG:  could not bind IPv4 address "127.0.0.1"' >&2; exit 1`
    const ready = `printf '%s\\n' $$ . 1700000000 . . . . ready > "${folder}/postmaster.pid"; exec sleep 600`
    const ports = `for word; do case $word in port=*) echo "$word" >> "${folder}/ports" ;; esac; done`
    const cluster = await clusterOf(`${ports}; mkdir "${folder}/first" 2>/dev/null && { ${taken}; }; ${ready}`)
    // Above those from which another one is chosen.
    let preferred: number | undefined
    for (let port = 32_768; preferred === undefined; port++) preferred = await portIfFree(port)
    const { server, port } = await startOnFreePort(cluster, { settings: {} }, preferred)
    process.kill(Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]))
    await server.exited
    const [first, second, ...others] = (await readFile(join(folder, 'ports'), 'utf8')).trim().split('\n')
    expect(first).not.toBe(second)
    expect([second, ...others]).toEqual([`port=${port}`])
  })

  it('is not tried on another port for another reason', async () => {
    const cluster = await clusterOf(`echo again >> "${folder}/tries"; echo 'FATAL:  no space left' >&2; exit 1`)
    await expect(startOnFreePort(cluster, { settings: {} })).rejects.toThrow('no space left')
    expect(await readFile(join(folder, 'tries'), 'utf8')).toBe('again\n')
  })
})
