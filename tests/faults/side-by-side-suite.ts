import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { killLeftovers } from '../process/guichet.ts'
import type { Lived } from './side-by-side.ts'
import { liveSideBySide, notFiredOnce, notStoredOnce } from './side-by-side.ts'

/** The guarantees of two servers and two workers on one database, with the engine that the environment selects. */
export function sideBySideSuite(environment: Readonly<Record<string, string>>): void {
  let database: TestDatabase
  let lived: Lived

  beforeAll(async () => {
    database = await createTestDatabase()
    lived = await liveSideBySide(database, environment)
  })
  afterAll(async () => {
    killLeftovers()
    await database.drop()
  })

  it('let each deadline take effect once, though one worker is killed and one stops meanwhile', () => {
    expect(notFiredOnce(lived)).toEqual([])
  })
  it('store each acknowledged command once', () => {
    expect(lived.acknowledged).toHaveLength(200)
    expect(notStoredOnce(lived)).toEqual([])
  })
  it('show the same', () => {
    expect(lived.shown[0]).toMatchObject({ ticketCounters: { total: lived.acknowledged.length + lived.overdue } })
    expect(lived.shown[1]).toEqual(lived.shown[0])
  })
  it('stop on SIGTERM', () => {
    expect(lived.exits).toEqual([0, 0, 0])
  })
}
