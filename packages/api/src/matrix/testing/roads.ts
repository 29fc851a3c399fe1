import { createClient } from 'graphql-ws'
import type { ApiUnderTest } from '../../server/testing/api-under-test.ts'
import { openEventStream } from '../../server/testing/event-stream.ts'
import type { Bearer } from '../../server/testing/tokens.ts'
import { tokenFor } from '../../server/testing/tokens.ts'

/** A GraphQL answer. */
export type Body = {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: unknown } }[]
}

/** Answers as they came, headers included, and as they are read. */
export type Answered = { readonly text: string; readonly bodies: readonly Body[] }

/** The codes of the errors in an answer. */
export const codesOf = ({ bodies }: Answered): readonly unknown[] =>
  bodies.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code))

/** An operation by POST, as most clients send it. */
export async function overHttp(api: ApiUnderTest, as: Bearer | undefined, query: string): Promise<Answered> {
  const response = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: as ? { authorization: `Bearer ${await tokenFor(as)}` } : {},
    payload: { query },
  })
  return { text: `${JSON.stringify(response.headers)}\n${response.body}`, bodies: [response.json<Body>()] }
}

/** A query, or the first results of a subscription, over an event stream. */
export async function overEventStream(address: string, as: Bearer, query: string, results: number): Promise<Answered> {
  const stream = await openEventStream<Record<string, unknown>>(`${address}/graphql`, await tokenFor(as), query)
  try {
    const bodies = (await stream.take(results)) as readonly Body[]
    return { text: JSON.stringify(bodies), bodies }
  } finally {
    await stream.leave()
  }
}

/**
 * The first results of a subscription over a WebSocket; what it is refused with counts as one.
 * @param webSocketImpl the class of sockets.
 */
export async function overWebSocket(
  webSocketImpl: unknown,
  address: string,
  as: Bearer | undefined,
  query: string,
  results: number,
): Promise<Answered> {
  const client = createClient({
    url: `${address.replace('http', 'ws')}/graphql`,
    webSocketImpl,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    ...(as && { connectionParams: { authorization: `Bearer ${await tokenFor(as)}` } }),
  })
  const bodies: Body[] = []
  try {
    for await (const body of client.iterate({ query })) {
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

/** A connection that the server has ended, by the reason that it gave. */
const closed = (event: unknown): { readonly message: string; readonly extensions: { readonly code: string } } => {
  const { code, reason } = event as { readonly code?: number; readonly reason?: string }
  return { message: `closed with ${code}`, extensions: { code: reason ?? '' } }
}
