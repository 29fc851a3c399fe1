import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@guichet/eventstore'
import { S3mini } from 's3mini'
import { vi } from 'vitest'
import type { S3Options } from '../s3-storage.ts'
import type { Executable } from './servers.ts'

/** A real S3-compatible server: versitygw over a folder. */
type S3Server = { readonly options: S3Options; readonly port: number; close(): Promise<void> }

/** Not the usual one, which buckets may not name. */
const region = 'eu-west-3'

/** Starts a server with an empty bucket, and returns how to reach the bucket. */
export async function startS3Server({ path: executable }: Executable): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-s3-'))
  const [data, meta] = [join(folder, 'data'), join(folder, 'meta')]
  await Promise.all([mkdir(data), mkdir(meta)])
  const port = await freePort()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test-of-guichet' }
  const parameters = ['--port', `127.0.0.1:${port}`, '--region', region, 'posix', '--sidecar', meta, data]
  const child = spawn(executable, parameters, {
    env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey, HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const options: S3Options = { url: `http://127.0.0.1:${port}/files`, region, ...credentials }
  const bucket = new S3mini({ ...credentials, endpoint: options.url, region })
  const answers = async (): Promise<boolean> => {
    try {
      await bucket.createBucket()
      return true
    } catch (error) {
      if (child.exitCode === null && isNotYetListening(error)) return false
      throw new Error(`the S3 server did not start: ${said}`, { cause: error })
    }
  }
  try {
    await vi.waitUntil(answers, { timeout: 120_000 })
  } catch (error) {
    await close()
    throw error
  }
  return { options, port, close }
}

function isNotYetListening(error: unknown): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ((each as NodeJS.ErrnoException).code === 'ECONNREFUSED') return true
  }
  return false
}
