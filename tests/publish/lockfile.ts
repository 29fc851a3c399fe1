import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PackageName } from '../workspace/sources.ts'
import { packageNames, root } from '../workspace/sources.ts'

const names = z.record(z.string(), z.string()).optional()
const entry = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).optional(),
  bin: names,
})
const lockfile = z.object({ packages: z.record(z.string(), entry) })

/** The packages of a lock file, by the folder of each. */
export type LockedPackages = Readonly<Record<string, z.infer<typeof entry>>>

/** The packages that a lock file of npm names; none when there is no such file. */
export function lockedPackages(path: string): LockedPackages {
  return existsSync(path) ? lockfile.parse(JSON.parse(readFileSync(path, 'utf8'))).packages : {}
}

/** The folders that npm fills for the root of a lock file: not those of packages that the root does not need. */
export function neededFolders(packages: LockedPackages): readonly string[] {
  const needed = new Set<string>()
  const visit = (path: string): void => {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[path] ?? {}
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional)
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = foldersAbove(path)
        .map((folder) => `${folder}node_modules/${name}`)
        .find((folder) => folder in packages)
      if (found === undefined || needed.has(found)) continue
      needed.add(found)
      visit(found)
    }
  }
  visit('')
  return [...needed]
}

/** A folder of a package and those of the packages around it, as prefixes of paths. */
function foldersAbove(path: string): readonly string[] {
  if (path === '') return ['']
  return [`${path}/`, ...foldersAbove(path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)))]
}

/** Packed packages, by the path of their archive. */
export type Archives = Readonly<Partial<Record<PackageName, string>>>

/**
 * The lock file with which npm installs packed packages in the versions that the repository is tested with. Those
 * are in npm's cache after the repository's own `npm ci`, so that nothing is downloaded. It includes the repository's
 * overrides (docs/decisions/009-yoga-on-node-20.md). `extras` are tools of the repository that the product installs
 * too.
 */
export function lockedProject(
  archives: Archives,
  extras: readonly string[] = [],
): {
  readonly manifest: object
  readonly lock: {
    readonly name: string
    readonly lockfileVersion: number
    readonly requires: true
    readonly packages: LockedPackages
  }
} {
  const packages = lockedPackages(join(root, 'package-lock.json'))
  const chosen = packageNames.filter((name) => archives[name] !== undefined)
  const dependencies = Object.fromEntries(chosen.map((name) => [`@guichet/${name}`, `file:${archives[name]}`]))
  const { overrides, devDependencies } = z
    .object({
      overrides: z.record(z.string(), z.unknown()).optional(),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(readJson('package.json'))
  for (const name of extras) dependencies[name] = devDependencies[name] ?? ''
  const manifest = {
    name: 'an-embedding-product',
    version: '1.0.0',
    private: true,
    type: 'module',
    dependencies,
    overrides,
  }
  const installed = Object.entries(packages).flatMap(
    ([path, { link, dev, ...rest }]): [string, LockedPackages[string]][] => {
      if (path === '' || link || (dev && extras.length === 0)) return []
      if (path.startsWith('node_modules/')) return [[path, rest]]
      const [, name = '', nested] = /^packages\/([^/]+)(\/.*)?$/.exec(path) ?? []
      const archive = archives[name as PackageName]
      if (archive === undefined) return []
      const { devDependencies: _, ...published } = rest
      return [
        [`node_modules/@guichet/${name}${nested ?? ''}`, nested ? rest : { ...published, resolved: `file:${archive}` }],
      ]
    },
  )
  return {
    manifest,
    lock: {
      name: manifest.name,
      lockfileVersion: 3,
      requires: true,
      packages: { '': manifest, ...Object.fromEntries(installed) },
    },
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}
