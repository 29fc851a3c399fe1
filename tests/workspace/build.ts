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
  const projects = ['packages', 'tools']
    .filter((folder) => existsSync(join(workspace, folder)))
    .flatMap((folder) => readdirSync(join(workspace, folder)).map((name) => `${folder}/${name}`))
    .filter((project) => existsSync(join(workspace, project, 'tsconfig.json')))
  const isBuilt = (project: string): boolean =>
    ['tsconfig.tsbuildinfo', 'dist'].every((name) => existsSync(join(workspace, project, name)))
  const missing = projects.filter((project) => !isBuilt(project))
  if (missing.length > 0) return `there is no build of ${missing.join(', ')}: ${remedy}`
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-b', '--dry', ...projects], {
    cwd: workspace,
    encoding: 'utf8',
  })
  if (status !== 0) return `the compiler does not say whether the build is fresh (${stdout}${stderr}): ${remedy}`
  const older = projects.filter((project) => stdout.includes(`would build project '${join(workspace, project)}/`))
  if (older.length > 0)
    return `the build is older than ${older.map((project) => `${project}/src`).join(', ')}: ${remedy}`
  return hasOldSite(workspace) ? `the built pages are older than packages/console/dist: ${remedy}` : undefined
}

/** Whether the pages, which the build bundles after it has compiled, are missing or of an earlier compilation. */
function hasOldSite(workspace: string): boolean {
  const compiled = join(workspace, 'packages/console/dist')
  if (!existsSync(compiled)) return false
  const changedAt = (name: string): number => statSync(join(compiled, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
  const scripts = files.filter((name) => name.endsWith('.js') && !name.startsWith('site'))
  return scripts.some((name) => changedAt(name) > changedAt('site/loader.js'))
}
