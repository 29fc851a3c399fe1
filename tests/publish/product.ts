import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { PackageName } from '../workspace/sources.ts'
import { packageNames, root } from '../workspace/sources.ts'
import { copyInstalled } from './installed.ts'
import type { Archives } from './lockfile.ts'
import { lockedProject } from './lockfile.ts'

const run = promisify(execFile)
/** Lets the compiler, a Go program, keep more garbage before it collects it. */
const seldomCollecting = { ...process.env, GOGC: '400' }
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const packed = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
)

/** Another product, in a folder outside the repository. It begins empty. */
export type Product = {
  readonly folder: string
  /**
   * Installs the archives of some packages, their dependencies and the named tools of the repository, and nothing else:
   * what is installed already stays where it is needed, and is removed where not.
   */
  install(names: readonly PackageName[], extras?: readonly string[]): Promise<void>
  write(path: string, text: string): Promise<void>
  /** Compiles the folder's project; returns the errors. One thread: several instantiate the same types each. */
  compile(): Promise<readonly string[]>
  /** Runs a program in the folder; returns its output, or rejects with all of it. */
  run(program: string, ...parameters: readonly string[]): Promise<string>
  /** The output of a program that fails, run with variables of its own. */
  failure(
    variables: Readonly<Record<string, string>>,
    program: string,
    ...parameters: readonly string[]
  ): Promise<string>
  remove(): Promise<void>
}

/** Packs every package as `npm publish` would. Returns the archives, and the files in each. */
export async function pack(
  into: string,
): Promise<{ archives: Archives; contents: ReadonlyMap<string, readonly string[]> }> {
  const parameters = ['pack', '--workspaces', '--json', '--pack-destination', into]
  const { stdout } = await run('npm', parameters, { cwd: root, maxBuffer: 1e8 })
  const all = packed.parse(JSON.parse(stdout))
  const find = (name: string) => all.find((one) => one.name === `@guichet/${name}`)
  return {
    archives: Object.fromEntries(packageNames.map((name) => [name, join(into, find(name)?.filename ?? '')])),
    contents: new Map(packageNames.map((name) => [name, find(name)?.files.map(({ path }) => path) ?? []])),
  }
}

/** Creates a product that installs from the archives. */
export async function createProduct(archives: Archives): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-product-'))
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const execute = (program: string, ...parameters: readonly string[]): Promise<string> =>
    run(program, parameters, { cwd: folder, maxBuffer: 1e8 }).then(
      ({ stdout }) => stdout,
      (failure: { stdout: string; stderr: string }) => {
        throw new Error(`${program} ${parameters.join(' ')} failed:\n${failure.stdout}\n${failure.stderr}`)
      },
    )
  return {
    folder,
    write,
    run: execute,
    install: async (names, extras = []) => {
      const chosen = Object.fromEntries(names.map((name) => [name, archives[name]]))
      const { manifest, lock } = lockedProject(chosen, extras)
      await write('package.json', JSON.stringify(manifest))
      await write('package-lock.json', JSON.stringify(lock))
      await copyInstalled(folder, lock.packages)
      await execute('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts')
    },
    compile: () =>
      run(process.execPath, [compiler, '-p', '.', '--singleThreaded'], { cwd: folder, env: seldomCollecting }).then(
        () => [],
        ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`.split(/\n(?=\S)/),
      ),
    failure: (variables, program, ...parameters) =>
      run(program, parameters, { cwd: folder, env: { ...process.env, ...variables } }).then(
        () => 'nothing',
        ({ stderr }: { stderr: string }) => stderr.trim(),
      ),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
