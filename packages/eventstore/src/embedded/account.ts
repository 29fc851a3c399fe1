import { execFile } from 'node:child_process'
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
