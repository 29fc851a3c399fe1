import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, isEnumType, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { agentDocuments } from '../agent/agent-documents.ts'
import { offeredAvailability } from '../agent/availability.ts'
import { documents, suggestedArticles } from './documents.ts'
import { suggestionDocuments } from '../widget/article-suggestions.ts'

const schema = buildSchema(readFileSync(fileURLToPath(new URL('../../../api/schema.graphql', import.meta.url)), 'utf8'))

it.each(Object.entries({ ...documents, ...agentDocuments, ...suggestionDocuments, suggestedArticles }))(
  '%s is an operation of the schema',
  (_, document) => {
    expect(validate(schema, parse(document))).toEqual([])
  },
)

it.each(Object.keys(offeredAvailability))('%s is an availability of the schema', (value) => {
  const type = schema.getType('Availability')
  expect(isEnumType(type) && type.getValue(value)).toBeTruthy()
})
