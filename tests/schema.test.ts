import { execFile } from 'node:child_process'
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
}, 60_000)

/** How many violations of each rule there are. The numbers only ever go down. */
const left: Readonly<Record<string, number>> = {
  'naming-convention': 205,
  'no-typename-prefix': 9,
  'relay-edge-types': 9,
  'strict-id-in-types': 115,
}

it('graphql-eslint finds no more in the schema than is known', () => {
  const found = new Map<string, number>()
  for (const violation of [...checked.recommended, ...checked.relay]) {
    const [rule = ''] = violation.replace('@graphql-eslint/', '').split(' ')
    found.set(rule, (found.get(rule) ?? 0) + 1)
  }
  expect(Object.fromEntries(found)).toEqual(left)
})

it('Relay compiles a client of the schema, with a paginated list and a refetchable ticket', () => {
  expect(checked.relayCompiler).toMatch(/compiled documents: \d+ reader[^]*Done\./)
})

it('GraphQL Code Generator makes types of the schema and of the operations of a client', () => {
  expect(checked.codegen).toMatch(/export type ClientQueryQuery = /)
  expect(checked.codegen).toMatch(/export type ClientReplyMutationMutationVariables = /)
})
