/** In milliseconds. */
export type Sharing = {
  /** For how long an answer is given again. */
  readonly kept: number
  /** After how long work that has not ended is begun anew. */
  readonly givenUpAfter: number
}

/** Does one piece of work at a time: whoever asks meanwhile, or shortly after, is given the answer of the last one. */
export function sharedAnswer<T>(
  work: () => Promise<T>,
  { kept, givenUpAfter }: Sharing,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly answer: Promise<T>; until: number } | undefined
  return () => {
    if (last && now() < last.until) return last.answer
    const begun = { answer: work(), until: now() + givenUpAfter }
    const ended = (): void => void (begun.until = now() + kept)
    begun.answer.then(ended, ended)
    last = begun
    return begun.answer
  }
}
