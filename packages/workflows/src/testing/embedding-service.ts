import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A request to an embedding service, as its server receives it. */
type ServiceRequest = {
  readonly path: string | undefined
  readonly key: string | undefined
  readonly body: { readonly model: string; readonly input: readonly string[]; readonly input_type?: string }
}

/** An embedding service of a test. */
type EmbeddingServer = {
  readonly url: string
  readonly requests: readonly ServiceRequest[]
  /** Answers the next requests by a function, until `recover`. */
  misbehave(answer: (response: ServerResponse, body: ServiceRequest['body']) => void): void
  recover(): void
  close(): void
}

/**
 * Starts an HTTP service that embeds texts by the words and the parts of words in them, hashed: texts with words in common are
 * close, and so are those that differ by the ending of a word. `meanings` says which words mean the same.
 */
export async function embeddingServer(
  meanings: Readonly<Record<string, string>> = {},
  dimension = 256,
): Promise<EmbeddingServer> {
  const requests: ServiceRequest[] = []
  let misbehaving: Parameters<EmbeddingServer['misbehave']>[0] | undefined
  const server: Server = createServer((request, response) => {
    void json(request).then((received) => {
      const body = received as ServiceRequest['body']
      requests.push({ path: request.url, key: request.headers.authorization, body })
      if (misbehaving) misbehaving(response, body)
      else response.end(answerOf(body.input.map((text) => hashedVector(text, meanings, dimension))))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    misbehave: (answer) => {
      misbehaving = answer
    },
    recover: () => {
      misbehaving = undefined
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The answer with these vectors. */
export const answerOf = (vectors: readonly (readonly number[])[]): string =>
  JSON.stringify({
    object: 'list',
    model: 'hashed',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  })

/** Counts the words of a text and their parts of four characters, each at the place of its hash. */
function hashedVector(text: string, meanings: Readonly<Record<string, string>>, dimension: number): readonly number[] {
  const numbers = Array<number>(dimension).fill(0)
  const add = (part: string, weight: number): void => {
    const place = hashOf(part) % dimension
    numbers[place] = (numbers[place] ?? 0) + weight
  }
  add('any text', 0.1)
  for (const written of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const word = meanings[written] ?? written
    add(word, 1)
    for (let from = 0; from + 4 <= word.length; from++) add(word.slice(from, from + 4), 0.3)
  }
  return numbers
}

/** FNV-1a in 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}
