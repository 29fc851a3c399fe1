/** A library that computes business time with whole minutes, in the time zone of the process. */
export type CalendarPeer = {
  readonly add: (from: number, minutes: number) => number
  readonly between: (from: number, to: number) => number
}

/**
 * dayjs-business-time, with the same ranges on weekdays and the same holidays for all who use it in this process.
 * @throws Error in one line when it is not installed: it comes with the repository, not with the package.
 */
export async function openCalendarPeer(ranges: readonly string[], holidays: readonly string[]): Promise<CalendarPeer> {
  const [{ default: dayjs }, { default: businessTime }] = await Promise.all([
    import('dayjs'),
    import('dayjs-business-time'),
  ]).catch((cause: unknown) => {
    throw new Error('the bench compares with dayjs-business-time: run it in a clone, after npm ci', { cause })
  })
  dayjs.extend(businessTime)
  const day = ranges.map((range) => ({ start: `${range.slice(0, 5)}:00`, end: `${range.slice(6)}:00` }))
  dayjs.setBusinessTime({
    monday: day,
    tuesday: day,
    wednesday: day,
    thursday: day,
    friday: day,
    saturday: null,
    sunday: null,
  })
  dayjs.setHolidays([...holidays])
  return {
    add: (from, minutes) => dayjs(from).addBusinessMinutes(minutes).valueOf(),
    between: (from, to) => dayjs(from).businessMinutesDiff(dayjs(to)),
  }
}
