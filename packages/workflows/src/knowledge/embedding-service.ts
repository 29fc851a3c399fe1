import { z } from 'zod'
import type { EmbeddedTextKind, EmbeddingService } from '@guichet/domain'
import { jsonEndpoint, parseJson, ServiceFailed } from '../completion/json-endpoint.ts'

/** A model that embeds texts, and how it is asked: an HTTP service with the API of OpenAI's embeddings. */
export type EmbeddingServiceOptions = {
  /** The address before `/embeddings`, such as `https://api.openai.com/v1`; without user and password. */
  readonly url: string
  readonly model: string
  /** Sent as a bearer token; shown nowhere. */
  readonly key: string | undefined
  /** What stands before each text of a kind, where the model was trained so: `query: ` and `passage: `. */
  readonly prefixes: Readonly<Record<EmbeddedTextKind, string>>
  /** What the service calls each kind in the field `input_type`; undefined for services without that field. */
  readonly inputTypes: Readonly<Record<EmbeddedTextKind, string>> | undefined
  /** For how many milliseconds the answer to a search is waited for. */
  readonly timeoutMs: number
  /** How many texts a request has at most. */
  readonly batch: number
}

/** For how many milliseconds the vectors of passages are waited for: nobody waits for these. */
const passageTimeoutMs = 60_000

/** The most numbers of a vector, and the most bytes of one in JSON. */
const mostDimensions = 4_096
const mostBytesOfVector = mostDimensions * 32

const answerSchema = z.object({
  data: z.array(
    z.object({
      index: z.int().min(0).optional(),
      embedding: z.array(z.number()).min(2).max(mostDimensions),
    }),
  ),
})

/**
 * Embeds texts by an HTTP service. An answer with another number of vectors, with vectors of different dimensions, or with
 * one without a direction is refused as a whole.
 * @param signal breaks off all requests, which reject with its reason.
 * @throws Error for an address with a user or a password; from `embed`, ServiceFailed when there is no usable answer in time.
 */
export function httpEmbeddings(options: EmbeddingServiceOptions, signal?: AbortSignal): EmbeddingService {
  const { url, model, key, prefixes, inputTypes, timeoutMs, batch } = options
  const ask = jsonEndpoint({
    url,
    path: '/embeddings',
    key,
    name: 'embedding service',
  })
  const mostAnswerBytes = batch * mostBytesOfVector + 65_536
  const embedBatch = async (texts: readonly string[], kind: EmbeddedTextKind): Promise<readonly Float32Array[]> => {
    const body = JSON.stringify({
      model,
      input: texts.map((text) => `${prefixes[kind]}${text}`),
      encoding_format: 'float',
      ...(inputTypes && { input_type: inputTypes[kind] }),
    })
    const answer = await ask(
      body,
      { timeoutMs: kind === 'query' ? timeoutMs : passageTimeoutMs, mostAnswerBytes },
      signal,
    )
    return vectorsOf(answer, texts.length)
  }
  return {
    model: nameOf(options),
    embed: async (texts, kind) => {
      const vectors: Float32Array[] = []
      for (let from = 0; from < texts.length; from += batch)
        vectors.push(...(await embedBatch(texts.slice(from, from + batch), kind)))
      if (new Set(vectors.map(({ length }) => length)).size > 1)
        throw new ServiceFailed('the embedding service answered vectors of different dimensions')
      return vectors
    },
  }
}

/** The model with how passages are handed to it: vectors of texts that were handed over otherwise do not compare. */
const nameOf = ({ model, prefixes, inputTypes }: EmbeddingServiceOptions): string =>
  [model, prefixes.passage, inputTypes?.passage].filter((part) => part !== undefined && part !== '').join(' | ')

function vectorsOf(answer: string, count: number): readonly Float32Array[] {
  const parsed = answerSchema.safeParse(parseJson(answer))
  if (!parsed.success) throw new ServiceFailed('the embedding service answered something else than vectors')
  const { data } = parsed.data
  if (data.length !== count)
    throw new ServiceFailed(`the embedding service answered ${data.length} vectors for ${count} texts`)
  const inOrder = data.map(({ index }, place) => index ?? place)
  if (new Set(inOrder).size !== count || inOrder.some((index) => index >= count))
    throw new ServiceFailed('the embedding service answered vectors without their order')
  const vectors = Array<Float32Array>(count)
  for (const [place, { embedding }] of data.entries()) vectors[inOrder[place] ?? place] = ofLengthOne(embedding)
  return vectors
}

function ofLengthOne(embedding: readonly number[]): Float32Array {
  const length = Math.hypot(...embedding)
  if (!Number.isFinite(length) || length < 1e-12)
    throw new ServiceFailed('the embedding service answered a vector without a direction')
  return Float32Array.from(embedding, (number) => number / length)
}
