import type { GraphQLObjectType } from 'graphql'
import { buildSchema, getNullableType, isListType, isObjectType } from 'graphql'
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

it('says of each list without pages why it has none, and lists no other', async () => {
  const schema = buildSchema(await readFile(join(root, 'packages/api/schema.graphql'), 'utf8'))
  const reasons = JSON.parse(await readFile(join(root, 'tests/schema/lists.json'), 'utf8')) as Record<string, string[]>
  const lists = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) =>
      Object.values((type as GraphQLObjectType).getFields())
        .filter(({ type: of }) => isListType(getNullableType(of)))
        .map(({ name }) => `${type.name}.${name}`),
    )
    .filter((name) => !/(Connection\.(edges|nodes)|Payload\.userErrors|Query\.nodes)$/.test(name))
  expect(Object.values(reasons).flat().sort()).toEqual(lists.sort())
})

it('has an argument besides its size for each list that `first` cuts', async () => {
  const schema = buildSchema(await readFile(join(root, 'packages/api/schema.graphql'), 'utf8'))
  const cut = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) => Object.values(type.getFields()))
    .filter(
      ({ type, args }) =>
        isListType(getNullableType(type)) &&
        args.some(({ name, type: of }) => name === 'first' && String(getNullableType(of)) === 'Int'),
    )
  expect(cut.length).toBeGreaterThan(0)
  for (const { name, args } of cut) {
    expect(`${name}(${args.map((arg) => arg.name).join(' ')})`).toMatch(/\b(after|before|dueFrom)\b/)
  }
})

it('Relay compiles a client of the schema, with a paginated list and a refetchable ticket', () => {
  expect(checked.relayCompiler).toMatch(/compiled documents: \d+ reader[^]*Done\./)
})

it('GraphQL Code Generator makes types of the schema and of the operations of a client', () => {
  expect(checked.codegen).toMatch(/export type ClientQueryQuery = /)
  expect(checked.codegen).toMatch(/ DateTime: \{ input: string; output: string; \}/)
  expect(checked.codegen).not.toMatch(/: any;/)
  expect(checked.codegen).toMatch(/export type ClientReplyMutationMutationVariables = /)
})
