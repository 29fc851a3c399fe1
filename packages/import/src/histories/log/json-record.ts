import type { LogRecord } from './log-row.ts'

/** A parsed JSON object, whose values have not been checked. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Returns whether a value is an object with fields. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the value at a path such as `requester.name`. Each step is a field or an index of a list. */
export function valueAt(value: unknown, path: string): { readonly exists: boolean; readonly value?: unknown } {
  if (typeof value !== 'object' || value === null) return { exists: false }
  if (Object.hasOwn(value, path)) return { exists: true, value: (value as JsonObject)[path] }
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const step = path.slice(0, dot)
    if (!Object.hasOwn(value, step)) continue
    const deeper = valueAt((value as JsonObject)[step], path.slice(dot + 1))
    if (deeper.exists) return deeper
  }
  return { exists: false }
}

/**
 * Returns a JSON object as a record. `onLookup` is called with each requested path and whether it exists, even if
 * empty. A path such as `users[requester_id].name` leads to the element of the list `users`, of the object or of the document
 * around it, whose `id` is the value at `requester_id`; `cc_ids[author_id]` to an element that is this value.
 */
export function jsonRecord(
  object: JsonObject,
  onLookup: (path: string, exists: boolean) => void,
  document: unknown = object,
): LogRecord {
  const find = (place: unknown, path: string): unknown => {
    const { exists, value } = valueAt(place, path)
    onLookup(path, exists)
    return value
  }
  const asText = textsOf()
  const related = (path: string, textAt: (path: string) => string | undefined): string | undefined => {
    const [, list = '', key = '', field] = relation.exec(path) ?? []
    const ownList = valueAt(object, list)
    const lists = ownList.exists ? ownList : valueAt(document, list)
    onLookup(path, lists.exists)
    const id = lists.exists ? textAt(key) : undefined
    const element = id === undefined ? undefined : elementsOf(lists.value).get(id)
    if (element === undefined) return undefined
    return field === undefined ? id : asText(valueAt(element, field).value)
  }
  const read = (path: string, textAt: (path: string) => string | undefined): string | undefined =>
    relation.test(path) && !Object.hasOwn(object, path) ? related(path, textAt) : textAt(path)
  const ofObject = (path: string): string | undefined => asText(find(object, path))
  return {
    text: (path) => read(path, ofObject),
    unwind: (list) => {
      const elements = find(object, list)
      return Array.isArray(elements) ? unwound(elements) : undefined

      function* unwound(items: readonly unknown[]): Generator<LogRecord> {
        for (const item of items)
          yield {
            text: (path) => read(path, (one) => textIn(item, one)),
            unwind: () => undefined,
            element: () => json(item),
          }
      }
      function textIn(item: unknown, path: string): string | undefined {
        if (path === list) return asText(item)
        if (!path.startsWith(`${list}.`)) return ofObject(path)
        const { exists, value } = valueAt(item, path.slice(list.length + 1))
        onLookup(path, exists)
        return asText(value)
      }
    },
  }
}

/** A list, the path of an id, and the path of a value in the element of that id. */
const relation = /^([^[\]]+)\[([^[\]]+)\](?:\.(.+))?$/

const elementsById = new WeakMap<readonly unknown[], ReadonlyMap<string, unknown>>()

/** Returns the elements of a list, or a single value, by their ids. */
function elementsOf(value: unknown): ReadonlyMap<string, unknown> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const index = elementsById.get(list)
  if (index) return index
  const ids = new Map(
    list.flatMap((element) => {
      const id = isObject(element) ? element['id'] : element
      return typeof id === 'string' || typeof id === 'number' ? [[String(id), element] as const] : []
    }),
  )
  elementsById.set(list, ids)
  return ids
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
