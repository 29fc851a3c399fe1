import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, isEnumType, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { agentDocuments } from '../agent/agent-documents.ts'
import { offeredAvailability } from '../agent/availability.ts'
import { articlePanelDocuments } from '../agent/article-panel.ts'
import { translationDocuments } from '../agent/translation-panel.ts'
import { articleCommands, articleDocuments } from '../articles/article-documents.ts'
import { documents } from './documents.ts'
import { draftSolutions } from '../page/solution-list.ts'
import { suggestionDocuments } from '../widget/article-suggestions.ts'

const schema = buildSchema(readFileSync(fileURLToPath(new URL('../../../api/schema.graphql', import.meta.url)), 'utf8'))

it.each(
  Object.entries({
    ...documents,
    ...agentDocuments,
    ...articleDocuments,
    ...articleCommands,
    ...suggestionDocuments,
    ...articlePanelDocuments,
    ...translationDocuments,
    draftSolutions,
  }),
)('%s is an operation of the schema', (_, document) => {
  expect(validate(schema, parse(document))).toEqual([])
})

it.each(Object.keys(offeredAvailability))('%s is an availability of the schema', (value) => {
  const type = schema.getType('Availability')
  expect(isEnumType(type) && type.getValue(value)).toBeTruthy()
})
