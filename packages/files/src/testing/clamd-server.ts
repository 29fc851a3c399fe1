import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { clamdScanner } from '../clamd.ts'
import type { Executable } from './servers.ts'

type ClamdServer = { readonly host: string; readonly port: number; close(): Promise<void> }

/** The EICAR test file, which every scanner finds; written in two parts, so that none finds it here. */
export const eicar: string = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

/** Starts a real clamd that knows one signature, on a port. It takes streams of at most 5 MB. */
export async function startClamd({ path, libraries }: Executable, port: number): Promise<ClamdServer> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-clamd-'))
  const signature = Buffer.from(eicar).toString('hex')
  await writeFile(join(folder, 'eicar.ndb'), `Eicar-Test-Signature:0:*:${signature}\n`)
  const config = [
    `DatabaseDirectory ${folder}`,
    `TCPSocket ${port}`,
    'TCPAddr 127.0.0.1',
    'Foreground yes',
    'StreamMaxLength 5M',
    `TemporaryDirectory ${folder}`,
    ...(process.getuid?.() === 0 ? ['User root'] : []),
  ]
  await writeFile(join(folder, 'clamd.conf'), `${config.join('\n')}\n`)
  const child = spawn(path, ['-c', join(folder, 'clamd.conf')], {
    env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close')
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const scanner = clamdScanner({ host: '127.0.0.1', port, stalledMs: 5_000 })
  const answers = async (): Promise<boolean> => {
    try {
      await scanner.ping()
      return true
    } catch (error) {
      if (child.exitCode !== null) throw new Error(`clamd did not start: ${said}`, { cause: error })
      return false
    }
  }
  try {
    await vi.waitUntil(answers, { timeout: 120_000 })
  } catch (error) {
    await close()
    throw error
  }
  return { host: '127.0.0.1', port, close }
}
