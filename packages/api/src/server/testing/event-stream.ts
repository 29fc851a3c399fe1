import type { GraphQLFormattedError } from 'graphql'

/** One result of a subscription. */
export type Told<T> = { readonly data?: T | null; readonly errors?: readonly GraphQLFormattedError[] }

/** A subscription over an event stream, as a client of the API sees it. */
type EventStream<T> = {
  /** Waits for the next results. */
  take(count: number): Promise<readonly Told<T>[]>
  /** Waits until the server ends the stream, and answers with what had not been taken. */
  rest(): Promise<readonly Told<T>[]>
  leave(): Promise<void>
}

/** Opens a subscription; resolves when the server has begun to answer. */
export async function openEventStream<T>(url: string, token: string, query: string): Promise<EventStream<T>> {
  const leaving = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
    signal: leaving.signal,
  })
  const { body } = response
  if (!response.ok || !body) throw new Error(`${response.status}: ${await response.text()}`)
  // Read from now on: a response that nobody reads yet is cancelled when it is collected as garbage.
  const results = resultsOf<T>(body.getReader())

  return {
    take: async (count) => {
      const taken: Told<T>[] = []
      while (taken.length < count) {
        const { done, value } = await results.next()
        if (done) throw new Error(`the stream ended after ${JSON.stringify(taken)}`)
        taken.push(value)
      }
      return taken
    },
    rest: async () => {
      const taken: Told<T>[] = []
      for await (const result of results) taken.push(result)
      return taken
    },
    leave: async () => leaving.abort(),
  }
}

async function* resultsOf<T>(body: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Told<T>, void, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await body.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const messages = text.split('\n\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const event = /^event: (\w+)$/m.exec(message)?.[1]
      if (event === 'complete') return
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (event === 'next' && data !== undefined) yield JSON.parse(data) as Told<T>
    }
  }
}
