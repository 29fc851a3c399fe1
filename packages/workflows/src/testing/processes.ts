import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Compiles this package, for processes of their own run what was compiled. */
export const compileWorkflows = async (): Promise<void> =>
  void (await promisify(execFile)(`${root}node_modules/.bin/tsc`, ['-b', 'packages/workflows'], { cwd: root }))

/**
 * Runs a program until it says something, and kills it there.
 * @returns the first line that it said.
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
  const [said] = (await Promise.race([once(child.stdout, 'data'), died])) as [Buffer]
  child.kill('SIGKILL')
  await exited
  return said.toString().split('\n')[0] ?? ''
}
