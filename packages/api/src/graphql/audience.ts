/** Who listens to something that is read only while anybody does. */
type Audience = {
  /**
   * Begins to read for the first who comes, and resolves when it has begun.
   * @param left called once when the listener leaves, also where reading cannot begin.
   * @returns how to leave.
   */
  join(left: () => void): Promise<() => void>
  /** The reading that was begun last; undefined while nobody listens. */
  reading(): object | undefined
}

/**
 * Creates an audience without listeners.
 * @param begin begins to read, and returns how to stop.
 * @param ended called when the last listener has left.
 */
export function createAudience(begin: () => Promise<() => void>, ended: () => void = () => undefined): Audience {
  let listening = 0
  let reading: Promise<() => void> | undefined
  return {
    join: async (left) => {
      listening++
      let present = true
      const leave = (): void => {
        if (!present) return
        present = false
        left()
        if (--listening > 0) return
        void reading?.then((stop) => stop()).catch(() => undefined)
        reading = undefined
        ended()
      }
      try {
        await (reading ??= begin())
      } catch (error) {
        leave()
        throw error
      }
      return leave
    },
    reading: () => reading,
  }
}
