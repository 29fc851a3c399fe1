/** The shortest and the longest wait before another attempt, in milliseconds. */
const shortest = 500
const longest = 30_000

/**
 * The wait before an attempt, counted from 0, in milliseconds: anything from half a second to a limit that doubles up
 * to 30 seconds (full jitter), so that the visitors of a server that comes back do not all come at once.
 */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const limit = Math.min(longest, 1_000 * 2 ** Math.min(attempt, 10))
  return shortest + random() * (limit - shortest)
}
