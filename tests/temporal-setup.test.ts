import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@guichet/eventstore'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestProject } from 'vitest/node'
import setup from './temporal.setup.ts'

let nothing: string
let provided: Map<string, unknown>

const project = (context: object = {}) =>
  ({
    provide: (key: string, value: unknown) => void provided.set(key, value),
    getProvidedContext: () => context,
  }) as unknown as TestProject

beforeEach(() => {
  nothing = mkdtempSync(join(tmpdir(), 'guichet-nothing-'))
  provided = new Map()
  vi.stubEnv('PATH', nothing)
  vi.stubEnv('GUICHET_CACHE', nothing)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(nothing, { recursive: true })
})

describe('the tests on Temporal, without a server', () => {
  it('are skipped on a user’s machine, with a line on how to get one', async () => {
    vi.stubEnv('CI', undefined)
    const warned = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    await (
      await setup(project())
    )()
    expect(warned.mock.calls.flat().join('').trim()).toBe(
      'Tests on Temporal are skipped, because there is no Temporal dev and no time-skipping server on this machine: ' +
        '`npm run temporal:install` gets one',
    )
    expect(provided.get('temporalServer')).toBeUndefined()
    expect(provided.get('skippedBecause')).toContain('no Temporal dev')
  })

  it('fail in CI', async () => {
    vi.stubEnv('CI', 'true')
    await expect(setup(project())).rejects.toThrow('no Temporal dev and no time-skipping server')
  })
})

describe('a given Temporal server', () => {
  it('that does not answer fails the run at once, with its address', async () => {
    const address = `127.0.0.1:${await freePort()}`
    await expect(setup(project({ temporalAddress: address }))).rejects.toThrow(
      `no Temporal server answers at ${address}, the TEMPORAL_ADDRESS`,
    )
    expect(provided.size).toBe(0)
  })

  it('is named where it is no address', async () => {
    const address = 'http://temporal.example'
    await expect(setup(project({ temporalAddress: address }))).rejects.toThrow(`answers at ${address},`)
  })
})
