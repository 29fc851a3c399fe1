import type { DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLSchema, SelectionSetNode } from 'graphql'
import { GraphQLError, parse, specifiedRules, validate, visit } from 'graphql'
import { LruCache } from '@guichet/domain'
import { edgeError, isEdgeErrorCode } from '../errors.ts'
import type { DocumentFacts } from './document-facts.ts'
import { factsOf } from './document-facts.ts'
import type { Limits } from './limits.ts'

/** A parsed, validated and measured document, or its errors. */
type PreparedDocument = Valid | { readonly errors: readonly GraphQLError[] }

type Valid = { readonly document: DocumentNode; readonly facts: DocumentFacts }

/** The size of the cache of parsed documents, in bytes. */
const cacheBytes = 48 * 1024 * 1024

/** The memory of a token of a parsed document, with its nodes, places and cost. Measured: 310 to 370. */
const bytesPerToken = 400

/** Returns a function that prepares documents. A cached valid one is not parsed, validated or measured again. */
export function createDocuments(schema: GraphQLSchema, limits: Limits): (query: string) => PreparedDocument {
  const cache = new LruCache<string, Valid>({
    maxWeight: cacheBytes,
    weigh: ({ document }, query) => 2 * query.length + bytesPerToken * (document.tokenCount ?? query.length),
  })
  return (query) => {
    const cached = cache.get(query)
    if (cached) return cached
    const prepared = prepare(schema, limits, query)
    if ('document' in prepared && query.length <= limits.cachedCharacters) cache.set(query, prepared)
    return prepared
  }
}

function prepare(schema: GraphQLSchema, limits: Limits, query: string): PreparedDocument {
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

/** Keeps the specific code with which a value in the document is refused, as for a value in a variable. */
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

/**
 * Returns the maximum in a document of how often a field has the same name in one selection, including inline
 * fragments. Validation compares all of them pairwise.
 */
function repeatsOf(document: DocumentNode): number {
  let most = 0
  visit(document, {
    SelectionSet: (set) => {
      const times = new Map<string, number>()
      count(set, times)
      for (const each of times.values()) most = Math.max(most, each)
    },
  })
  return most
}

function count({ selections }: SelectionSetNode, times: Map<string, number>): void {
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') count(selection.selectionSet, times)
    if (selection.kind !== 'Field') continue
    const { value } = selection.alias ?? selection.name
    times.set(value, (times.get(value) ?? 0) + 1)
  }
}

/** A fragment that is being visited, and the fragments around it. */
type Path = { readonly name: string; readonly around: Path } | undefined

type NodeAtPath<T> = { readonly node: T; readonly path: Path }

/**
 * Counts the comparisons with which validation checks that fields of one name are compatible: every two fields and
 * every two spreads that meet in one place, through fragments, and each name with each spread there. The document need
 * not be valid. Counting stops beyond `most`.
 */
export function comparisonsOf(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions) if (node.kind === 'FragmentDefinition') fragments.set(node.name.value, node)
  const reached = new Set<string>()
  let count = 0

  /** Visits selections that are merged into one. */
  const look = (sets: readonly NodeAtPath<SelectionSetNode>[]): void => {
    const fields = new Map<string, NodeAtPath<FieldNode>[]>()
    const met = new Set<string>()
    let spreads = 0
    const collect = ({ selections }: SelectionSetNode, path: Path): void => {
      for (const node of selections) {
        if (++count > most) return
        if (node.kind === 'InlineFragment') collect(node.selectionSet, path)
        else if (node.kind === 'Field') {
          const name = node.alias?.value ?? node.name.value
          const placed = fields.get(name) ?? []
          fields.set(name, placed)
          placed.push({ node, path })
        } else {
          spreads++
          const name = node.name.value
          const fragment = fragments.get(name)
          if (!fragment || met.has(name) || isWithin(name, path)) continue
          met.add(name)
          reached.add(name)
          collect(fragment.selectionSet, { name, around: path })
        }
      }
    }
    for (const { node, path } of sets) collect(node, path)
    count += pairsOf(spreads) + fields.size * spreads
    for (const placed of fields.values()) {
      count += pairsOf(placed.length)
      if (count > most) return
      const inner = placed.flatMap(({ node, path }) => (node.selectionSet ? [{ node: node.selectionSet, path }] : []))
      if (inner.length > 0) look(inner)
    }
  }

  for (const node of document.definitions) {
    if (node.kind === 'OperationDefinition') look([{ node: node.selectionSet, path: undefined }])
  }
  for (const [name, { selectionSet }] of fragments) {
    if (!reached.has(name)) look([{ node: selectionSet, path: { name, around: undefined } }])
  }
  return count
}

const pairsOf = (number: number): number => (number * (number - 1)) / 2

function isWithin(name: string, path: Path): boolean {
  for (let each = path; each; each = each.around) if (each.name === name) return true
  return false
}
