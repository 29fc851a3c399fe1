import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The packages, each after those it may import. */
export const packageNames = [
  'domain',
  'eventstore',
  'knowledge',
  'projections',
  'desk',
  'workflows',
  'files',
  'console',
  'activity',
  'import',
  'api',
  'cli',
] as const
export type PackageName = (typeof packageNames)[number]

/** A source file; `path` and `folder` are relative to the repository's root, `text` is all of it. */
export type Source = {
  readonly path: string
  readonly folder: string
  readonly text: string
  readonly lines: number
  readonly isTest: boolean
  /** The modules that it imports or re-exports, statically or dynamically, as written. */
  readonly imports: readonly string[]
  /** Those of them that remain when the types are removed. */
  readonly runtimeImports: readonly string[]
}

/** Folders of tests and their support files, none of which is part of the package. */
const testsAlone = ['packages/domain/src/ticket/invariants', 'packages/domain/src/chat/invariants']

const importing = /^\s*(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm

/** The TypeScript sources below a folder of the repository, including tests; empty for a missing folder. */
export function sources(folder: string): readonly Source[] {
  return files(join(root, folder))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      return {
        path: relative(root, path),
        folder: relative(root, dirname(path)),
        text,
        lines: text.split('\n').length - 1,
        isTest: path.endsWith('.test.ts') || testsAlone.includes(relative(root, dirname(path))),
        imports: importsIn(text),
        runtimeImports: importsIn(text.replaceAll(/^(import|export) type\s[^'"`;]*?from\s+'[^']+'/gm, '')),
      }
    })
}

function importsIn(text: string): readonly string[] {
  return [...text.matchAll(importing)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
}

/** Every file below a folder, except installed and built ones. */
export function files(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist', '.git', '.guichet', 'coverage'].includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? files(path) : [path]
    })
}

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  exports: z.record(z.string(), z.record(z.string(), z.string())).default({}),
})

/** The package.json of a folder of the repository. */
export function manifest(folder: string): z.infer<typeof manifestSchema> {
  return manifestSchema.parse(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
}

/** The name of the package of an import: `pg` of `pg/lib/x`, `@a/b` of `@a/b/c`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
