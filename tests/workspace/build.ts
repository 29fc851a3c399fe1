import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.ts'

const remedy = 'run npm run build'

/**
 * Why the build of the packages is not that of their sources, in one line with what to do; undefined when it is. The
 * compiler itself is asked, without building: it compares contents where a file was only written again. Takes half a
 * second of processor time.
 * @param workspace the repository's root, or a folder like it.
 */
export function staleBuild(workspace = root): string | undefined {
  const built = (name: string): boolean => existsSync(join(workspace, 'packages', name, 'tsconfig.tsbuildinfo'))
  const names = readdirSync(join(workspace, 'packages')).filter((name) =>
    existsSync(join(workspace, 'packages', name, 'tsconfig.json')),
  )
  const missing = names.filter((name) => !built(name) || !existsSync(join(workspace, 'packages', name, 'dist')))
  if (missing.length > 0) return `there is no build of ${listed(missing)}: ${remedy}`
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, '-b', '--dry', ...names.map((name) => join('packages', name))],
    { cwd: workspace, encoding: 'utf8' },
  )
  if (status !== 0) return `the compiler does not say whether the build is fresh (${stdout}${stderr}): ${remedy}`
  const older = names.filter((name) => stdout.includes(`would build project '${join(workspace, 'packages', name)}/`))
  if (older.length > 0)
    return `the build is older than ${older.map((name) => `packages/${name}/src`).join(', ')}: ${remedy}`
  return hasOldSite(workspace) ? `the built pages are older than packages/console/dist: ${remedy}` : undefined
}

const listed = (names: readonly string[]): string => names.map((name) => `packages/${name}`).join(', ')

/** Whether the pages, which the build bundles after it has compiled, are missing or of an earlier compilation. */
function hasOldSite(workspace: string): boolean {
  const compiled = join(workspace, 'packages/console/dist')
  if (!existsSync(compiled)) return false
  const changedAt = (name: string): number => statSync(join(compiled, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const scripts = readdirSync(compiled).filter((name) => name.endsWith('.js'))
  return scripts.some((name) => changedAt(name) > changedAt('site/loader.js'))
}
