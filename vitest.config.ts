import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { CostReporter } from './tests/cost/reporter.ts'
import { LongestFirst } from './tests/longest-first.ts'
import { useRunFolder } from './tests/run-folder.ts'
import { SkipReporter } from './tests/skipped/reporter.ts'
import { uncachedSetUps } from './tests/uncached-set-ups.ts'

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

/** Tests run on the sources: every entry of every package, without a build in between. */
const alias = [
  { find: /^@guichet\/(\w+)$/, replacement: source('$1/src/index.ts') },
  { find: /^@guichet\/(\w+)\/([\w-]+)$/, replacement: source('$1/src/$2/index.ts') },
  // The one that Node itself takes, and so do the libraries around it: two copies of graphql refuse each other's schemas.
  { find: /^graphql$/, replacement: 'graphql/index.js' },
]

/** Servers for the suites that ask for them alone: what tests start would else use them too. */
const provide = {
  eventStoreUrl: takenFromEnvironment('EVENTSTORE_URL'),
  temporalAddress: takenFromEnvironment('TEMPORAL_ADDRESS'),
}

function takenFromEnvironment(name: string): string | undefined {
  const value = process.env[name] || undefined
  delete process.env[name]
  return value
}

/** The variables of libpq are for the server that is named, not for the one that the tests start. */
if (!process.env['GUICHET_TEST_DATABASE_URL'])
  for (const name of Object.keys(process.env)) if (/^PG[A-Z]/.test(name)) delete process.env[name]

/**
 * Temporary files go to a folder in memory, where the machine has one with room: creating a database takes a tenth of
 * the time there.
 */
const inMemory = '/dev/shm'
const mounted = /^\S+ \/dev\/shm tmpfs (?!\S*\bnoexec\b)/m.test(
  existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '',
)
if (mounted && process.env['TMPDIR'] === undefined && roomIn(inMemory) >= 8e9) process.env['TMPDIR'] = inMemory
useRunFolder()

const forContinuousIntegration = process.env['CI']
  ? [['json', { outputFile: 'node_modules/.cache/test-results.json' }]]
  : []

function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** The waits of `tests/waits/waits.setup.ts` end before their test does, and say what they have seen. */
const patient = { expect: { poll: { timeout: 120_000 } }, testTimeout: 300_000, hookTimeout: 300_000 }

/** In `.ci/run`, which names each test that failed before it passed: other processes share its machine. */
const secondAttempt = process.env['CI'] ? { retry: 1 } : {}

/** Records what each file costs, which `npm run test:costs` prints, and bounds its waits. */
const setupFiles = ['tests/cost/measure.setup.ts', 'tests/waits/waits.setup.ts']

export default defineConfig({
  test: {
    experimental: { fsModuleCache: true },
    reporters: ['default', new CostReporter(), new SkipReporter(), ...(forContinuousIntegration as ['json', object][])],
    // Twice as many test files as cores: many of them wait, for processes, deadlines or Temporal.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Without `isolate` the files that a worker runs share its process, and what they import is loaded once.
    projects: [
      {
        resolve: { alias },
        plugins: [uncachedSetUps],
        test: {
          name: 'unit',
          ...patient,
          ...secondAttempt,
          provide,
          isolate: false,
          setupFiles,
          include: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/*.temporal.test.ts', '**/node_modules/**'],
          globalSetup: ['tests/build.setup.ts'],
        },
      },
      {
        resolve: { alias },
        plugins: [uncachedSetUps],
        test: {
          name: 'integration',
          ...patient,
          ...secondAttempt,
          provide,
          isolate: false,
          setupFiles,
          include: [
            'packages/*/src/**/*.integration.test.ts',
            'tools/**/*.integration.test.ts',
            'tests/**/*.integration.test.ts',
          ],
          globalSetup: ['tests/program.setup.ts', 'tests/postgres.setup.ts'],
        },
      },
      {
        resolve: { alias },
        plugins: [uncachedSetUps],
        test: {
          name: 'temporal',
          ...patient,
          ...secondAttempt,
          provide,
          isolate: false,
          setupFiles: [...setupFiles, 'tests/temporal-work.setup.ts'],
          include: ['packages/*/src/**/*.temporal.test.ts', 'tests/**/*.temporal.test.ts'],
          globalSetup: ['tests/program.setup.ts', 'tests/postgres.setup.ts', 'tests/temporal.setup.ts'],
        },
      },
    ],
  },
})
