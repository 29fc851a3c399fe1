import { days } from '../kernel/instant.ts'

/** From `start` on (milliseconds since 1970) the clocks of a zone show UTC plus `offset` milliseconds. */
type Stretch = { readonly start: number; readonly offset: number }

/** The wall clock of a time zone during some span of time. */
export type WallClock = {
  /**
   * The first instant at which the local date and clock have reached a wall time, which is written as if it were UTC, in
   * milliseconds since 1970. A time that the clocks skip is reached when they have skipped it, one that they show twice
   * the first time.
   */
  readonly reaches: (wallTime: number) => number
}

/** In the time-zone database no two changes that undo each other are less than four days apart. */
const probeEvery = days(3)

/**
 * The wall clocks of a time zone, from the time-zone database of the machine (`Intl`).
 * @throws RangeError for a name that the machine does not know.
 */
export function wallClocks(timeZone: string): (from: number, to: number) => WallClock {
  const offsetAt = offsets(timeZone)
  return (from, to) => {
    const stretches = stretchesBetween(offsetAt, from, to)
    return { reaches: (wallTime) => reached(stretches, wallTime) }
  }
}

function reached(stretches: readonly Stretch[], wallTime: number): number {
  for (const [place, { start, offset }] of stretches.entries()) {
    const next = stretches[place + 1]
    const instant = Math.max(start, wallTime - offset)
    if (!next || instant < next.start) return instant
  }
  return wallTime
}

function stretchesBetween(offsetAt: (instant: number) => number, from: number, to: number): readonly Stretch[] {
  let offset = offsetAt(from)
  const stretches: Stretch[] = [{ start: Number.NEGATIVE_INFINITY, offset }]
  for (let probe = from; probe < to; probe += probeEvery) {
    const after = offsetAt(probe + probeEvery)
    if (after === offset) continue
    stretches.push({ start: changeBetween(offsetAt, probe, probe + probeEvery), offset: after })
    offset = after
  }
  return stretches
}

/** The second at which the offset changes, found by halving. */
function changeBetween(offsetAt: (instant: number) => number, from: number, to: number): number {
  let [before, after] = [from / 1000, to / 1000]
  const offset = offsetAt(from)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle * 1000) === offset) before = middle
    else after = middle
  }
  return after * 1000
}

function offsets(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (instant) => {
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = format
      .format(instant)
      .split(/\D+/)
      .map(Number)
    return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000 - instant
  }
}
