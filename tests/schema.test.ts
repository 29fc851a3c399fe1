import { buildSchema, isObjectType } from 'graphql'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

type Checked = {
  readonly recommended: readonly string[]
  readonly relay: readonly string[]
  readonly codegen: string
  readonly relayCompiler: string
}
let checked: Checked
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['.ci/schema.mjs'], { cwd: root, maxBuffer: 2 ** 26 })
  checked = JSON.parse(stdout) as Checked
})

it('graphql-eslint finds no violation of its rule sets recommended and relay', () => {
  expect([...checked.recommended, ...checked.relay]).toEqual([])
})

it('lists as values without an id only existing types that have none', async () => {
  const schema = buildSchema(await readFile(join(root, 'packages/api/schema.graphql'), 'utf8'))
  const { types } = JSON.parse(await readFile(join(root, 'tests/schema/values.json'), 'utf8')) as { types: string[] }
  const withId = types.filter((name) => {
    const type = schema.getType(name)
    return !isObjectType(type) || 'id' in type.getFields()
  })
  expect(withId).toEqual([])
})

it('Relay compiles a client of the schema, with a paginated list and a refetchable ticket', () => {
  expect(checked.relayCompiler).toMatch(/compiled documents: \d+ reader[^]*Done\./)
})

it('GraphQL Code Generator makes types of the schema and of the operations of a client', () => {
  expect(checked.codegen).toMatch(/export type ClientQueryQuery = /)
  expect(checked.codegen).toMatch(/export type ClientReplyMutationMutationVariables = /)
})
