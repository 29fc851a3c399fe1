import type { Keyset } from '@guichet/projections'
import { z } from 'zod'
import { edgeError } from '../../errors/index.ts'

const version = 1
const longestCursor = 2_000

/** Cursors are opaque to clients; they name their version and the list and order they were made by. */
const cursorSchema = z.tuple([z.literal(version), z.string(), z.string().max(500), z.string().max(500)])

/** Writes a place in a list as a cursor. `list` names the list and its order. */
export function toCursor(list: string, { value, id }: Keyset): string {
  return Buffer.from(JSON.stringify([version, list, value, id])).toString('base64url')
}

/** Reads a cursor that this very list made in this very order, or throws `cursor_invalid`. */
export function fromCursor(list: string, cursor: string): Keyset {
  const parsed = cursor.length > longestCursor ? undefined : cursorSchema.safeParse(decode(cursor))
  if (!parsed?.success || parsed.data[1] !== list || parsed.data.some(hasNul)) throw edgeError('cursor_invalid')
  const [, , value, id] = parsed.data
  return { value, id }
}

const hasNul = (part: unknown): boolean => typeof part === 'string' && part.includes('\0')

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
