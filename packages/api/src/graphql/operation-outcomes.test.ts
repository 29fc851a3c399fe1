import type { ExecutionArgs } from 'graphql'
import { buildSchema, GraphQLError, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { outcomesOf } from './operation-outcomes.ts'

const schema = buildSchema(`
  type Query { tickets: Int viewer: Int }
  type Mutation { openTicket: Int agentReply: Int }
  type Subscription { ticketChanged: Int }
`)
const prepared = (text: string, operationName?: string): ExecutionArgs => ({
  schema,
  document: parse(text),
  operationName: operationName ?? null,
})
const failed = (code: string, ...path: string[]) =>
  new GraphQLError('', { ...(path.length > 0 && { path }), extensions: { code } })

describe('the outcome of an operation', () => {
  it('names its root fields as the schema does, whatever the client calls them', () => {
    const query = prepared(
      'query Mine { a: tickets ...f ... on Query { b: tickets } x: __typename } fragment f on Query { viewer }',
    )
    expect(outcomesOf(query, { data: { a: 1, viewer: 1, b: 1, x: 'Query' } })).toEqual([
      { type: 'query', operation: 'tickets', code: 'ok' },
      { type: 'query', operation: 'viewer', code: 'ok' },
      { type: 'query', operation: 'tickets', code: 'ok' },
      { type: 'query', operation: 'other', code: 'ok' },
    ])
  })

  it('is found at once in fragments that spread each other twice, however many there are', () => {
    const chain = Array.from({ length: 60 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)
    const query = prepared(`{ ...f0 } ${chain.join(' ')} fragment f60 on Query { viewer }`)
    expect(outcomesOf(query, { data: { viewer: 1 } })).toEqual([{ type: 'query', operation: 'viewer', code: 'ok' }])
  })

  it('is that of the operation that was chosen', () => {
    const two = prepared('query One { tickets } query Two { viewer }', 'Two')
    expect(outcomesOf(two, { data: { viewer: 1 } })).toEqual([{ type: 'query', operation: 'viewer', code: 'ok' }])
  })

  it('leaves out fields that were not asked for in the end', () => {
    const query = prepared('{ tickets @skip(if: true) viewer }')
    expect(outcomesOf(query, { data: { viewer: 1 } })).toEqual([{ type: 'query', operation: 'viewer', code: 'ok' }])
  })

  it('has the code of an error at its field, or anywhere below', () => {
    const query = prepared('{ a: tickets viewer }')
    expect(outcomesOf(query, { data: { a: null, viewer: 1 }, errors: [failed('read_timeout', 'a', 'nodes')] })).toEqual(
      [
        { type: 'query', operation: 'tickets', code: 'read_timeout' },
        { type: 'query', operation: 'viewer', code: 'ok' },
      ],
    )
  })

  it('is that of the faulty field alone where its error voids the answer', () => {
    const query = prepared('{ tickets viewer }')
    expect(outcomesOf(query, { data: null, errors: [failed('forbidden', 'viewer')] })).toEqual([
      { type: 'query', operation: 'viewer', code: 'forbidden' },
    ])
  })

  it('has the code of a refused command, which the client need not ask for', () => {
    const mutation = prepared('mutation { one: openTicket two: openTicket agentReply }')
    const refusals = new Map([['two', 'command_too_large']])
    expect(outcomesOf(mutation, { data: { one: 1, two: 1, agentReply: 1 } }, refusals)).toEqual([
      { type: 'mutation', operation: 'openTicket', code: 'ok' },
      { type: 'mutation', operation: 'openTicket', code: 'command_too_large' },
      { type: 'mutation', operation: 'agentReply', code: 'ok' },
    ])
  })

  it('is that of a subscription when it starts, or is refused', () => {
    const subscription = prepared('subscription { ticketChanged }')
    const named = { type: 'subscription', operation: 'ticketChanged' }
    expect(outcomesOf(subscription, {})).toEqual([{ ...named, code: 'ok' }])
    expect(outcomesOf(subscription, { errors: [failed('too_many_subscriptions')] })).toEqual([
      { ...named, code: 'too_many_subscriptions' },
    ])
  })

  it('has no name where nothing could be executed', () => {
    expect(outcomesOf(undefined, { errors: [failed('syntax_error')] })).toEqual([
      { type: 'none', operation: 'none', code: 'syntax_error' },
    ])
  })
})
