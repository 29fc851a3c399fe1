import type { LogRecord } from './shape.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with fields. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is at a path such as `requester.name`, where each step is a field or the place in a list. */
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

/** A JSON object as a record. `onLookup` is told of each path that is asked for, and whether it is there, even if it holds nothing. */
export function jsonRecord(object: JsonObject, onLookup: (path: string, found: boolean) => void): LogRecord {
  const find = (place: unknown, path: string): unknown => {
    const { found, value } = valueAt(place, path)
    onLookup(path, found)
    return value
  }
  return {
    text: (path) => asText(find(object, path)),
    unwind: (list) => {
      const elements = find(object, list)
      if (!Array.isArray(elements)) return undefined
      return elements.map((element: unknown) => ({
        text: (path) => {
          if (path === list) return asText(element)
          if (!path.startsWith(`${list}.`)) return asText(find(object, path))
          const { found, value } = valueAt(element, path.slice(list.length + 1))
          onLookup(path, found)
          return asText(value)
        },
        unwind: () => undefined,
      }))
    },
  }
}

function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
