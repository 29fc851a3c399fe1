// Checks the schema with the tools that clients use: graphql-eslint with its rule sets `recommended` and `relay`,
// relay-compiler and GraphQL Code Generator. Prints the result of each as JSON.
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as operations from '@graphql-codegen/typescript-operations'
import graphqlEslint from '@graphql-eslint/eslint-plugin'
import { ESLint } from 'eslint'
import { parse } from 'graphql'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import relay from 'relay-compiler'

const root = fileURLToPath(new URL('..', import.meta.url))
const schema = join(root, 'packages/api/schema.graphql')
const document = await readFile(join(root, 'tests/schema/operations.graphql'), 'utf8')
const { suffixes, types } = JSON.parse(await readFile(join(root, 'tests/schema/values.json'), 'utf8'))

/** The values of the two options that every schema must set; docs/decisions/052 gives the reasons. */
const options = {
  '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { suffixes, types } }],
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
}

async function lint(set) {
  const rules = Object.entries(graphqlEslint.configs[`flat/schema-${set}`].rules)
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      languageOptions: { parser: graphqlEslint.parser, parserOptions: { graphQLConfig: { schema } } },
      plugins: { '@graphql-eslint': graphqlEslint },
      rules: Object.fromEntries(rules.map(([rule, setting]) => [rule, options[rule] ?? setting])),
    },
  })
  const results = await eslint.lintFiles([schema])
  return results.flatMap(({ messages }) => messages.map(({ ruleId, line, message }) => `${ruleId} ${line}: ${message}`))
}

/** The types of the scalars that the guide for clients gives: those that code generators take for `any`. */
async function scalarsOfGuide() {
  const guide = await readFile(join(root, 'docs/guides/graphql.md'), 'utf8')
  const [, json] = /```json\n(\{[^`]*"strictScalars"[^`]*)```/.exec(guide) ?? []
  return JSON.parse(json)
}

/** The TypeScript types generated from the operations. */
const generate = async () =>
  codegen({
    filename: 'types.ts',
    schema: parse(await readFile(schema, 'utf8')),
    documents: [
      {
        location: 'operations.graphql',
        document: parse(document.replaceAll(/ @(connection|refetchable)\([^)]*\)/g, '')),
      },
    ],
    config: { enumsAsTypes: true, ...(await scalarsOfGuide()) },
    plugins: [{ typescript: {} }, { operations: {} }],
    pluginMap: { typescript, operations },
  })

/** The names of the artifacts that Relay generates from the operations. */
async function compile() {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-relay-'))
  try {
    await mkdir(join(folder, 'src/__generated__'), { recursive: true })
    const parts = document.split(/\n(?=(?:query|mutation|subscription|fragment) )/)
    const source = parts.map((part, n) => `export const part${n} = graphql\`\n${part}\``).join('\n')
    await writeFile(join(folder, 'src/client.ts'), source)
    const config = {
      src: 'src',
      schema: 'schema.graphql',
      language: 'typescript',
      artifactDirectory: 'src/__generated__',
    }
    await writeFile(join(folder, 'relay.config.json'), JSON.stringify(config))
    await writeFile(join(folder, 'schema.graphql'), await readFile(schema, 'utf8'))
    return execFileSync(relay, ['relay.config.json'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const outputOf = async (of) =>
  of().catch((error) => `failed: ${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)

console.log(
  JSON.stringify({
    recommended: await lint('recommended'),
    relay: await lint('relay'),
    codegen: await outputOf(generate),
    relayCompiler: await outputOf(compile),
  }),
)
