import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { builtProgram, requireBuild } from '@guichet/eventstore/testing'
import { inherited } from '../../packages/cli/src/command-line/testing.ts'
import { patience } from '../waits/patient.ts'
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
export const program = join(root, 'packages/cli/bin/guichet.js')

const running = new Map<ChildProcess, Run>()

/** Ends the processes that a failed test has left running. */
export function killLeftovers(): void {
  for (const child of running.keys()) child.kill('SIGKILL')
}

/** Starts the built command line, with only the given part of this process's configuration. */
export function guichet(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  started?: string,
): Run {
  requireBuild()
  const child = spawn(process.execPath, [started ?? builtProgram(), ...parameters], {
    env: { ...inherited(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  const run = { child, printed, exited: once(child, 'close').then(([code]: unknown[]) => code as number | null) }
  running.set(child, run)
  child.once('close', () => running.delete(child))
  return run
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

/** Starts a server on a free port and waits until it is ready. It has no worker process by default: two processes start in twice the time. */
export async function serve(environment: Readonly<Record<string, string>>): Promise<RunningServer> {
  const given = {
    GUICHET_JWT_SECRET: tokenSecret,
    GUICHET_LOG_LEVEL: 'error',
    GUICHET_WORKER: 'in-process',
    ...environment,
  }
  const run = guichet(['serve', '--port', '0', '--json'], given)
  await eventually(async () => run.printed.out.includes('\n') || ended(run))
  const { address } = JSON.parse(run.printed.out) as { address: string }
  const server = { ...run, url: new URL(address).origin }
  await untilReady(server)
  return server
}

/** Waits until a server is ready, also after an outage of a dependency. */
export async function untilReady(server: RunningServer): Promise<void> {
  const answers = async (): Promise<boolean> => (await fetch(`${server.url}/ready`).catch(() => undefined))?.ok === true
  await eventually(async () => (await answers()) || ended(server))
}

function ended({ child, printed }: Run): false {
  if (child.exitCode === null && child.signalCode === null) return false
  throw new Error(`the server has ended:\n${printed.out}${printed.err}`)
}

/** How much is said of a text, from its end, when a wait was in vain. */
export const mostSaid = 2_000

/**
 * Polls, less and less often, until a condition holds. A wait in vain says for what it was, what `seen` returns then, and what
 * the running processes have printed last.
 */
export async function eventually(condition: () => Promise<boolean>, seen?: () => unknown): Promise<void> {
  const deadline = Date.now() + patience.timeout
  for (let pause = 20; !(await condition()); pause = Math.min(pause * 1.2, 200)) {
    if (Date.now() > deadline) throw new Error(await inVain(condition, seen))
    await delay(pause)
  }
}

async function inVain(condition: () => Promise<boolean>, seen?: () => unknown): Promise<string> {
  const last = seen && (await Promise.resolve().then(seen).catch(String))
  return [
    `waited ${patience.timeout / 1_000} seconds in vain for ${String(condition).slice(0, 500)}`,
    ...(seen ? [`last seen: ${typeof last === 'string' ? last : JSON.stringify(last)}`] : []),
    ...lastPrinted(),
  ].join('\n')
}

/** What each process that runs now has printed last. */
export function lastPrinted(): readonly string[] {
  return [...running.values()].map(({ child, printed }) => {
    // The first line holds tokens, of which the beginning will do.
    const text = `${printed.out}${printed.err}`.replaceAll(/^(.{300}).+$/gm, '$1…').slice(-mostSaid)
    return `${child.spawnargs.slice(1).join(' ')} has printed last:\n${text}`
  })
}

/** Kills a process, as a power cut would. */
export async function kill({ child, exited }: Run): Promise<void> {
  child.kill('SIGKILL')
  await exited
}
