import type { LogRecord } from './log-row.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Returns whether a value is an object with fields. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the value at a path such as `requester.name`. Each step is a field or an index of a list. */
export function valueAt(value: unknown, path: string): { readonly found: boolean; readonly value?: unknown } {
  if (typeof value !== 'object' || value === null) return { found: false }
  if (Object.hasOwn(value, path)) return { found: true, value: (value as JsonObject)[path] }
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const step = path.slice(0, dot)
    if (!Object.hasOwn(value, step)) continue
    const deeper = valueAt((value as JsonObject)[step], path.slice(dot + 1))
    if (deeper.found) return deeper
  }
  return { found: false }
}

/**
 * Returns a JSON object as a record. `onLookup` is called with each requested path and whether it exists, even if
 * empty.
 */
export function jsonRecord(object: JsonObject, onLookup: (path: string, found: boolean) => void): LogRecord {
  const find = (place: unknown, path: string): unknown => {
    const { found, value } = valueAt(place, path)
    onLookup(path, found)
    return value
  }
  const asText = textsOf()
  return {
    text: (path) => asText(find(object, path)),
    unwind: (list) => {
      const elements = find(object, list)
      return Array.isArray(elements) ? unwound(elements) : undefined

      function* unwound(items: readonly unknown[]): Generator<LogRecord> {
        for (const item of items)
          yield { text: (path) => textIn(item, path), unwind: () => undefined, element: () => json(item) }
      }
      function textIn(item: unknown, path: string): string | undefined {
        if (path === list) return asText(item)
        if (!path.startsWith(`${list}.`)) return asText(find(object, path))
        const { found, value } = valueAt(item, path.slice(list.length + 1))
        onLookup(path, found)
        return asText(value)
      }
    },
  }
}

/** Returns a converter of values to text. A list or an object is serialised once, even for many rows. */
function textsOf(): (value: unknown) => string | undefined {
  const written = new WeakMap<object, string>()
  return (value) => {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'object') return String(value)
    const text = written.get(value) ?? JSON.stringify(value)
    written.set(value, text)
    return text
  }
}

/** Serialises a value; empty if it has more levels than the call stack. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return ''
    throw error
  }
}
