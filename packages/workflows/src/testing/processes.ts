import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

const bundler = fileURLToPath(new URL('bundle-program.mjs', import.meta.url))

/** Compiles this package: separate processes run the compiled code. */
export const compileWorkflows = async (): Promise<void> =>
  void (await promisify(execFile)(`${root}node_modules/.bin/tsc`, ['-b', 'packages/workflows'], { cwd: root }))

/** Vitest's hooks around the tests of a file. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/**
 * Bundles a program that the tests of a file start several times, with the compiled code of all packages: each start
 * costs half.
 * @returns the program's path, from the first test on.
 */
export function useProgram({ beforeAll, afterAll }: Hooks, source: URL): () => string {
  let folder = ''
  beforeAll(async () => {
    await compileWorkflows()
    const cache = join(root, 'node_modules/.cache')
    await mkdir(cache, { recursive: true })
    folder = await mkdtemp(join(cache, 'program-'))
    await promisify(execFile)(process.execPath, [bundler, fileURLToPath(source), folder])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return () => join(folder, 'program.mjs')
}

/**
 * Runs a program until it prints something, and kills it then.
 * @returns the first line that it printed.
 * @throws when it ends by itself.
 */
export async function killedOnceHeard(
  program: string,
  args: readonly string[],
  {
    env = process.env,
    stderr = 'inherit',
  }: { readonly env?: NodeJS.ProcessEnv; readonly stderr?: 'inherit' | 'ignore' } = {},
): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', stderr] })
  const exited = once(child, 'exit')
  const died = exited.then(() => Promise.reject(new Error('the process ended by itself')))
  died.catch(() => undefined)
  const [output] = (await Promise.race([once(child.stdout, 'data'), died])) as [Buffer]
  child.kill('SIGKILL')
  await exited
  return output.toString().split('\n')[0] ?? ''
}
