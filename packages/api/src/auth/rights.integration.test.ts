import type { GraphQLArgument, GraphQLField, GraphQLInputType } from 'graphql'
import { getNamedType, isEnumType, isInputObjectType, isLeafType, isNonNullType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSchema } from '../graphql/schema.ts'
import { mutation, useApi } from '../server/testing/api-under-test.ts'
import { roles } from './principal.ts'
import type { Operation } from './rights.ts'
import { accessTo, rights } from './rights.ts'

const api = useApi({ beforeAll, afterAll })

const schema = createSchema()
const operations = [
  ...fieldsOf('query', schema.getQueryType()?.getFields()),
  ...fieldsOf('mutation', schema.getMutationType()?.getFields()),
  ...fieldsOf('subscription', schema.getSubscriptionType()?.getFields()),
]

type RootField = { readonly kind: string; readonly field: GraphQLField<unknown, unknown> }

function fieldsOf(kind: string, fields: Record<string, GraphQLField<unknown, unknown>> = {}): RootField[] {
  return Object.values(fields).map((field) => ({ kind, field }))
}

it('has a row for every operation, and an operation for every row', () => {
  expect(operations.map(({ field }) => field.name).sort()).toEqual(Object.keys(rights).sort())
})

/** Those that a request in JSON can send: the content of a file comes in a multipart request alone. */
const inJson = operations.filter(({ kind, field }) => kind !== 'subscription' && field.name !== 'uploadFile')

describe.each(inJson)('$kind $field.name', ({ kind, field }) => {
  it.each(roles)('follows the rights of the role %s', async (role) => {
    const { query, variables } = callOf(kind, field)
    const { data, errors } = await api.ask({ id: `some-${role}`, role }, query, variables)
    const forbidden = errors.some(({ extensions }) => extensions.code === 'forbidden')
    const access = accessTo(field.name as Operation, { id: 'x', role, expiresAt: 0 })
    expect(forbidden).toBe(access === 'none')
    const { userErrors = [] } = (data?.[field.name] ?? {}) as { userErrors?: readonly { code: string }[] }
    const refused = userErrors.some(({ code }) => code === 'NOT_FOR_THIS_ACTOR')
    if (access === 'any' || access === 'explained') expect(refused).toBe(false)
  })

  it('is refused without a token', async () => {
    const { query, variables } = callOf(kind, field)
    const { status, errors } = await api.ask(undefined, query, variables)
    expect({ status, codes: errors.map(({ extensions }) => extensions.code) }).toEqual({
      status: 401,
      codes: ['unauthenticated'],
    })
  })
})

/** Returns a call of an operation with arguments of the right types and arbitrary values. */
function callOf(kind: string, field: GraphQLField<unknown, unknown>) {
  if (kind === 'mutation') {
    const [input] = field.args
    return { query: mutation(field.name, ''), variables: { input: input && valueOf(input.type) } }
  }
  const args = field.args.filter(({ name, type }) => isNonNullType(type) || name === 'first')
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }'
  return { query: `{ ${field.name}${argumentsOf(args)} ${selection} }`, variables: {} }
}

function argumentsOf(args: readonly GraphQLArgument[]): string {
  if (args.length === 0) return ''
  return `(${args.map(({ name, type }) => `${name}: ${JSON.stringify(valueOf(type))}`).join(', ')})`
}

const samples: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2026-01-01T00:00:00Z',
  Date: '2026-01-01',
  ID: 'unknown',
}

/** Valid values for arguments, so that a command can be refused only because of its sender. */
const wellFormed: Readonly<Record<string, unknown>> = {
  ticketId: 'unknown',
  incidentId: 'unknown',
  commandId: 'command',
  messageId: 'message',
  source: 'one',
  target: 'other',
  language: 'fr',
}

function valueOf(type: GraphQLInputType): unknown {
  const named = getNamedType(type)
  if (isEnumType(named)) return named.getValues()[0]?.name
  if (!isInputObjectType(named)) return samples[named.name] ?? 'text'
  const required = Object.values(named.getFields()).filter((field) => isNonNullType(field.type))
  const given = ({ name, type: own }: (typeof required)[number]): unknown =>
    (isEnumType(getNamedType(own)) ? undefined : wellFormed[name]) ?? valueOf(own)
  return Object.fromEntries(required.map((field) => [field.name, given(field)]))
}
