import { z } from 'zod'

const personIdPattern = /^(?!\s)[^\p{Cc}\p{Surrogate}\u2028\u2029]*(?<!\s)$/u

/**
 * An id of somebody, as an identity provider makes it, such as `auth0|5f7c8e`: 1 to 200 characters on one line, none of them a
 * control character, no space at either end.
 */
export const personId = z
  .string()
  .min(1)
  .max(200)
  .regex(personIdPattern, 'must hold no control characters, no halves of surrogate pairs and no space at either end')
