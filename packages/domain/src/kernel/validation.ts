import type { z } from 'zod'
import type { Refusal } from './refusal.ts'
import { refusal } from './refusal.ts'

/**
 * The refusal for a schema error: its first issue, with the path of the faulty field, or `root` for the whole value.
 */
export function malformed(error: z.ZodError, root = ''): Refusal {
  const [issue] = error.issues
  const path = faultyPath(issue) || root
  return refusal('invalid_command', {
    message: `${path || 'command'}: ${issue?.message}`,
    ...(path && { field: path }),
  })
}

/** An unknown field is the faulty one, not the object that holds it. */
function faultyPath(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return ''
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return [...issue.path, ...unknown].join('.')
}

/**
 * The message of an issue whose schema has none of its own: words that follow the name of a field, such as `is missing`
 * or `must have 200 characters at most`.
 */
const issueInWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return `there is no field ${issue.keys.join(', ')}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return tooBig(issue)
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'has no known form'
    case 'invalid_format':
      return `is not ${formats[issue.format] ?? 'well-formed'}`
    default:
      return undefined
  }
}

const numeric = (origin: string): boolean => origin === 'number' || origin === 'int' || origin === 'bigint'

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

const units: Readonly<Record<string, string>> = {
  string: 'characters at most',
  array: 'entries at most',
}

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'an address of the web',
  datetime: 'an instant such as 2026-03-29T14:00:00Z',
  date: 'a day such as 2026-03-29',
}

/** Options for a schema's `parse`, so that its issues have the messages of this file. */
export const describeIssue = { error: issueInWords } as const

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  if (numeric(origin)) return inclusive === false ? `must be more than ${minimum}` : `must be ${minimum} or more`
  return minimum === 1 ? 'must not be empty' : `must have ${minimum} or more`
}

function tooBig({ origin, maximum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>): string {
  if (!numeric(origin)) return `must have ${maximum} ${units[origin] ?? 'at most'}`
  return inclusive === false ? `must be less than ${maximum}` : `must be ${maximum} or less`
}
