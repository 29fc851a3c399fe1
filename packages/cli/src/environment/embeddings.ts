import { z } from 'zod'
import type { ArticleEmbeddingOptions } from '@guichet/workflows'
import { CommandFault } from '../fault.ts'
import { bearerToken, openAddress, requestsPerDay } from './services.ts'

const prefix = z.string().max(200).default('')

/** The variables for an HTTP service that embeds texts. */
export const embeddingVariables = {
  GUICHET_EMBEDDINGS_URL: openAddress(
    'must hold no user and no password: GUICHET_EMBEDDINGS_KEY says who asks',
  ).optional(),
  GUICHET_EMBEDDINGS_MODEL: z.string().max(100).optional(),
  GUICHET_EMBEDDINGS_KEY: bearerToken.optional(),
  GUICHET_EMBEDDINGS_QUERY_PREFIX: prefix,
  GUICHET_EMBEDDINGS_PASSAGE_PREFIX: prefix,
  GUICHET_EMBEDDINGS_INPUT_TYPES: z
    .string()
    .regex(/^[\w-]{1,40},[\w-]{1,40}$/, 'must be the words for queries and for texts, such as query,passage')
    .transform((text) => text.split(',') as [string, string])
    .optional(),
  GUICHET_EMBEDDINGS_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 99999 milliseconds')
    .transform(Number)
    .default(300),
  GUICHET_EMBEDDINGS_BATCH: z
    .string()
    .regex(/^([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-6])$/, 'must be a number of texts, 1 to 256')
    .transform(Number)
    .default(32),
  GUICHET_EMBEDDINGS_BUDGET: requestsPerDay.optional(),
  GUICHET_EMBEDDINGS_MEMORY_MB: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a number of megabytes')
    .transform(Number)
    .default(256),
  GUICHET_EMBEDDINGS_MIN_SIMILARITY: z
    .string()
    .regex(/^(0(\.\d{1,4})?|1)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(0),
} as const

type EmbeddingInput = z.infer<z.ZodObject<typeof embeddingVariables>>

/** @throws Fault `config_missing` when a variable is set without the one that it needs. */
export function embeddingEnvironment(variables: EmbeddingInput): ArticleEmbeddingOptions | undefined {
  const {
    GUICHET_EMBEDDINGS_URL: url,
    GUICHET_EMBEDDINGS_MODEL: model,
    GUICHET_EMBEDDINGS_KEY: key,
    GUICHET_EMBEDDINGS_INPUT_TYPES: inputTypes,
  } = variables
  if (url === undefined && model === undefined && key === undefined) return undefined
  if (url === undefined || model === undefined) {
    const lacking = url === undefined ? 'GUICHET_EMBEDDINGS_URL' : 'GUICHET_EMBEDDINGS_MODEL'
    throw new CommandFault('config_missing', `${lacking} is missing, and another variable of the embeddings is there`, {
      next: 'set GUICHET_EMBEDDINGS_URL and GUICHET_EMBEDDINGS_MODEL, or neither; see docs/reference/configuration.md',
    })
  }
  return {
    url,
    model,
    key,
    prefixes: {
      query: variables.GUICHET_EMBEDDINGS_QUERY_PREFIX,
      passage: variables.GUICHET_EMBEDDINGS_PASSAGE_PREFIX,
    },
    inputTypes: inputTypes && { query: inputTypes[0], passage: inputTypes[1] },
    timeoutMs: variables.GUICHET_EMBEDDINGS_TIMEOUT_MS,
    budget: variables.GUICHET_EMBEDDINGS_BUDGET,
    batch: variables.GUICHET_EMBEDDINGS_BATCH,
    mostBytes: variables.GUICHET_EMBEDDINGS_MEMORY_MB * 1_000_000,
    leastSimilarity: variables.GUICHET_EMBEDDINGS_MIN_SIMILARITY,
  }
}
