/**
 * Ascending numbers from 0 up to a bound, in which a place is found at once: for each of as many equal steps towards the bound as
 * there are numbers it is known where to look.
 */
export type Ascending = {
  readonly numbers: Float64Array
  readonly stepsPerUnit: number
  readonly places: Int32Array
}

/** Ascending numbers, ready to be searched for values from 0 to a bound. */
export function ascending(numbers: Float64Array, bound: number): Ascending {
  const stepsPerUnit = bound > 0 ? numbers.length / bound : 0
  const places = new Int32Array(numbers.length + 1)
  let place = -1
  for (let step = 0; step < places.length; step++) {
    while ((numbers[place + 1] ?? Infinity) * stepsPerUnit < step) place++
    places[step] = place
  }
  return { numbers, stepsPerUnit, places }
}

/** The place of the last number that is less than a value between 0 and the bound; -1 when none is. */
export function lastBelow({ numbers, stepsPerUnit, places }: Ascending, value: number): number {
  let place = places[Math.floor(value * stepsPerUnit)] ?? -1
  while ((numbers[place + 1] ?? Infinity) < value) place++
  return place
}
