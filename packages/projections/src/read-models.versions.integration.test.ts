import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { EventCatalogue } from '@guichet/domain'
import { aggregates, defaultTicketPolicy, defaultWording, encodeEvent, instant, parseStream } from '@guichet/domain'
import { sampleData } from '@guichet/domain/testing'
import { projections } from './read-models.ts'
import type { Fingerprints, SampleEvent } from './testing/fingerprints.ts'
import { fingerprintsOf, unraisedVersions } from './testing/fingerprints.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const record = './read-models.versions.json'

const sample = read('./testing/sample-history.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as SampleEvent)

const models = projections({ policy: defaultTicketPolicy, wording: defaultWording })

const categories = Object.entries<{ readonly events: EventCatalogue }>(aggregates).map(([category, { events }]) => ({
  category,
  events,
  isInSample: sample.some(({ stream }) => parseStream(stream).category === category),
}))

it('occurs in the sample history, each type of event of a category that is in it', () => {
  const types = new Set(sample.map(({ stored }) => stored.type))
  const expected = categories.flatMap(({ events, isInSample }) => (isInSample ? Object.keys(events) : []))
  expect(expected.filter((type) => !types.has(type))).toEqual([])
})

it('changes only rows of the audit trail and the deadlines, a category that is not in the sample history', async () => {
  const others = categories.filter(({ category, isInSample }) => !isInSample || category === 'administration')
  const [at, by] = [instant('2026-03-02T09:00:00Z'), { kind: 'agent', id: 'ana' } as const]
  const made = others.flatMap(({ category, events }) =>
    Object.keys(events).map((type) => ({
      stream: `${category}-a`,
      stored: encodeEvent(events, { ...sampleData(events, type), type, at, by }),
    })),
  )
  const [before, after] = [await fingerprintsOf(models, []), await fingerprintsOf(models, made)]
  const changed = Object.keys(after.models).filter(
    (name) => JSON.stringify(after.models[name]) !== JSON.stringify(before.models[name]),
  )
  expect(changed.filter((name) => name !== 'deadlines')).toEqual(['audit'])
})

it('raises the version of a read model whose tables or rows change', async () => {
  const recorded = JSON.parse(read(record)) as Fingerprints
  const before = await fingerprintsOf(models, sample.slice(0, recorded.events))
  expect(unraisedVersions(recorded, before)).toEqual([])
  const now = recorded.events === sample.length ? before : await fingerprintsOf(models, sample)
  await expect(`${JSON.stringify(now, null, 2)}\n`).toMatchFileSnapshot(record)
})
