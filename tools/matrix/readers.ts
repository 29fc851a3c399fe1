import { createClient } from 'graphql-ws'
import type { Role } from '../../packages/api/src/auth/principal.ts'
import { readersOf } from '../../packages/api/src/graphql/readers.ts'
import { sharedSchema } from '../../packages/api/src/graphql/schema.ts'
import type { ApiUnderTest, Bearer } from '../../packages/api/src/server/testing/api-under-test.ts'
import { openEventStream } from '../../packages/api/src/server/testing/api-under-test.ts'
import type { Canaries } from './canaries.ts'
import type { WrittenDocument } from './documents.ts'

const readers = readersOf(sharedSchema())

/** Inspects answers: records the fields that they show, and their faults. */
export type Inspection = {
  /** Inspects a whole answer, headers included, and its data. */
  look(viewer: Bearer | undefined, road: string, text: string, data: unknown): void
  /** What viewers were shown and must not see since the last call, without repeats. */
  faults(): readonly string[]
  /** The fields with a value for at least one viewer, by `Type.field`. */
  filled(): ReadonlySet<string>
}

/** Creates an inspection without answers. */
export function createInspection(canaries: Canaries): Inspection {
  const faults = new Set<string>()
  const filled = new Set<string>()

  const lookAt = (value: unknown, viewer: Bearer | undefined, road: string): void => {
    if (typeof value === 'string') return lookInside(value, viewer, road)
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const each of value) lookAt(each, viewer, road)
      return
    }
    const object = value as Readonly<Record<string, unknown>>
    const type = object['__typename']
    for (const key in object) {
      const inner = object[key]
      if (typeof type === 'string' && key !== '__typename' && !isEmpty(inner)) {
        const { field, allowed } = fieldAt(type, key)
        filled.add(field)
        if (!viewer || !allowed?.has(viewer.role)) {
          faults.add(`${viewer?.role ?? 'nobody'}, by ${road}: ${field} is answered`)
        }
      }
      lookAt(inner, viewer, road)
    }
  }
  /** Inspects the decoded text of cursors, which are in base 64. */
  const lookInside = (value: string, viewer: Bearer | undefined, road: string): void => {
    if (value.length < 12 || !/^[\w+/=-]+$/.test(value)) return
    const decoded = Buffer.from(value, 'base64').toString()
    for (const name of canaries.forbidden(decoded, viewer)) {
      faults.add(`${viewer?.id ?? 'nobody'}, by ${road}: ${name}, inside ${value}`)
    }
  }

  return {
    look: (viewer, road, text, data) => {
      for (const name of canaries.forbidden(text, viewer)) faults.add(`${viewer?.id ?? 'nobody'}, by ${road}: ${name}`)
      lookAt(data, viewer, road)
    },
    faults: () => {
      const found = [...faults].sort()
      faults.clear()
      return found
    },
    filled: () => filled,
  }
}

type FieldAt = { readonly field: string; readonly allowed: ReadonlySet<Role> | undefined }
const fieldsByType = new Map<string, Map<string, FieldAt>>()

/** Returns the field that a key of an object of a type stands for, as `Type.field`, and who may read it. */
function fieldAt(type: string, key: string): FieldAt {
  const ofType = fieldsByType.get(type) ?? new Map<string, FieldAt>()
  fieldsByType.set(type, ofType)
  const known = ofType.get(key)
  if (known) return known
  const field = `${type}.${key.split('__').at(-1) ?? key}`
  const found = { field, allowed: readers.get(field) }
  ofType.set(key, found)
  return found
}

const isEmpty = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)

/** A GraphQL answer. */
type Body = {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[]
}

/** The text of answers, headers included, and their parsed bodies. */
export type AnswerTexts = { readonly text: string; readonly bodies: readonly Body[] }

/** The codes of the errors in an answer. */
export const codesOf = ({ bodies }: AnswerTexts): readonly unknown[] =>
  bodies.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code))

/** Sends an operation by POST, as most clients do; with a file, in a multipart request. */
export async function overHttp(
  api: ApiUnderTest,
  as: Bearer | undefined,
  written: WrittenDocument,
): Promise<AnswerTexts> {
  const sent = written.query.includes('$content') ? withFile(written.query) : { headers: {}, payload: written }
  const response = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { ...sent.headers, ...(as && { authorization: `Bearer ${await api.tokenOf(as)}` }) },
    payload: sent.payload,
  })
  return { text: `${JSON.stringify(response.headers)}\n${response.body}`, bodies: [response.json<Body>()] }
}

function withFile(query: string) {
  const operations = {
    query: query.replace('mutation {', 'mutation ($content: Upload!) {'),
    variables: { content: null },
  }
  const parts = [
    ['name="operations"', JSON.stringify(operations)],
    ['name="map"', '{ "0": ["variables.content"] }'],
    ['name="0"; filename="a.txt"', 'words'],
  ]
  const payload = parts.map(([name, value]) => `--edge\r\ncontent-disposition: form-data; ${name}\r\n\r\n${value}\r\n`)
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    payload: `${payload.join('')}--edge--\r\n`,
  }
}

/** A server that listens, and the tokens that it takes. */
type Listening = Pick<ApiUnderTest, 'tokenOf'> & { readonly address: string }

/** Runs a query, or the first results of a subscription, over an event stream. */
export async function overEventStream(
  { address, tokenOf }: Listening,
  as: Bearer,
  { query, variables }: WrittenDocument,
  results: number,
): Promise<AnswerTexts> {
  const url = `${address}/graphql`
  const stream = await openEventStream<Record<string, unknown>>(url, await tokenOf(as), query, variables)
  try {
    const bodies = (await stream.take(results)) as readonly Body[]
    return { text: JSON.stringify(bodies), bodies }
  } finally {
    await stream.leave()
  }
}

/**
 * Returns the first results of a subscription over a WebSocket; a refusal counts as one.
 * @param webSocketImpl the WebSocket class.
 */
export async function overWebSocket(
  webSocketImpl: unknown,
  { address, tokenOf }: Listening,
  as: Bearer | undefined,
  { query, variables }: WrittenDocument,
  results: number,
): Promise<AnswerTexts> {
  const client = createClient({
    url: `${address.replace('http', 'ws')}/graphql`,
    webSocketImpl,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    ...(as && { connectionParams: { authorization: `Bearer ${await tokenOf(as)}` } }),
  })
  const bodies: Body[] = []
  try {
    for await (const body of client.iterate({ query, variables })) {
      bodies.push(body as Body)
      if (bodies.length === results) break
    }
  } catch (error) {
    bodies.push(Array.isArray(error) ? { errors: error as never } : { errors: [closed(error)] })
  } finally {
    await client.dispose()
  }
  return { text: JSON.stringify(bodies), bodies }
}

/** The error of a connection that the server has closed, with its reason. */
const closed = (event: unknown): { readonly message: string; readonly extensions: { readonly code: string } } => {
  const { code, reason } = event as { readonly code?: number; readonly reason?: string }
  return { message: `closed with ${code}`, extensions: { code: reason ?? '' } }
}
