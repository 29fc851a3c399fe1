import type { ExecutionResult } from 'graphql'
import { buildSchema, parse } from 'graphql'
import { expect, it } from 'vitest'
import type { HttpContext } from './yoga.ts'
import { createGraphqlYoga } from './yoga.ts'

const schema = buildSchema('type Query { n: Int } type Mutation { n: Int } type Subscription { n: Int }')
const prepare = () => ({ schema, document: parse('subscription { n }') })
const parts = {
  schema,
  path: '/graphql',
  onMasked: () => undefined,
  mayInspect: () => true,
  quotas: { takeWritten: () => undefined },
}

it('ends the stream of a client that left before it began', async () => {
  const leaving = new AbortController()
  let ended = false
  const numbers: AsyncGenerator<ExecutionResult, void, void> = (async function* () {})()
  numbers.return = async () => {
    ended = true
    return { done: true, value: undefined }
  }
  const yoga = createGraphqlYoga({ ...parts, prepare, subscribe: async () => numbers })
  const request = new yoga.fetchAPI.Request('http://localhost/graphql', {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    signal: leaving.signal,
  })
  const parameters = { query: 'subscription { n }' }
  const context = { parameters, requestId: 'r', executes: {}, services: {} } as unknown as HttpContext
  const response = await yoga.handleRequest(request, context)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(ended).toBe(false)
  leaving.abort()
  expect(ended).toBe(true)
})

it('takes a mutation for a sign of life of who sends it, and a query for none', async () => {
  const active: string[] = []
  const presence = { active: (person: string) => void active.push(person) }
  const yoga = createGraphqlYoga({
    ...parts,
    prepare: ({ query }) => ({ schema, document: parse(query) }),
    subscribe: async () => ({ data: { n: 1 } }),
  })
  const send = async (query: string, principal?: object): Promise<void> => {
    const request = new yoga.fetchAPI.Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    const services = { live: { presence } }
    const context = { parameters: { query }, requestId: 'r', executes: {}, services, principal }
    await yoga.handleRequest(request, context as unknown as HttpContext)
  }
  await send('{ n }', { role: 'agent', id: 'ana' })
  await send('mutation { n }')
  expect(active).toEqual([])
  await send('mutation { n }', { role: 'agent', id: 'ana' })
  await send('mutation { n }', { role: 'customer', id: 'zoe', visitorId: 'v-1' })
  expect(active).toEqual(['desk/ana', 'customer/zoe', 'customer/v-1'])
})
