import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3mini } from 's3mini'
import type { S3Options } from '../s3-storage.ts'

/** A real S3-compatible server: versitygw over a folder. */
export type S3Server = { readonly options: S3Options; readonly port: number; close(): Promise<void> }

const module = 'github.com/versity/versitygw/cmd/versitygw@v1.7.0'

/** Not the usual one, which buckets may not name. */
const region = 'eu-west-3'

const withinMs = 10 * 60_000

const userCaches = (): string => process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')

/**
 * The executable of the server: one on this machine, else one that Go builds into the cache folder (`GUICHET_CACHE`).
 * @throws Error that says what is missing.
 */
async function s3Executable(): Promise<string> {
  const folder = join(process.env['GUICHET_CACHE'] || join(userCaches(), 'guichet'), 's3')
  const path = join(folder, 'versitygw')
  if (isExecutable(path)) return path
  await mkdir(folder, { recursive: true })
  const failed = await new Promise<string | undefined>((resolve) => {
    const child = spawn('go', ['install', module], {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    })
    let last = ''
    child.stderr.on('data', (chunk: Buffer) => (last = chunk.toString().trim() || last))
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) => resolve(code === 0 ? undefined : last || 'it was not done in time'))
  })
  if (failed !== undefined || !isExecutable(path)) {
    throw new Error(`no S3 server: \`go install ${module}\` takes Go 1.25 and a module proxy: ${failed}`)
  }
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Starts a server with an empty bucket, and returns how to reach the bucket. */
export async function startS3Server(): Promise<S3Server> {
  const executable = await s3Executable()
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
  for (;;) {
    try {
      await bucket.createBucket()
      return { options, port, close }
    } catch (error) {
      if (child.exitCode === null && isNotYetListening(error)) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      await close()
      throw new Error(`the S3 server did not start: ${said}`, { cause: error })
    }
  }
}

function isNotYetListening(error: unknown): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ((each as NodeJS.ErrnoException).code === 'ECONNREFUSED') return true
  }
  return false
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
