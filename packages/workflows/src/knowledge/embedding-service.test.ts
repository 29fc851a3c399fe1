import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServiceFailed } from '../completion/json-endpoint.ts'
import { answerOf, embeddingServer } from '../testing/embedding-service.ts'
import { uselessAnswers } from '../testing/completion-service.ts'
import type { EmbeddingServiceOptions } from './embedding-service.ts'
import { httpEmbeddings } from './embedding-service.ts'

let server: Awaited<ReturnType<typeof embeddingServer>>
beforeAll(async () => {
  server = await embeddingServer()
})
afterAll(() => server.close())

const key = 'sk-do-not-show-this'
const serviceOf = (options: Partial<EmbeddingServiceOptions> = {}) =>
  httpEmbeddings({
    url: server.url,
    model: 'small-one',
    key,
    prefixes: { query: 'query: ', passage: 'passage: ' },
    inputTypes: undefined,
    timeoutMs: 5_000,
    batch: 2,
    ...options,
  })

async function failureOf(answer: (response: ServerResponse) => void, options: Partial<EmbeddingServiceOptions> = {}) {
  server.misbehave(answer)
  try {
    return await serviceOf(options)
      .embed(['one', 'two'], 'query')
      .then(
        () => undefined,
        (error: unknown) => error,
      )
  } finally {
    server.recover()
  }
}

describe('an embedding service behind HTTP', () => {
  it('is sent the texts behind the prefix of their kind, in batches, with the key', async () => {
    const before = server.requests.length
    const vectors = await serviceOf().embed(['reset it', 'find it', 'print it'], 'passage')
    const [first, second] = server.requests.slice(before)
    expect(first).toMatchObject({ path: '/v1/embeddings', key: `Bearer ${key}` })
    expect(first?.body).toEqual({
      model: 'small-one',
      input: ['passage: reset it', 'passage: find it'],
      encoding_format: 'float',
    })
    expect(second?.body.input).toEqual(['passage: print it'])
    expect(vectors.map((vector) => [vector.length, Math.hypot(...vector).toFixed(4)])).toEqual([
      [256, '1.0000'],
      [256, '1.0000'],
      [256, '1.0000'],
    ])
  })

  it('says what a text is for where the service wants to know', async () => {
    const service = serviceOf({ inputTypes: { query: 'query', passage: 'document' } })
    await service.embed(['reset it'], 'query')
    await service.embed(['reset it'], 'passage')
    expect(server.requests.slice(-2).map(({ body }) => body.input_type)).toEqual(['query', 'document'])
  })

  it('puts the vectors in the order of the texts', async () => {
    const [one, two] = await serviceOf().embed(['reset it', 'print'], 'query')
    server.misbehave((response, { input }) => {
      const data = input.map((_, index) => ({ index, embedding: [index, 1] })).reverse()
      response.end(JSON.stringify({ data }))
    })
    const [first, second] = await serviceOf().embed(['reset it', 'print'], 'query')
    server.recover()
    expect([first?.[0], Math.sign(second?.[0] ?? 0)]).toEqual([0, 1])
    expect(one).not.toEqual(two)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ...uselessAnswers.filter(([name]) => name !== 'too much'),
    ['too much', (response) => void response.end('x'.repeat(2_000_000))],
    ['too few vectors', (response) => void response.end(answerOf([[1, 2]]))],
    [
      'vectors of different dimensions',
      (response) =>
        void response.end(
          answerOf([
            [1, 2],
            [1, 2, 3],
          ]),
        ),
    ],
    ['no numbers', (response) => void response.end(answerOf([[1, 2], ['a', 'b'] as never]))],
    ['numbers without end', (response) => void response.end('{"data":[{"embedding":[1e999,1]},{"embedding":[1,1]}]}')],
    [
      'a vector without a direction',
      (response) =>
        void response.end(
          answerOf([
            [1, 2],
            [0, 0],
          ]),
        ),
    ],
    [
      'the same place twice',
      (response) => void response.end('{"data":[{"index":1,"embedding":[1,1]},{"index":1,"embedding":[1,1]}]}'),
    ],
  ])('refuses %s, without the key in the reason', async (_, answer) => {
    const failure = await failureOf(answer)
    expect(failure).toBeInstanceOf(ServiceFailed)
    expect(String(failure)).not.toContain(key)
  })

  it('waits for the vector of a search only so long', async () => {
    expect(String(await failureOf(() => undefined, { timeoutMs: 20 }))).toContain('no answer within 0.02 s')
  })

  it('names vectors by the model and by how passages are handed to it', () => {
    expect(serviceOf().model).toBe('small-one | passage: ')
    expect(serviceOf({ prefixes: { query: '', passage: '' } }).model).toBe('small-one')
  })

  it('takes no address with a password', () => {
    expect(() => serviceOf({ url: 'http://me:secret@127.0.0.1/v1' })).toThrow('no user and no password')
  })
})
