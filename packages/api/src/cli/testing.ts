import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { run } from './run.ts'

/** What a command line printed, and how it ended. */
export type Ran = { readonly code: number; readonly out: string; readonly err: string }

/** Carries out a command line in this process. */
export async function guichet(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, {
    environment,
    terminal: {
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      progress: () => ({ update: () => undefined, stop: () => undefined }),
    },
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Starts the built command line as a process of its own. */
export function startGuichet(environment: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  const bin = fileURLToPath(new URL('../../bin/guichet.js', import.meta.url))
  return spawn(process.execPath, [bin, ...args], {
    env: { ...inherited(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The environment of the tests, without what configures the tests themselves. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GUICHET_')))

/** The first line that a process prints. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => void (errors += chunk.toString()))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it printed anything: ${errors}`)))
  })
}

/** What a process prints on standard error from now on. */
export function errorsOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => void (text += chunk.toString()))
  return () => text
}

/** How a process ends: its exit code, or the signal that ended it. */
export const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => void child.once('close', (code, signal) => resolve(code ?? signal)))
