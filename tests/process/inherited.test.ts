import { tmpdir } from 'node:os'
import { afterEach, expect, it, vi } from 'vitest'
import { inherited } from '../../packages/cli/src/command-line/testing.ts'

afterEach(() => vi.unstubAllEnvs())

it.each(['TEMPORAL_ADDRESS', 'EVENTSTORE_URL', 'DATABASE_URL', 'PGOPTIONS', 'NODE_ENV', 'GUICHET_HOME', 'PORT'])(
  'processes of the product do not take %s from a run of the tests',
  (name) => {
    vi.stubEnv(name, 'of the run')
    expect(Object.keys(inherited())).not.toContain(name)
  },
)

it('they find programs and folders as the tests do', () => {
  vi.stubEnv('TMPDIR', tmpdir())
  vi.stubEnv('HOME', undefined)
  expect(inherited()).toMatchObject({ PATH: process.env['PATH'], TMPDIR: tmpdir() })
  expect(inherited()).not.toHaveProperty('HOME')
})
