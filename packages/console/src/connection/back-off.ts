/** The shortest and the longest wait before an attempt, in milliseconds. */
const shortest = 500
const longest = 30_000

/** How a WebSocket is closed by a server that stops. */
const goingAway = 1001
/** How a page closes its own WebSocket, which has lost the server or has another token. */
export const terminated = 4499

/** Within what time the first attempt to connect again comes, in milliseconds, by how the connection was closed. */
const firstLimits: ReadonlyMap<number, number> = new Map([
  // A server that stops closes 500 connections a second, and a visitor without one for 15 seconds counts as gone.
  [goingAway, 14_000],
  // Pages do that each at its own time.
  [terminated, 1_000],
])
/** With any other code, a server with thousands of connections may have been killed. */
const otherLimit = 20_000

/**
 * The wait before a request is sent again, in milliseconds; attempts are counted from 0. Anything from half a second to a
 * limit that doubles from one second up to 30 (full jitter).
 */
export const retryDelay = (attempt: number, random: () => number = Math.random): number =>
  anywhereUpTo(1_000, attempt, random)

/**
 * The wait before a lost connection is made again, in milliseconds; attempts are counted from 0. `code` says how the
 * connection was closed. The waits are so long that 5,000 clients of a server that stops or is killed come back at a rate
 * of at most 500 in a second, however long it takes until a server answers.
 */
export const reconnectDelay = (attempt: number, code: number, random: () => number = Math.random): number =>
  anywhereUpTo(firstLimits.get(code) ?? otherLimit, attempt, random)

function anywhereUpTo(firstLimit: number, attempt: number, random: () => number): number {
  const limit = Math.min(longest, firstLimit * 2 ** Math.min(attempt, 10))
  return shortest + random() * (limit - shortest)
}
