import { expect, it } from 'vitest'
import type { ProjectionContext } from '../runner/projection.ts'
import { createMemory } from './vocabulary.ts'

const connection = (): ProjectionContext['tx'] => ({}) as ProjectionContext['tx']
const vocabulary = new Map([
  ['panne', false],
  ['toner', true],
])

it('knows added words, and a word of a message not as one of a heading', () => {
  const known = createMemory()({ tx: connection(), schema: 'rm_search_1', replaying: false })
  expect(known.lacking(vocabulary)).toEqual(vocabulary)
  known.add('panne', true)
  known.add('toner', false)
  expect(known.lacking(vocabulary)).toEqual(new Map([['toner', true]]))
  known.add('toner', true)
  expect(known.lacking(vocabulary)).toEqual(new Map())
})

it('starts empty with a new connection and with a new generation', () => {
  const memory = createMemory()
  const tx = connection()
  const live = { tx, schema: 'rm_search_1', replaying: false }
  memory(live).add('panne', true)
  expect(memory(live).lacking(new Map([['panne', false]])).size).toBe(0)
  expect(memory({ ...live, tx: connection() }).lacking(vocabulary)).toEqual(vocabulary)
  expect(memory({ ...live, schema: 'rm_search_2' }).lacking(vocabulary)).toEqual(vocabulary)
})

it('caches nothing for a generation that is being built', () => {
  const memory = createMemory()
  const building = { tx: connection(), schema: 'rm_search_2', replaying: true }
  memory(building).add('panne', true)
  expect(memory(building).lacking(vocabulary)).toEqual(vocabulary)
  expect(memory({ ...building, replaying: false }).lacking(vocabulary)).toEqual(vocabulary)
})

it('caches no more words than the maximum', () => {
  const known = createMemory(2)({ tx: connection(), schema: 'rm_search_1', replaying: false })
  for (const word of ['panne', 'toner', 'encre']) known.add(word, true)
  expect(known.lacking(vocabulary)).toEqual(new Map([['panne', false]]))
})
