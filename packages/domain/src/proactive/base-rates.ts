/** The fingerprint that stands for trouble of any kind: no kind of an activity has this name. */
export const anyTrouble = '*'

/**
 * How often a healthy person meets trouble by chance, a day: one trouble, and any. They count until a desk has learned
 * its own rates.
 */
export const usualRates = { one: 0.05, any: 0.3 } as const

/** How many days a desk learns from: those before the present one, so that an incident of today is none of them. */
export const learnedDays = 7

/** On how many of them there must be activities before the desk knows what is usual. */
export const fewestLearnedDays = 3

/** As how many days of people the usual rates count beside what a desk has counted itself. */
const priorDays = 100

/**
 * How often a person counts on a day at most, for one trouble and for any: whoever meets more has trouble of their own,
 * which does not make it usual for others.
 */
export const mostCountedADay = 3

/**
 * What a desk has counted of the critical activities of its people, repeats within a minute once, and each person
 * `mostCountedADay` times a day at most.
 */
export type TroubleCounts = {
  /** How often trouble with each fingerprint has happened. */
  readonly counts: ReadonlyMap<string, number>
  /** How often any has happened, but for searches: they are no errors. */
  readonly any: number
  /** For how many days, of all people together: ten people over a week are seventy. */
  readonly personDays: number
}

/**
 * How often trouble with a fingerprint happens to a person a day, by what a desk has counted: the usual rate at first,
 * and its own the more it has counted. The rates are those of kinds and codes, also of what has no code: a product has
 * thousands of pages, and each of them would be met too rarely for a rate of its own.
 */
export function learnedRates({ counts, any, personDays }: TroubleCounts): (fingerprint: string) => number {
  return (fingerprint) => {
    const [count, usual] =
      fingerprint === anyTrouble ? [any, usualRates.any] : [counts.get(fingerprint) ?? 0, usualRates.one]
    return (count + usual * priorDays) / (personDays + priorDays)
  }
}

/**
 * The probability that something that happens `expected` times on average happens at least `count` times by chance
 * (Poisson).
 */
export function atLeast(count: number, expected: number): number {
  let term = Math.exp(-expected)
  let below = 0
  for (let number = 0; number < count; number++) {
    below += term
    term *= expected / (number + 1)
  }
  return Math.max(0, 1 - below)
}
