import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssue, malformed } from './validation.ts'
import { printable } from './values.ts'

const schema = z.strictObject({
  id: z.string().min(1).max(3),
  customer: z.object({ name: z.string() }).optional(),
  count: z.int().min(2).max(4).optional(),
  kind: z.enum(['a', 'b']).optional(),
  said: printable(5).optional(),
  email: z.email().optional(),
  part: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]).optional(),
})

describe('a value that a schema rejects', () => {
  it.each([
    [undefined, 'command: is missing', undefined],
    [{}, 'id: is missing', 'id'],
    [{ id: 1 }, 'id: must be a text', 'id'],
    [{ id: '' }, 'id: must not be empty', 'id'],
    [{ id: 'abcd' }, 'id: must have 3 characters at most', 'id'],
    [{ id: 'a', customer: null }, 'customer: must be an object', 'customer'],
    [{ id: 'a', customer: {} }, 'customer.name: is missing', 'customer.name'],
    [{ id: 'a', count: 1 }, 'count: must be 2 or more', 'count'],
    [{ id: 'a', count: 5 }, 'count: must be 4 or less', 'count'],
    [{ id: 'a', count: 2.5 }, 'count: must be a whole number', 'count'],
    [{ id: 'a', kind: 'c' }, 'kind: must be one of a, b', 'kind'],
    [{ id: 'a', email: 'x' }, 'email: is not an e-mail address', 'email'],
    [{ id: 'a', part: {} }, 'part: has no known form', 'part'],
    [{ id: 'a', said: '\ud800' }, 'said: must not contain control characters or halves of surrogate pairs', 'said'],
    [{ id: 'a', unknown: 1 }, 'unknown: there is no field unknown', 'unknown'],
  ])('%j gets the message: %s', (value, message, field) => {
    const { error } = schema.safeParse(value, describeIssue)
    expect(error && malformed(error)).toEqual({ code: 'invalid_command', message, ...(field && { field }) })
  })
})
