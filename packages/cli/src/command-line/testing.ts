import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseTemplate, TestDatabase } from '@guichet/eventstore/testing'
import { builtProgram, createTestDatabase } from '@guichet/eventstore/testing'
import { run } from './run.ts'

/** The output and the exit code of a command line. */
export type Ran = { readonly code: number; readonly out: string; readonly err: string }

/** Runs a command line in this process. */
export async function guichet(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, {
    variables,
    terminal: {
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      progress: () => ({ update: () => undefined, stop: () => undefined }),
    },
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** A desk without a history, with the tables that the first command creates. */
export const emptyDesk: DatabaseTemplate = {
  name: 'cli_empty_desk',
  prepare: (url) =>
    inFolder(async (folder) => {
      const { code, err } = await guichet({ DATABASE_URL: url, GUICHET_HOME: folder }, 'stats')
      if (code !== 0) throw new Error(`the tables are not created: ${err}`)
    }),
}

/** The desk that `guichet serve` makes up at its first start: 150 tickets of the last two weeks. */
export const sampleDesk: DatabaseTemplate = {
  name: 'cli_sample_desk',
  prepare: (url) =>
    inFolder(async (folder) => {
      const variables = { DATABASE_URL: url, GUICHET_HOME: folder, GUICHET_WORKER: 'in-process' }
      const server = startGuichet(variables, 'serve', '--json', '--port', '0')
      await firstLine(server)
      server.kill('SIGTERM')
      const end = await ended(server)
      if (end !== 0) throw new Error(`the server with the sample ended with ${end}`)
    }),
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-cli-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The command line over a separate database and folder. */
type CliUnderTest = {
  readonly databaseUrl: string
  readonly folder: string
  run(...args: readonly string[]): Promise<Ran>
}

/** Vitest's hooks around the tests of a file. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/**
 * Returns the command line for the tests of a file, over a database and a folder that are removed after the last one.
 */
export function useCli({ beforeAll, afterAll }: Hooks): CliUnderTest {
  let database: TestDatabase | undefined
  let folder = ''
  beforeAll(async () => {
    database = await createTestDatabase(emptyDesk)
    folder = await mkdtemp(join(tmpdir(), 'guichet-cli-'))
  })
  afterAll(async () => {
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  })
  const url = (): string => {
    if (!database) throw new Error('the database is there before the first test: ask for it in beforeAll or later')
    return database.url
  }
  return {
    get databaseUrl() {
      return url()
    },
    get folder() {
      return folder
    },
    run: (...args) => guichet({ DATABASE_URL: url(), GUICHET_HOME: folder }, ...args),
  }
}

/**
 * Starts the built command line as a separate process.
 * @throws Error in one line when there is no build of the present sources.
 */
export function startGuichet(variables: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [builtProgram(), ...args], {
    env: { ...inherited(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const passedOn = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME']

/**
 * The variables that processes of the product take from the tests: where programs and folders are. None that configures
 * the product, or the tests themselves: TEMPORAL_ADDRESS of a run would turn its servers to Temporal.
 */
export const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))

/** Resolves with the first line that a process prints. */
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

/** Collects the standard error of a process from now on. */
export function errorsOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => void (text += chunk.toString()))
  return () => text
}

/** Resolves when a process ends, with its exit code or the signal that ended it. */
export const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => void child.once('close', (code, signal) => resolve(code ?? signal)))
