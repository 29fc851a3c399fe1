import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { exitCodes } from '@guichet/desk'
import { CommandFault } from '../fault.ts'
import { run } from './run.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

it('breaks the start of a worker off at a signal', async () => {
  const printed: string[] = []
  const code = await run(['worker'], {
    variables: { DATABASE_URL: database.url, GUICHET_LOG_LEVEL: 'error' },
    terminal: {
      out: (line) => void printed.push(line),
      err: (line) => void printed.push(line),
      progress: () => ({ update: () => undefined, stop: () => undefined }),
    },
    interruption: {
      during: (work) => work(AbortSignal.abort(new CommandFault('interrupted', 'the work was broken off'))),
    },
  })
  expect(code).toBe(exitCodes.interrupted)
  expect(printed).toEqual([expect.stringMatching(/^error interrupted: /)])
})
