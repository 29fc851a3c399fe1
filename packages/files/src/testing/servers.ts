import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The servers that tests of files run against: an S3-compatible one, and a scanner. */
export const serverKinds = ['versitygw', 'clamd'] as const

type ServerKind = (typeof serverKinds)[number]

/** An executable, with the folder of its libraries where they are not the machine's. */
export type Executable = { readonly path: string; readonly libraries?: string | undefined }

const withinMs = 10 * 60_000

const module = 'github.com/versity/versitygw/cmd/versitygw@v1.7.0'

/** The packages of Debian with the scanner and those of its libraries that a machine may lack. */
const packages = ['clamav-daemon', 'libclamav12', 'libmspack0']

const folderOf = (kind: ServerKind): string =>
  join(
    process.env['GUICHET_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'guichet'),
    kind,
  )

/** The executable of a server that was installed here; undefined when it was not. */
function findServer(kind: ServerKind): Executable | undefined {
  const folder = folderOf(kind)
  if (kind === 'versitygw') return isExecutable(join(folder, kind)) ? { path: join(folder, kind) } : undefined
  const path = join(folder, 'usr', 'sbin', 'clamd')
  if (!isExecutable(path)) return undefined
  const lib = join(folder, 'usr', 'lib')
  const platform = readdirSync(lib).find((name) => name.includes('-linux-'))
  return { path, libraries: platform && join(lib, platform) }
}

/** How each server is installed into its folder, from the registries of Go and of Debian; returns why it was not. */
const installs: Readonly<Record<ServerKind, (folder: string) => Promise<string | undefined>>> = {
  versitygw: (folder) => runProgram('go', ['install', module], folder, { GOBIN: folder, GOFLAGS: '-mod=mod' }),
  clamd: async (folder) => {
    const failed = await runProgram('apt-get', ['download', ...packages], folder)
    if (failed !== undefined) return failed
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
      const unpacked = await runProgram('dpkg-deb', ['-x', name, '.'], folder)
      if (unpacked !== undefined) return unpacked
    }
    return undefined
  },
}

/**
 * The executable of a server, which is installed into the cache folder (`GUICHET_CACHE`) unless it is there. Undefined
 * where that is not possible, with a line that says why.
 */
export async function installedServer(kind: ServerKind): Promise<Executable | undefined> {
  const present = findServer(kind)
  if (present) return present
  const folder = folderOf(kind)
  await mkdir(folder, { recursive: true })
  const reason = await installs[kind](folder)
  const installed = findServer(kind)
  if (installed) return installed
  const line = `there is no ${kind} on this machine, and it cannot be installed: ${reason ?? 'nothing came of it'}`
  console.warn(`\nTests of files are skipped, because ${line}\n`)
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function runProgram(
  name: string,
  parameters: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(name, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    })
    let last = ''
    child.stderr.on('data', (chunk: Buffer) => (last = chunk.toString().trim() || last))
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `${name} is not on this machine` : error.message),
    )
    child.on('close', (code) => resolve(code === 0 ? undefined : `${name}: ${last || 'it was not done in time'}`))
  })
}
