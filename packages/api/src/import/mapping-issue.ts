import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** Says what a field may be, where the schema does not say it itself. For `safeParse` of a mapping. */
export const allowed: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return `there is no field ${issue.keys.join(', ')}`
    case 'too_small':
      return issue.origin === 'number' ? `must be ${issue.minimum} or more` : 'must not be empty'
    case 'too_big':
      return `must ${issue.origin === 'number' ? 'be' : 'have'} ${issue.maximum} ${units[issue.origin] ?? 'at most'}`
    default:
      return undefined
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}
const units: Readonly<Record<string, string>> = {
  number: 'or less',
  string: 'characters at most',
  array: 'entries at most',
}

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
