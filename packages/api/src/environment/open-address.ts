import { z } from 'zod'

/**
 * The address of an HTTP service that may be shown, at most 2,000 characters.
 * @param refusal what is said of one that holds a user or a password.
 */
export const openAddress = (refusal: string): z.ZodType<string, string> =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .max(2_000)
    .refine((url) => !holdsPassword(url), refusal)

function holdsPassword(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && url.username + url.password !== ''
}
