import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../workspace/sources.ts'

/** A run of the command line in a process of its own. */
export type Run = {
  readonly child: ChildProcess
  /** The text printed so far on standard output, and on standard error. */
  readonly printed: { out: string; err: string }
  /** Resolves with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>
}

/** A server in a process of its own, ready for requests. */
export type RunningServer = Run & { readonly url: string }

/** The secret with which tests sign tokens. */
export const tokenSecret = 'a secret of the tests, of more than 32 bytes'

/** The built command line as npm runs it. */
export const program = join(root, 'packages/api/bin/guichet.js')

/** The same, bundled by `tests/program.setup.ts`: it starts in a third of the time. */
export const bundled = join(root, 'packages/api/dist/bundle/guichet.js')

const running = new Set<ChildProcess>()

/** Ends the processes that a failed test has left running. */
export function killLeftovers(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Starts the built command line, with only the given part of this process's configuration. */
export function guichet(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  started = bundled,
): Run {
  const child = spawn(process.execPath, [started, ...parameters], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  return { child, printed, exited: once(child, 'close').then(([code]: unknown[]) => code as number | null) }
}

/** Runs the command line to its end; returns its output, or throws with all of it when it failed. */
export async function guichetOutput(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const run = guichet(parameters, environment)
  const code = await run.exited
  if (code !== 0)
    throw new Error(`guichet ${parameters.join(' ')} ended with ${code}:\n${run.printed.out}${run.printed.err}`)
  return run.printed.out
}

/** Starts a server on a free port and waits until it is ready. */
export async function serve(environment: Readonly<Record<string, string>>): Promise<RunningServer> {
  const given = { GUICHET_JWT_SECRET: tokenSecret, GUICHET_LOG_LEVEL: 'error', ...environment }
  const run = guichet(['serve', '--port', '0', '--json'], given)
  await eventually(async () => run.printed.out.includes('\n') || ended(run))
  const { address } = JSON.parse(run.printed.out) as { address: string }
  const server = { ...run, url: new URL(address).origin }
  await untilReady(server)
  return server
}

/** Waits until a server is ready, also after an outage of a dependency; at most two minutes. */
export async function untilReady(server: RunningServer): Promise<void> {
  const answers = async (): Promise<boolean> => (await fetch(`${server.url}/ready`).catch(() => undefined))?.ok === true
  await eventually(async () => (await answers()) || ended(server))
}

function ended({ child, printed }: Run): false {
  if (child.exitCode === null && child.signalCode === null) return false
  throw new Error(`the server has ended:\n${printed.out}${printed.err}`)
}

type Wait = {
  /** The pause between two looks in milliseconds; 20 by default. */
  readonly everyMs?: number | undefined
  /** What was last seen, for the message of a wait in vain. */
  readonly seen?: () => string
}

/** Polls until a condition holds; at most two minutes. */
export async function eventually(condition: () => Promise<boolean>, { everyMs = 20, seen }: Wait = {}): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited two minutes in vain${seen ? `, and last saw ${seen()}` : ''}`)
    await delay(everyMs)
  }
}

/** Kills a process, as a power cut would. */
export async function kill({ child, exited }: Run): Promise<void> {
  child.kill('SIGKILL')
  await exited
}
