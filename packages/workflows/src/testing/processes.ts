import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Compiles this package: separate processes run the compiled code. */
export const compileWorkflows = async (): Promise<void> =>
  void (await promisify(execFile)(`${root}node_modules/.bin/tsc`, ['-b', 'packages/workflows'], { cwd: root }))

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
