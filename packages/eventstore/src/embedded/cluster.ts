import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { commandLine } from './ownership.ts'
import type { Binaries, RunAs } from './run-as.ts'
import { asThisProcess, chooseRunAs, execute, findBinaries, postgresAccount } from './run-as.ts'
import { PostgresNotStarted } from './start-failure.ts'

/** Settings of postgresql.conf, by name. */
export type Settings = Readonly<Record<string, string>>

/** A database cluster in one folder, and the commands that run it. */
export type Cluster = { readonly folder: string; readonly binaries: Binaries; readonly runAs: RunAs }

/** A running server; `exited` resolves when its process has ended, for any reason. */
export type Server = { readonly exited: Promise<void>; stop(): Promise<void> }

/**
 * Describes the cluster of a folder, whether or not it exists yet.
 * @throws Error when Postgres is not installed, or cannot reach its programs or the folder.
 */
export async function openCluster(folder: string): Promise<Cluster> {
  const [binaries, account] = await Promise.all([findBinaries(), postgresAccount()])
  const runAs = account ? await chooseRunAs(account, binaries.postgres, folder) : asThisProcess
  return { folder, binaries, runAs }
}

/** Upper and lower case of all languages, and the same sort order on every machine. */
const unicode = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

/**
 * Creates the cluster, completely or not at all: UTF-8, a superuser `postgres` with a password, connections over TCP
 * only.
 * @throws PostgresNotStarted when Postgres cannot create it.
 */
