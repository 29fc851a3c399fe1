import { z } from 'zod'

/** The name of something that a configuration defines: lower case letters, digits, `_` and `-`. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    'must be 1 to 64 lower case letters, digits, _ or -, and begin with a letter or digit',
  )

/** A category as a path of names, such as `technical_support/login_issues`. */
export const categoryPathSchema = z
  .string()
  .max(200)
  .refine(
    (path) => path.split('/').every((name) => /^[a-z0-9][a-z0-9_-]*$/.test(name)),
    'must be a path of names, such as technical_support/login_issues',
  )
