import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The operating system's account that Postgres runs under; undefined for the account of this process. */
export type Account = { readonly uid: number; readonly gid: number }

/**
 * Postgres refuses to run as root: root lends it the account `postgres`, which is created when there is none.
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

/**
 * Checks that an account can enter every folder above a path.
 * @throws Error that names the folder it cannot enter.
 */
export async function assertReachable(path: string, account: Account): Promise<void> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if (!(mode & bit)) {
      throw new Error(`Postgres, which does not run as root, cannot enter ${folder}: choose a folder outside of it`)
    }
    if (folder === dirname(folder)) return
  }
}
