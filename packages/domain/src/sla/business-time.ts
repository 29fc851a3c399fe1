/** How time passes for a clock: on a calendar, or around the clock. All in milliseconds, instants since 1970 UTC. */
export type BusinessTime = {
  /** When so much business time has passed after an instant. */
  add(from: number, length: number): number
  /** How much business time passes from one instant to a later one. */
  between(from: number, to: number): number
}

/** Time that never stands still: for contracts of 24 hours on 7 days. */
export const aroundTheClock: BusinessTime = {
  add: (from, length) => from + length,
  between: (from, to) => to - from,
}
