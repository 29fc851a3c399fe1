import { LruCache } from '@guichet/domain'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { GraphQLError, parse, specifiedRules, validate } from 'graphql'
import { edgeError, isEdgeErrorCode } from '../errors/index.ts'
import { comparisonsOf } from './comparisons.ts'
import type { DocumentFacts } from './document-facts.ts'
import { factsOf } from './document-facts.ts'
import type { Limits } from './limits.ts'
import { repeatsOf } from './repeats.ts'

/** A document as sent before: parsed, validated and measured, or what is wrong with it. */
type Prepared = Valid | { readonly errors: readonly GraphQLError[] }
type Valid = { readonly document: DocumentNode; readonly facts: DocumentFacts }

/** How much of parsed documents is remembered, in bytes, and how long one may be for it, in characters. */
const bytesRemembered = 48 * 1024 * 1024
const longestRemembered = 20_000
/** What a token of a parsed document takes in memory, with its nodes, places and cost: measured, 310 to 370. */
const bytesPerToken = 400

/** Prepares documents; a valid one that was sent lately is not parsed, validated or measured again. */
export function createDocuments(schema: GraphQLSchema, limits: Limits): (query: string) => Prepared {
  const remembered = new LruCache<string, Valid>({
    maxWeight: bytesRemembered,
    weigh: ({ document }, query) => 2 * query.length + bytesPerToken * (document.tokenCount ?? query.length),
  })
  return (query) => {
    const known = remembered.get(query)
    if (known) return known
    const prepared = prepare(schema, limits, query)
    if ('document' in prepared && query.length <= longestRemembered) remembered.set(query, prepared)
    return prepared
  }
}

function prepare(schema: GraphQLSchema, limits: Limits, query: string): Prepared {
  const document = parsed(query, limits.tokens)
  if (document instanceof GraphQLError) return { errors: [document] }
  const repeats = repeatsOf(document)
  if (repeats > limits.repeats) {
    const message = `a field stands ${repeats} times in one selection; the limit is ${limits.repeats}`
    return { errors: [edgeError('too_complex', message)] }
  }
  if (comparisonsOf(document, limits.comparisons) > limits.comparisons) {
    const message = `fields and fragments meet that take more than ${limits.comparisons} comparisons to validate`
    return { errors: [edgeError('too_complex', message)] }
  }
  const invalid = validate(schema, document, specifiedRules, { maxErrors: 10 })
  if (invalid.length > 0) return { errors: invalid.map(invalidAs) }
  const facts = factsOf(schema, document)
  const { depth, aliases } = facts
  if (depth > limits.depth) {
    return { errors: [edgeError('too_deep', `the document is nested ${depth} deep; the limit is ${limits.depth}`)] }
  }
  if (aliases > limits.aliases) {
    return {
      errors: [edgeError('too_many_aliases', `the document has ${aliases} aliases; the limit is ${limits.aliases}`)],
    }
  }
  return { document, facts }
}

/** A value in the document may be refused with a code of its own, as it is in a variable. */
const invalidAs = (error: GraphQLError): GraphQLError =>
  isEdgeErrorCode(error.extensions['code']) ? error : coded(error, 'validation_failed')

function parsed(query: string, maxTokens: number): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens, noLocation: false })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return /more tha[nt] \d{1,9} tokens/.test(error.message)
      ? edgeError('too_many_tokens', `the document has more than ${maxTokens} tokens`)
      : coded(error, 'syntax_error')
  }
}

function coded(error: GraphQLError, code: 'syntax_error' | 'validation_failed'): GraphQLError {
  const { message, nodes, source, positions } = error
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code },
  })
}
