import type { Document } from 'yaml'
import { isMap, isScalar, parseDocument } from 'yaml'
import { textSourceLimits } from '@guichet/domain'

/** A file in parts, which are the file when they are put together again. */
export type FileParts = {
  /** All that stands before the text: a byte order mark, the front matter, blank lines. */
  readonly head: string
  readonly body: string
  /** The white space behind the text. */
  readonly tail: string
}

/** What the front matter of a file says: the values by their keys, and what is wrong with it. */
export type FrontMatter = {
  readonly values: Readonly<Record<string, unknown>>
  readonly fault?: { readonly code: FrontMatterCode; readonly reason: string }
}

type FrontMatterCode = 'front_matter_broken' | 'front_matter_open' | 'front_matter_unread'

/** Why a file is refused by its front matter. */
export type FrontMatterRefusal = {
  readonly refused: 'front_matter_unsafe' | 'front_matter_too_long'
  readonly reason: string
}

/** How often the aliases of a front matter may be resolved: none needs any, and nested ones grow without a bound. */
const maxAliasCount = 20

/** How deep the values of a front matter may lie in one another. */
const maxDepth = 20

const isTooDeep = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isTooDeep(each, levels - 1)))

/** A line of a text with its end, from an index on. */
function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? text.length : end + 1)
}

/** Where the front matter stands in a text: its YAML, and where it ends. `close` is undefined where nothing ends it. */
function fences(
  text: string,
):
  | { readonly kind: string; readonly start: number; readonly end: number; readonly close: number | undefined }
  | undefined {
  const mark = text.startsWith('\ufeff') ? 1 : 0
  const opening = lineAt(text, mark)
  const kind = opening.trimEnd()
  if (kind !== '---' && kind !== '+++') return undefined
  const start = mark + opening.length
  for (let at = start; at < text.length;) {
    const line = lineAt(text, at)
    if (line.trimEnd() === kind) return { kind, start, end: at, close: at + line.length }
    at += line.length
  }
  return { kind, start, end: text.length, close: undefined }
}

/** Takes a file apart. */
export function partsOf(text: string): FileParts {
  const fence = fences(text)
  let at = fence?.close ?? (text.startsWith('\ufeff') ? 1 : 0)
  while (at < text.length) {
    const line = lineAt(text, at)
    if (line.trim() !== '') break
    at += line.length
  }
  const body = text.slice(at).trimEnd()
  return { head: text.slice(0, at), body, tail: text.slice(at + body.length) }
}

/** Reads the front matter of a file, as far as it can be read. */
export function readFrontMatter(text: string): FrontMatter | FrontMatterRefusal {
  const fence = fences(text)
  if (!fence) return { values: {} }
  const { kind, start, end, close } = fence
  if (close === undefined)
    return { values: {}, fault: { code: 'front_matter_open', reason: `no line ${kind} ends the front matter` } }
  if (close > textSourceLimits.head)
    return {
      refused: 'front_matter_too_long',
      reason: `the front matter has more than ${textSourceLimits.head} characters`,
    }
  if (kind !== '---')
    return { values: {}, fault: { code: 'front_matter_unread', reason: 'front matter in TOML is kept, and not read' } }
  try {
    const document = parse(text.slice(start, end))
    const data: unknown = document.toJS({ maxAliasCount })
    if (isTooDeep(data, maxDepth)) throw new RangeError('the values lie too deep')
    const [error] = document.errors
    const values = isRecord(data) ? data : {}
    if (error) {
      const line = error.linePos?.[0].line
      const place = line === undefined ? '' : `line ${line + 1}: `
      return {
        values,
        fault: { code: 'front_matter_broken', reason: `${place}${error.message.split('\n', 1)[0] ?? ''}` },
      }
    }
    if (data === null || isRecord(data)) return { values }
    return { values, fault: { code: 'front_matter_broken', reason: 'the front matter has no keys' } }
  } catch (error) {
    // A RangeError is what is nested too deep for the stack.
    const isNested = error instanceof RangeError
    const reason = isNested ? 'is nested too deep' : `its aliases grow too large (at most ${maxAliasCount})`
    return { refused: 'front_matter_unsafe', reason: `the front matter ${reason}` }
  }
}

const parse = (yaml: string): Document.Parsed =>
  parseDocument(yaml, { logLevel: 'silent', prettyErrors: true, schema: 'core', merge: false })

/** Whether a value of a front matter has keys. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The values of a front matter whose indentation was lost, by those of another language: a key that has values below it
 * there has none here, and these stand beside it. The names of such keys, none in most files.
 */
export function restoreIndentation(
  values: FrontMatter['values'],
  reference: FrontMatter['values'],
): { readonly values: FrontMatter['values']; readonly keys: readonly string[] } {
  const restored: Record<string, unknown> = { ...values }
  const keys: string[] = []
  for (const [key, below] of Object.entries(reference)) {
    if (!isRecord(below) || !Object.hasOwn(values, key) || values[key] !== null) continue
    const lost = Object.keys(below).filter((each) => Object.hasOwn(values, each) && !Object.hasOwn(reference, each))
    if (lost.length === 0) continue
    restored[key] = Object.fromEntries(lost.map((each) => [each, values[each]]))
    keys.push(key)
  }
  return { values: restored, keys }
}

/**
 * Writes values into the front matter of a file: what stands for each of them is replaced, and all else stays as it was
 * written. A file without front matter is given one.
 * @returns the head with the values; undefined where its front matter is broken, or none that is read.
 */
export function writeFrontMatter(head: string, values: Readonly<Record<string, unknown>>): string | undefined {
  const fence = fences(head)
  const eol = head.includes('\r\n') ? '\r\n' : '\n'
  if (!fence) {
    const mark = head.startsWith('\ufeff') ? '\ufeff' : ''
    const lines = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}${eol}`)
    return `${mark}---${eol}${lines.join('')}---${eol}${eol}`
  }
  if (fence.kind !== '---' || fence.close === undefined) return undefined
  if ('refused' in readFrontMatter(head)) return undefined
  let yaml = head.slice(fence.start, fence.end)
  for (const [key, value] of Object.entries(values)) {
    const written = withValue(yaml, key, value, eol)
    if (written === undefined) return undefined
    yaml = written
  }
  return `${head.slice(0, fence.start)}${yaml}${head.slice(fence.end)}`
}

function withValue(yaml: string, key: string, value: unknown, eol: string): string | undefined {
  const document = parse(yaml)
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return undefined
  const pair = document.contents?.items.find((each) => isScalar(each.key) && each.key.value === key)
  const text = JSON.stringify(value)
  let written: string
  if (!pair) written = `${yaml}${yaml === '' || yaml.endsWith('\n') ? '' : eol}${key}: ${text}${eol}`
  else {
    const [start, end] = (pair.value as { readonly range?: readonly [number, number, number] } | null)?.range ?? [0, 0]
    const former = yaml.slice(start, end)
    const before = yaml.slice(0, start)
    const space = /[ \t]$/.test(before) ? '' : ' '
    written = `${before}${space}${text}${former.endsWith('\n') ? eol : ''}${yaml.slice(end)}`
  }
  const check = parse(written)
  const data: unknown = check.errors.length === 0 ? check.toJS({ maxAliasCount }) : undefined
  return isRecord(data) && JSON.stringify(data[key]) === JSON.stringify(value) ? written : undefined
}
