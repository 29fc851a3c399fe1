import { spawn } from 'node:child_process'

export type RunProgramOptions = {
  readonly env?: NodeJS.ProcessEnv
  readonly withinMs: number
  /** Hears each line it prints. */
  readonly onLine?: (line: string) => void
}

/** Runs a program to its end. @returns why it failed, or that it is not there; undefined when all went well. */
export function runProgram(
  name: string,
  parameters: readonly string[],
  { env, withinMs, onLine }: RunProgramOptions,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(name, parameters, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    })
    let last = ''
    const hear = (chunk: Buffer): void => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        last = line
        onLine?.(line)
      }
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `${name} is not on this machine` : error.message),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else resolve(signal ? `${name} was not done within ${withinMs / 60_000} minutes` : `${name} failed: ${last}`)
    })
  })
}
