import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TestProject } from 'vitest/node'
import setup from './temporal.setup.ts'

let nothing: string
let provided: Map<string, unknown>

const project = () => ({ provide: (key: string, value: unknown) => void provided.set(key, value) }) as TestProject

beforeEach(() => {
  nothing = mkdtempSync(join(tmpdir(), 'guichet-nothing-'))
  provided = new Map()
  vi.stubEnv('PATH', nothing)
  vi.stubEnv('GUICHET_CACHE', nothing)
  vi.stubEnv('TEMPORAL_ADDRESS', undefined)
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
  })

  it('fail in CI', async () => {
    vi.stubEnv('CI', 'true')
    await expect(setup(project())).rejects.toThrow('no Temporal dev and no time-skipping server')
  })
})
