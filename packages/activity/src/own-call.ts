let isUnderWay = false

/** Whether a request that begins now is one of the helper itself. */
export const isOwnCall = (): boolean => isUnderWay

/** Makes a call whose requests are those of the helper itself: those that it begins before it returns. */
export function ownCall<Result>(run: () => Result): Result {
  isUnderWay = true
  try {
    return run()
  } finally {
    isUnderWay = false
  }
}
