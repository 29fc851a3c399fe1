/** The longest time a timer can be set to, in milliseconds; one set to more fires at once. */
const longestTimer = 2 ** 31 - 1

/** Calls back at an instant (milliseconds since 1970), at once if it has passed, until the returned function is called. */
export function atInstant(at: number, call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    const left = at - Date.now()
    if (left <= 0) call()
    else timer = setTimeout(wait, Math.min(left, longestTimer))
  }
  wait()
  return () => clearTimeout(timer)
}
