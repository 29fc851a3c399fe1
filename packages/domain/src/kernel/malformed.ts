import type { z } from 'zod'
import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'

/** The refusal of what a schema rejects: its first issue, with the path of the faulty field, or `root` for the whole. */
export function malformed(error: z.ZodError, root = ''): Refusal {
  const [issue] = error.issues
  const path = issue?.path.join('.') || root
  return refusal('invalid_command', {
    message: `${path || 'command'}: ${issue?.message}`,
    ...(path && { field: path }),
  })
}
