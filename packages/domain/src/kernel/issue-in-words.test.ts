import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssue } from './validation.ts'

const told = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, describeIssue).error?.issues[0]?.message

it('states whether a bound itself is allowed', () => {
  expect(told(z.number().gt(0), 0)).toBe('must be more than 0')
  expect(told(z.number().lt(1), 1)).toBe('must be less than 1')
  expect(told(z.number().min(0), -1)).toBe('must be 0 or more')
  expect(told(z.int().max(1), 2)).toBe('must be 1 or less')
  expect(told(z.int().positive(), 0)).toBe('must be more than 0')
  expect(told(z.string().max(2), 'abc')).toBe('must have 2 characters at most')
  expect(told(z.array(z.int()).max(1), [1, 2])).toBe('must have 1 entries at most')
})
