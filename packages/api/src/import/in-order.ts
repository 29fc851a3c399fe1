/** Hands results on in the order of their numbers, from `first` on without gaps, whatever order they come in. */
export function inOrder<T>(first: number, handOn: (result: T) => Promise<void>) {
  const early = new Map<number, T>()
  let next = first
  let handing = Promise.resolve()

  const flush = async (): Promise<void> => {
    for (let result = early.get(next); result !== undefined; result = early.get(next)) {
      early.delete(next++)
      await handOn(result)
    }
  }
  return (number: number, result: T): Promise<void> => {
    early.set(number, result)
    handing = handing.then(flush)
    return handing
  }
}
