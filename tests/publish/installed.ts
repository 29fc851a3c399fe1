import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../workspace/sources.ts'
import type { LockedPackages } from './lockfile.ts'
import { lockedPackages, neededFolders } from './lockfile.ts'

const run = promisify(execFile)

/** Where npm notes what a folder has installed; it believes it unless a package's folder is newer. */
const note = 'node_modules/.package-lock.json'

/**
 * Copies what a product needs from the repository's own installation, where both lock the same content, and notes it as npm
 * does. `npm install` then checks the whole tree, unpacks the rest, and removes what is not needed.
 */
export async function copyInstalled(product: string, locked: LockedPackages): Promise<void> {
  const here = lockedPackages(join(root, note))
  const there = lockedPackages(join(product, note))
  const same = neededFolders(locked).filter((folder) => {
    const { integrity } = locked[folder] ?? {}
    const isHere = integrity !== undefined && here[folder]?.integrity === integrity && existsSync(join(root, folder))
    return isHere && !(folder in there)
  })
  if (same.length === 0) return
  const chosen = new Set(same)
  const outermost = same.filter((folder) => !isInside(folder, chosen))
  for (const into of new Set(outermost.map((folder) => dirname(folder)))) {
    await mkdir(join(product, into), { recursive: true })
    const folders = outermost.filter((folder) => dirname(folder) === into)
    await run('cp', ['-R', ...folders.map((folder) => join(root, folder)), join(product, into)])
  }
  for (const folder of outermost) await linkPrograms(product, folder, here[folder]?.bin ?? {})
  const packages = { ...there, ...Object.fromEntries(same.map((folder) => [folder, here[folder]])) }
  await writeFile(join(product, note), JSON.stringify({ lockfileVersion: 3, requires: true, packages }))
}

/** Whether a folder is in the folder of another package, with which it is copied. */
function isInside(folder: string, others: ReadonlySet<string>): boolean {
  const end = folder.lastIndexOf('/node_modules/')
  if (end < 0) return false
  const outer = folder.slice(0, end)
  return others.has(outer) || isInside(outer, others)
}

async function linkPrograms(
  product: string,
  folder: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  const modules = folder.slice(0, folder.lastIndexOf('node_modules/') + 'node_modules'.length)
  const links = join(product, modules, '.bin')
  for (const [name, path] of Object.entries(programs)) {
    await mkdir(links, { recursive: true })
    await symlink(relative(links, join(product, folder, path)), join(links, basename(name)))
  }
}
