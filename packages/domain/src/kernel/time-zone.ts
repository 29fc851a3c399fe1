import { z } from 'zod'

function isTimeZone(name: string): boolean {
  try {
    return /^[a-z]/i.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The name of an IANA time zone, such as `Europe/Paris`. */
export const timeZoneSchema = z
  .string()
  .max(100)
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4')
