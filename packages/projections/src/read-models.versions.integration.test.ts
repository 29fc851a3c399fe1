import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { defaultTicketPolicy, defaultWording, guichetEvents } from '@guichet/domain'
import { projections } from './read-models.ts'
import type { Fingerprints, SampleEvent } from './testing/fingerprints.ts'
import { fingerprintsOf, unraisedVersions } from './testing/fingerprints.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const record = './read-models.versions.json'

const sample = read('./testing/sample-history.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as SampleEvent)

it('occurs in the sample history, each type of event', () => {
  const types = new Set(sample.map(({ stored }) => stored.type))
  expect(Object.keys(guichetEvents).filter((type) => !types.has(type))).toEqual([])
})

it('raises the version of a read model whose tables or rows change', async () => {
  const models = projections({ policy: defaultTicketPolicy, wording: defaultWording })
  const recorded = JSON.parse(read(record)) as Fingerprints
  const before = await fingerprintsOf(models, sample.slice(0, recorded.events))
  expect(unraisedVersions(recorded, before)).toEqual([])
  const now = recorded.events === sample.length ? before : await fingerprintsOf(models, sample)
  await expect(`${JSON.stringify(now, null, 2)}\n`).toMatchFileSnapshot(record)
})