export async function createCluster(cluster: Cluster, password: string): Promise<void> {
  const { folder, binaries, runAs } = cluster
  const unfinished = `${folder}.unfinished`
  const passwordFile = `${folder}.password`
  await rm(unfinished, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (runAs.owner) {
    const { uid, gid } = runAs.owner
    await chown(unfinished, uid, gid)
    await chown(passwordFile, uid, gid)
  }
  try {
    const options = ['--username=postgres', '--auth=scram-sha-256', ...unicode, '--no-instructions']
    await execute(runAs, binaries.initdb, [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`, ...options]).catch(
      asNotStarted('the folder of the database could not be created'),
    )
    await rename(unfinished, folder)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/**
 * Outlives this process by a moment only: when the pipe between them closes, which even `kill -9` causes, it shuts the
 * server down.
 */
const guardian = `"$@" 3<&- & server=$!
{ while read -r _; do :; done; kill -INT $server; } <&3 >/dev/null 2>&1 & watch=$!
wait $server
kill $watch`

type ServerOptions = {
  readonly port: number
  readonly settings: Settings
  readonly log?: ((line: string) => void) | undefined
  /** A process id that the server's own lock file names although that process is no longer a server. */
  readonly stranger?: number | undefined
  /** How long the server may log nothing before it is ready, in milliseconds; 60 seconds by default. */
  readonly patienceMs?: number
}

const mostPorts = 5

/**
 * Starts the server on a free port, the preferred one first; on another one where that is taken meanwhile.
 * @throws as `startServer` does.
 */
export async function startOnFreePort(
  cluster: Cluster,
  options: Omit<ServerOptions, 'port'>,
  preferred?: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? preferred : undefined)
    try {
      return { server: await startServer(cluster, { port, ...options }), port }
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('could not bind')
      if (!isTaken || attempt === mostPorts) throw error
    }
  }
}

/**
 * Starts the server and waits until it accepts connections.
 * @throws PostgresNotStarted with the end of the server's log when it does not start, or logs nothing for too long.
 */
export async function startServer(cluster: Cluster, options: ServerOptions): Promise<Server> {
  const { folder, binaries, runAs } = cluster
  const settings = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(options.port),
    ...options.settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { patienceMs = 60_000 } = options
  const former = await readPostmaster(folder)
  const child = guarded([binaries.postgres, '-D', folder, ...settings], runAs, options.stranger)
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()).once('error', () => resolve()))
  try {
    await untilReady(child, followLog(child, options.log), { folder, former, patienceMs })
  } catch (error) {
    child.stdio[3]?.destroy()
    await Promise.race([exited, delay(patienceMs, undefined, { ref: false })])
    kill(child)
    throw error
  }
  return {
    exited,
    stop: async () => {
      if (await isServing(cluster)) await stopServer(cluster)
      await exited
    },
  }
}

/**
 * Shuts the cluster's server down, whichever process started it: connections end, everything acknowledged stays stored.
 */
export async function stopServer({ folder, binaries, runAs }: Cluster): Promise<void> {
  const stop = ['stop', '-D', folder, '-m', 'fast', '-w', '-t', '120']
  await execute(runAs, binaries.pgCtl, stop).catch(async (error: unknown) => {
    if ((await readPostmaster(folder)) !== undefined) throw error
  })
}

/** Whether a server of this very folder is alive, whichever process started it. */
export async function isServing({ folder }: Cluster): Promise<boolean> {
  const postmaster = await readPostmaster(folder)
  return postmaster !== undefined && (await commandLine(postmaster.pid)).includes(folder)
}

/**
 * Sets the superuser's password, without a running server and without the former password: in single-user mode, which
 * only the owner of the files can start. No server may be running.
 * @throws PostgresNotStarted when Postgres cannot do so.
 */
export async function resetPassword(
  { folder, binaries, runAs }: Cluster,
  password: string,
  stranger: number | undefined,
): Promise<void> {
  const input = `alter role postgres password '${password}'\n`
  await execute(runAs, binaries.postgres, ['--single', '-D', folder, 'postgres'], {
    input,
    env: unlike(stranger),
  }).catch(asNotStarted('the password of the database could not be set'))
}

/** Throws the failure of one of the programs of Postgres, with what it has written. */
function asNotStarted(what: string): (cause: unknown) => never {
  return (cause) => {
    const written = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    throw new PostgresNotStarted(what, (written || String(cause)).split('\n'), { cause })
  }
}

/**
 * The environment in which a server takes a process id for its own grandparent's, and hence not for another server's.
 */
function unlike(stranger: number | undefined): NodeJS.ProcessEnv {
  return stranger === undefined ? process.env : { ...process.env, PG_GRANDPARENT_PID: String(stranger) }
}

/** Kills a server that has not ended by itself, and its guardian, at once. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function guarded(command: readonly string[], { wrapper, account }: RunAs, stranger?: number): ChildProcess {
  const [shell = '', ...args] = [...wrapper, '/bin/sh', '-c', guardian, 'guichet-postgres', ...command]
  return spawn(shell, args, {
    ...account,
    env: unlike(stranger),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
}

/** The last lines of a server's log, and the time of the last one. `ended` resolves when nothing more is written. */
type Log = { readonly tail: readonly string[]; readonly ended: Promise<unknown>; lastAt(): number }

const tailLength = 20
const pollMs = 20

/** Reads the server's output, and passes every line on. */
function followLog(child: ChildProcess, onLine: ((line: string) => void) | undefined): Log {
  const tail: string[] = []
  let lastAt = Date.now()
  const read = (chunk: Buffer): void => {
    lastAt = Date.now()
    for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
      tail.push(line)
      if (tail.length > tailLength) tail.shift()
      onLine?.(line)
    }
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  child.stdio[3]?.on('error', () => undefined)
  return { tail, ended: once(child, 'close').catch(() => undefined), lastAt: () => lastAt }
}

/**
 * Waits until a server accepts connections, for as long as a crash recovery takes: the server logs its progress every
 * 10 seconds.
 * @throws PostgresNotStarted with the end of its log when it ends, or logs nothing for `patienceMs`.
 */
async function untilReady(
  child: ChildProcess,
  log: Log,
  {
    folder,
    former,
    patienceMs,
  }: { readonly folder: string; readonly former: Postmaster | undefined; readonly patienceMs: number },
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      await Promise.race([log.ended, delay(patienceMs, undefined, { ref: false })])
      throw new PostgresNotStarted('Postgres did not start', log.tail)
    }
    const current = await readPostmaster(folder)
    const isNew = current?.pid !== former?.pid || current?.startedAt !== former?.startedAt
    if (current?.ready && isNew) return
    if (Date.now() - log.lastAt() > patienceMs) {
      const silence = `Postgres is not ready and has been silent for ${patienceMs / 1_000} s`
      throw new PostgresNotStarted(silence, log.tail, { silent: true })
    }
    await delay(pollMs)
  }
}

/** `startedAt` is in seconds since 1970. After a crash all fields describe a server of the past. */
type Postmaster = { readonly pid: number; readonly startedAt: number; readonly ready: boolean }

/**
 * Reads the lock file of a folder's server; undefined when none has been started or the last one was stopped.
 * @throws Error when this process may not read it.
 */
export async function readPostmaster(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const lines = text?.split('\n')
  return lines && { pid: Number(lines[0]), startedAt: Number(lines[2]), ready: lines[7]?.trim() === 'ready' }
}
