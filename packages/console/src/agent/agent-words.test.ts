import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, isEnumType } from 'graphql'
import { expect, it } from 'vitest'
import { deskWords } from '../desk-words.ts'
import { names } from './agent-french.ts'

const [english, french] = [deskWords.en.agents, deskWords.fr.agents]

/** Words of agents that are the same in both languages. */
const shared: readonly string[] = [
  'ticketOf',
  'articles',
  'experts',
  'organisation',
  'macro',
  'page',
  'version',
  'organisations',
  'points.one',
  'points.other',
  'ticketCount.one',
  'ticketCount.other',
  'terms.TICKETS.one',
  'terms.TICKETS.other',
]

it('French says each text of agents in words of its own, and misses none', () => {
  expect([...french.keys()]).toEqual([...english.keys()])
  expect([...french.keys()].filter((place) => english.get(place) === french.get(place))).toEqual(shared)
})

it('French has the values of each text of agents', () => {
  const valuesOf = (text = ''): readonly string[] => [...text.matchAll(/\{\d\}/g)].map(([value]) => value).sort()
  for (const [place, text] of french) expect([place, valuesOf(text)]).toEqual([place, valuesOf(english.get(place))])
})

const schemaFile = fileURLToPath(new URL('../../../api/schema.graphql', import.meta.url))
const schema = buildSchema(readFileSync(schemaFile, 'utf8'))

it.each([
  'ActorKind',
  'AlertSeverity',
  'ChatCloseReason',
  'ChatStatus',
  'DraftStatus',
  'IncidentStatus',
  'PresenceStatus',
  'SuspicionRule',
  'TicketStatus',
])('French has a word for each value of %s', (name) => {
  const type = schema.getType(name)
  const values = isEnumType(type) ? type.getValues().map((value) => value.name) : []
  expect(values).not.toEqual([])
  expect(values.filter((value) => !Object.hasOwn(names, value))).toEqual([])
})
