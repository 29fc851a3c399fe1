import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssue } from './validation.ts'

const messageOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, describeIssue).error?.issues[0]?.message

it('states whether a bound itself is allowed', () => {
  expect(messageOf(z.number().gt(0), 0)).toBe('must be more than 0')
  expect(messageOf(z.number().lt(1), 1)).toBe('must be less than 1')
  expect(messageOf(z.number().min(0), -1)).toBe('must be 0 or more')
  expect(messageOf(z.int().max(1), 2)).toBe('must be 1 or less')
  expect(messageOf(z.int().positive(), 0)).toBe('must be more than 0')
  expect(messageOf(z.string().max(2), 'abc')).toBe('must have 2 characters at most')
  expect(messageOf(z.array(z.int()).max(1), [1, 2])).toBe('must have 1 entries at most')
})
