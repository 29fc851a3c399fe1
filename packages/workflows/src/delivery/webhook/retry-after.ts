const longestMs = 86_400_000

/**
 * How many milliseconds a receiver wants to be left alone, by the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a
 * date; a day at most. Undefined without the header, or for one that cannot be read.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs)
}
