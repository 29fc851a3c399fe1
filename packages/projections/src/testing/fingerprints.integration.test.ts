import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { encodeEvent, guichetEvents } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { SampleEvent } from './fingerprints.ts'
import { fingerprintsOf, unraisedVersions } from './fingerprints.ts'
import { sampleEvent, tallyProjection } from './harness.ts'

const history: readonly SampleEvent[] = ['ticket-a', 'ticket-b', 'ticket-a'].map((stream) => ({
  stream,
  stored: encodeEvent(guichetEvents, sampleEvent(stream)),
}))
const fingerprint = (changes: Partial<Projection> = {}) =>
  fingerprintsOf([{ ...tallyProjection(), ...changes }], history)

/** Leaves out the first event of each batch. */
const otherFold: Partial<Projection> = {
  project: (events, context) => tallyProjection().project(events.slice(1), context),
}

it('names the table of a read model that writes other rows under the same version', async () => {
  const recorded = await fingerprint()
  expect(unraisedVersions(recorded, await fingerprint())).toEqual([])
  const changed = await fingerprint(otherFold)
  expect(unraisedVersions(recorded, changed)).toEqual([
    'tally: other rows of tally under version 1, which has to be raised',
    'tally: other rows of tally_events under version 1, which has to be raised',
  ])
})

it('accepts other rows under a higher version, and refuses a lower one', async () => {
  const recorded = await fingerprint()
  const raised = await fingerprint({ ...otherFold, version: 2 })
  expect(unraisedVersions(recorded, raised)).toEqual([])
  expect(unraisedVersions(raised, recorded)).toEqual(['tally: version 1 after version 2'])
})

it('names a table that has another index, and a table that is new', async () => {
  const { createIndexes, createTables } = tallyProjection()
  const recorded = await fingerprint()
  const indexed = await fingerprint({
    createIndexes: async (tx) => {
      await createIndexes(tx)
      await sql`create index on tally (version)`.execute(tx)
    },
  })
  expect(unraisedVersions(recorded, indexed)).toEqual([
    'tally: another definition of tally under version 1, which has to be raised',
  ])
  const widened = await fingerprint({
    createTables: async (tx) => {
      await createTables(tx)
      await sql`create table remark (text text)`.execute(tx)
    },
  })
  expect(unraisedVersions(recorded, widened)).toEqual([
    'tally: another definition of remark under version 1, which has to be raised',
    'tally: other rows of remark under version 1, which has to be raised',
  ])
})

it('compares no fingerprints of different histories', async () => {
  const recorded = await fingerprint()
  const other = await fingerprintsOf([tallyProjection()], history.slice(1))
  expect(unraisedVersions(recorded, other)).toEqual([
    'the history of the record is another one: add events behind the recorded 3, and change none of them',
  ])
})
