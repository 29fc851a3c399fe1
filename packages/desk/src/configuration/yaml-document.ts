import type { Document, Node, Pair, YAMLMap } from 'yaml'
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Result } from '@guichet/domain'
import { accept, deny } from '@guichet/domain'

/** The limits of a configuration file. A larger one is refused. */
export const yamlLimits = { bytes: 1_048_576, depth: 40, aliases: 100, faults: 100 } as const

/** A YAML file as data, with the places of its parts. */
type YamlDocument = {
  readonly value: unknown
  /** Returns a fault at the place of a path, or of the closest part around it. */
  readonly faultAt: (path: Path, message: string) => ConfigurationFault
}

/**
 * Reads one YAML 1.2 document of plain data: maps, lists, texts, numbers, true, false and null. Tags, merge keys and
 * duplicate keys are refused. Aliases may repeat an anchor, up to a limit.
 * @returns all faults of the text, with their lines.
 */
export function readYaml(text: string): Result<YamlDocument, readonly ConfigurationFault[]> {
  const lines = new LineCounter()
  const at = (offset: number, path: string, message: string): ConfigurationFault => {
    const { line, col } = lines.linePos(offset)
    return { path, line: Math.max(1, line), column: Math.max(1, col), message }
  }
  const whole = (message: string) => deny([at(0, '', message)])
  if (Buffer.byteLength(text) > yamlLimits.bytes) return whole(`must have ${yamlLimits.bytes} bytes at most`)

  let documents: readonly Document.Parsed[]
  try {
    documents = parsed(text, lines)
  } catch (error) {
    if (error instanceof RangeError) return whole('is nested too deeply')
    throw error
  }
  const [document] = documents
  if (!document || document.contents === null) return whole('is empty')
  if (documents.length > 1) return whole('must be one document: there are several, set apart by ---')
  const broken = [...document.errors, ...document.warnings]
  if (broken.some(({ message }) => message.startsWith('Maximum call stack'))) return whole('is nested too deeply')
  if (broken.length > 0) return deny(broken.slice(0, 10).map(({ pos, message }) => at(pos[0], '', message)))
  const unwanted = [...beyondPlainData(document)].map(({ offset, message }) => at(offset, '', message))
  if (unwanted.length > 0) return deny(unwanted.slice(0, yamlLimits.faults))
  const pairs: PairsOfMaps = new WeakMap()
  return accept({
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    faultAt: (path, message) => at(offsetOf(document, path, pairs), written(path), message),
  })
}

function parsed(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  const options = { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, prettyErrors: false } as const
  const documents = parseAllDocuments(text, { ...options, lineCounter })
  return Array.isArray(documents) ? documents : []
}

type YamlFault = { readonly offset: number; readonly message: string }

function* beyondPlainData(document: Document.Parsed): Iterable<YamlFault> {
  const faults: YamlFault[] = []
  let aliases = 0
  const unwanted = (node: Node, message: string): void => void faults.push({ offset: node.range?.[0] ?? 0, message })
  visit(document, {
    Node: (_, node, path) => {
      if (path.filter(isNode).length > yamlLimits.depth) {
        unwanted(node, `must lie ${yamlLimits.depth} deep at most`)
        return visit.SKIP
      }
      if (!isAlias(node) && node.tag !== undefined) unwanted(node, `must be plain data: no tag ${node.tag}`)
      if (isAlias(node) && ++aliases > yamlLimits.aliases) {
        unwanted(node, `is one alias too many: there may be ${yamlLimits.aliases}`)
        return visit.BREAK
      }
      if (isAlias(node) && containsAlias(node.resolve(document))) {
        unwanted(node, 'must stand for something without aliases')
        return visit.BREAK
      }
      if (isMap(node)) for (const key of repeatedKeys(node)) unwanted(key, 'occurs twice: a key may occur once')
      return undefined
    },
    Pair: (_, { key }) => {
      if (isNode(key) && !isScalar(key)) unwanted(key, 'must be the name of a field')
    },
  })
  yield* faults
}

/** Yields the duplicate keys of a map. */
function* repeatedKeys({ items }: YAMLMap): Iterable<Node> {
  const names = new Set<string>()
  for (const { key } of items) {
    if (!isScalar(key)) continue
    const name = String(key.value)
    if (names.has(name)) yield key
    names.add(name)
  }
}

function containsAlias(node: Node | undefined): boolean {
  let isFound = false
  if (node) {
    visit(node, {
      Alias: () => {
        isFound = true
        return visit.BREAK
      },
    })
  }
  return isFound
}

/** The pairs by key of the maps that were visited. */
type PairsOfMaps = WeakMap<YAMLMap, ReadonlyMap<string, Pair>>

function pairsOf(map: YAMLMap, cache: PairsOfMaps): ReadonlyMap<string, Pair> {
  const pairs =
    cache.get(map) ??
    new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])))
  cache.set(map, pairs)
  return pairs
}

/** Returns the offset of a path in the text, or of its longest existing part. */
function offsetOf(document: Document.Parsed, path: Path, pairs: PairsOfMaps): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = pairsOf(node, pairs).get(String(part))
      if (!pair) return offset
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else {
      return offset
    }
  }
  return offset
}

/** Returns whether data is nested deeper than a number of levels, without visiting deeper levels. */
export const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1)))

/** A place in a document: field names and positions in lists, from the outside in. */
export type Path = readonly PropertyKey[]

/** A fault of a configuration, with its place in the file. */
export type ConfigurationFault = {
  /** The field, such as `sla.policies.3.escalateTo`; empty for the whole. */
  readonly path: string
  /** The line from 1, of the field or of the closest existing one. */
  readonly line: number
  /** The column from 1, in characters. */
  readonly column: number
  readonly message: string
}

/** Formats a path for people. */
export const written = (path: Path): string => path.map(String).join('.')
