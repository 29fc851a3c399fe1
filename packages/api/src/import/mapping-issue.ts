import type { z } from 'zod'
import { placesOf } from '../fault/places-of-issue.ts'

/** The first fault of a mapping in words: the path of the field, and what it may be. */
export function inWords(issues: readonly z.core.$ZodIssue[]): string {
  const [{ path, message } = { path: [], message: 'is not valid' }] = issues.flatMap(placesOf)
  return `${path.join('.') || 'the mapping'}: ${message}`
}
