import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PackageName } from '../workspace/sources.ts'
import { packageNames, root } from '../workspace/sources.ts'

const entry = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
})
const lockfile = z.object({ packages: z.record(z.string(), entry) })

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
): { readonly manifest: object; readonly lock: object } {
  const { packages } = lockfile.parse(readJson('package-lock.json'))
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
  const installed = Object.entries(packages).flatMap(([path, { link, dev, ...rest }]): [string, object][] => {
    if (path === '' || link || (dev && extras.length === 0)) return []
    if (path.startsWith('node_modules/')) return [[path, rest]]
    const [, name = '', nested] = /^packages\/([^/]+)(\/.*)?$/.exec(path) ?? []
    const archive = archives[name as PackageName]
    if (archive === undefined) return []
    const { devDependencies: _, ...published } = rest
    return [
      [`node_modules/@guichet/${name}${nested ?? ''}`, nested ? rest : { ...published, resolved: `file:${archive}` }],
    ]
  })
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
