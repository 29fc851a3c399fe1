import { guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })

/** What a process with a module stores whose events no other process knows. */
beforeAll(async () => {
  const own = { CallbackScheduled: { schemaVersion: 1, schema: z.object({}) } }
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: { ...guichetEvents, ...own } })
  await store.append({
    stream: 'callback-c1',
    expectedVersion: 0,
    commandId: 'schedule',
    events: [{ type: 'CallbackScheduled', at: instant(new Date()), by: { kind: 'agent', id: 'ana' } }],
  })
  await store.close()
})

describe('a desk whose read models come to an event of a module that the command does not have', () => {
  it.each([['tickets'], ['stats'], ['audit'], ['replay', 't1']])(
    'ends `%s`, and says what is missing',
    async (...args) => {
      const { code, out, err } = await cli.run(...args)
      expect({ code, out, err }).toEqual({
        code: 3,
        out: '',
        err: expect.stringMatching(/error store_unusable: unknown event type CallbackScheduled \(.*GUICHET_WITH/),
      })
    },
  )

  it('shows since when, and why, each read model waits', async () => {
    const { code, out } = await cli.run('projections', 'status', '--json')
    expect(code).toBe(0)
    const [first] = (JSON.parse(out) as { readonly readModels: readonly object[] }).readModels
    expect(first).toMatchObject({ state: 'live', lag: 1, unreadable: 'unknown event type CallbackScheduled' })
    expect((await cli.run('projections', 'status')).out).toContain('cannot read the next event: unknown event type')
  })
})
