import type { Bearer } from '../../server/testing/tokens.ts'
import type { Canaries } from './canaries.ts'
import { readers } from './readers.ts'

/** What answers show, and what is wrong with them. */
export type Inspection = {
  /** Looks through a whole answer, headers included, and through the data in it. */
  look(viewer: Bearer | undefined, road: string, text: string, data: unknown): void
  /** What somebody was shown that they must not be, each once. */
  faults(): readonly string[]
  /** The fields that somebody has been shown something in, by `Type.field`. */
  filled(): ReadonlySet<string>
}

/** Nothing looked at yet. */
export function createInspection(canaries: Canaries): Inspection {
  const faults = new Set<string>()
  const filled = new Set<string>()

  const lookAt = (value: unknown, viewer: Bearer | undefined, road: string): void => {
    if (typeof value === 'string') return lookInside(value, viewer, road)
    if (Array.isArray(value)) return value.forEach((each) => lookAt(each, viewer, road))
    if (typeof value !== 'object' || value === null) return
    const { ['__typename']: type } = value as Readonly<Record<string, unknown>>
    for (const [key, inner] of Object.entries(value)) {
      const field = key.split('__').at(-1) ?? key
      if (typeof type === 'string' && key !== '__typename' && !isEmpty(inner)) {
        filled.add(`${type}.${field}`)
        const allowed = readers.get(`${type}.${field}`)
        if (!viewer || (allowed && !allowed.includes(viewer.role))) {
          faults.add(`${viewer?.role ?? 'nobody'}, by ${road}: ${type}.${field} is answered`)
        }
      }
      lookAt(inner, viewer, road)
    }
  }
  /** Cursors and global ids are texts in base 64. */
  const lookInside = (value: string, viewer: Bearer | undefined, road: string): void => {
    if (!/^[\w+/=-]{12,}$/.test(value)) return
    const decoded = Buffer.from(value, 'base64').toString()
    for (const name of canaries.forbidden(decoded, viewer)) {
      faults.add(`${viewer?.id ?? 'nobody'}, by ${road}: ${name}, inside ${value}`)
    }
  }

  return {
    look: (viewer, road, text, data) => {
      for (const name of canaries.forbidden(text, viewer)) faults.add(`${viewer?.id ?? 'nobody'}, by ${road}: ${name}`)
      lookAt(data, viewer, road)
    },
    faults: () => [...faults].sort(),
    filled: () => filled,
  }
}

const isEmpty = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)
