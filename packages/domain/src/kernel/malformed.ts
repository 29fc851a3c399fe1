import type { z } from 'zod'
import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'

/** The refusal of what a schema rejects: its first issue, with the path of the faulty field, or `root` for the whole. */
export function malformed(error: z.ZodError, root = ''): Refusal {
  const [issue] = error.issues
  const path = faultyPath(issue) || root
  return refusal('invalid_command', {
    message: `${path || 'command'}: ${issue?.message}`,
    ...(path && { field: path }),
  })
}

/** A field that nobody knows is the faulty one, not the object that holds it. */
function faultyPath(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return ''
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return [...issue.path, ...unknown].join('.')
}
