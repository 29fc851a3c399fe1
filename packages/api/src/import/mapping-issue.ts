import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** The first fault of a mapping in words: the path of the field, and what it may be. */
export function inWords(issues: readonly Issue[]): string {
  const { path, message } = innermost(issues)
  return `${path.join('.') || 'the mapping'}: ${message}`
}

/** Of several forms that a field may have, the one that was meant knows better what is wrong. */
function innermost(issues: readonly Issue[]): Pick<Issue, 'path' | 'message'> {
  const [issue] = issues
  if (!issue) return { path: [], message: 'is not valid' }
  if (issue.code !== 'invalid_union') return issue
  const meant = issue.errors.filter((form) => form.every(({ path }) => path.length > 0))
  if (meant.length !== 1) return issue
  const { path, message } = innermost(meant[0] ?? [])
  return { path: [...issue.path, ...path], message }
}
