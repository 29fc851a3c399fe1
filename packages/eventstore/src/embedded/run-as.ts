import { execFile } from 'node:child_process'
import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.ts'

const run = promisify(execFile)

/** How the programs of Postgres are run, so that they do not run as root. */
export type RunAs = {
  /** The command in front of theirs. */
  readonly wrapper: readonly string[]
  /** The account that the command is started with; that of this process when empty. */
  readonly account: Partial<Account>
  /** Whom the files of the cluster belong to, as this process sees it; undefined when to this process anyway. */
  readonly owner: Account | undefined
}

/** As whoever runs this process. */
export const asThisProcess: RunAs = { wrapper: [], account: {}, owner: undefined }

/** The very rights of the account, no more. */
function asAccount(account: Account): RunAs {
  return { wrapper: [], account, owner: account }
}

/** The account may also enter folders that are closed to it. */
function withCapability(account: Account, capability: 'dac_read_search' | 'dac_override'): RunAs {
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const capabilities = [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`]
  // Without it the system call `access`, which initdb looks for its programs with, disregards the capability.
  const effectiveForAccess = '--securebits=+no_setuid_fixup'
  return { wrapper: ['setpriv', ...identity, ...capabilities, effectiveForAccess, '--'], account: {}, owner: account }
}

/** Root without its special powers, which takes itself for the account. */
function inUserNamespace({ uid, gid }: Account): RunAs {
  const wrapper = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
  return { wrapper, account: {}, owner: { uid: 0, gid: 0 } }
}

/**
 * Chooses how root runs a program of Postgres on the cluster of a folder, whether or not that exists yet. The plain
 * account comes first. When it cannot enter a folder on the way, as below root's home, Linux lends it the capability to:
 * the narrowest that a container leaves to root. A user namespace is for where capabilities cannot be lent. Postgres
 * serves nobody's cluster but its own account's, so whom a cluster belongs to tells how it was created, for good.
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

/** The files of a cluster, or their folder where this process may not look into it; undefined when there is none. */
async function existing(folder: string): Promise<Stats | undefined> {
  return stat(join(folder, 'PG_VERSION')).catch((error: NodeJS.ErrnoException) =>
    error.code === 'EACCES' ? stat(folder) : undefined,
  )
}

/** Root may, unless Linux withholds both capabilities for it, as a container can: then it could not follow the server. */
async function mayLookIntoFoldersOfOthers(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const dacOverrideOrReadSearch = 0b110n
  return effective === undefined || (BigInt(`0x${effective}`) & dacOverrideOrReadSearch) !== 0n
}

/** Runs a program on some input to its end and answers what it wrote. */
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

/** The first path that cannot be entered or executed, empty when all can; undefined when nothing can be run this way. */
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
