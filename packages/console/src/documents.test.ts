import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { agentDocuments } from './agent-documents.ts'
import { documents } from './documents.ts'

const schema = buildSchema(readFileSync(fileURLToPath(new URL('../../api/schema.graphql', import.meta.url)), 'utf8'))

it.each(Object.entries({ ...documents, ...agentDocuments }))('%s is an operation of the schema', (_, document) => {
  expect(validate(schema, parse(document))).toEqual([])
})
