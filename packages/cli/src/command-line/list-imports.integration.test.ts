import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Position } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Engine } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { caughtUp } from '../engine/watch-database.ts'
import { readEnvironment } from '../environment/environment.ts'
import { listImports, openImports } from '@guichet/import'

let database: TestDatabase
let engine: Engine

beforeAll(async () => {
  database = await createTestDatabase()
  const environment = readEnvironment({ DATABASE_URL: database.url })
  engine = await startEngine(environment, { serves: false, log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  await engine.stop()
  await database.drop()
})

type CommandType = 'start' | 'abandon' | 'complete'
const figures = { rows: 1, applied: 1, unchanged: 0, refused: 0 }
const by = { kind: 'system', id: 'import' } as const

async function send(importId: string, ...types: readonly CommandType[]): Promise<Position | undefined> {
  let position: Position | undefined
  for (const type of types) {
    const command =
      type === 'start'
        ? ({ type, source: `${importId}.csv`, mapping: 'old' } as const)
        : type === 'complete'
          ? ({ type, ...figures } as const)
          : ({ type } as const)
    const outcome = await engine.desk.engine.execute('import', importId, command, { by })
    if (!outcome.ok) throw new Error(`${type} of ${importId} was refused: ${outcome.refusal.code}`)
    position = outcome.value.position
  }
  return position
}

it('names every import that is not complete, however many newer ones there are', async () => {
  await send('broken-off', 'start')
  await send('resumed', 'start', 'abandon', 'start')
  await send('abandoned', 'start', 'abandon')
  for (let nth = 0; nth < 300; nth++) await send(`complete-${nth}`, 'start', 'complete')
  const late = await send('late', 'start')
  const position = (await send('broken-off', 'start')) ?? late
  await caughtUp(engine.runner, { position })

  const open = await openImports(engine)
  expect(open.map(({ importId, status, source }) => [importId, status, source])).toEqual([
    ['late', 'not_complete', 'late.csv'],
    ['resumed', 'not_complete', 'resumed.csv'],
    ['broken-off', 'not_complete', 'broken-off.csv'],
  ])
  const listed = (await listImports(engine)).map(({ importId }) => importId)
  expect(listed).toHaveLength(102)
  expect(listed.slice(0, 2)).toEqual(['late', 'complete-299'])
  expect(listed.slice(-2)).toEqual(['resumed', 'broken-off'])
})
