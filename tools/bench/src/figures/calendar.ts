import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { CalendarDefinition, Instant } from '@guichet/domain'
import {
  addBusinessMs,
  addBusinessTime,
  businessMsBetween,
  businessTimeBetween,
  compileCalendar,
  instant,
  minutes,
} from '@guichet/domain'
import { minuteByMinute } from '@guichet/domain/testing'
import { publicHolidayTables } from '@guichet/desk/configuration'
import type { Bench, Figure } from '../bench.ts'
import { figure } from '../bench.ts'
import type { Contender } from '../ground.ts'
import { compare } from '../ground.ts'

const office: CalendarDefinition = {
  timeZone: 'Europe/Paris',
  hours: { weekdays: ['09:00-18:00'] },
  breaks: { weekdays: ['12:00-13:00'] },
  holidays: { countries: ['FR'] },
}

/** The same for the peer, which does not support breaks. */
const ranges = ['09:00-12:00', '13:00-18:00']

const unit = 'computations/s'
const target = 1_000_000

/** A query: a minute of the years 2022 to 2029, and either a number of minutes to add or another minute to measure the time to. */
type Question = { readonly from: number; readonly minutes: number; readonly to: number }

/**
 * Measures business time of office hours with lunch, public holidays and daylight saving, on one core: in turn, deadlines up to 40 business
 * hours ahead and the time between instants up to 30 days apart. It compares milliseconds, as in the clocks, with instants and with a check
 * of the local clock at each minute.
 */
export async function calendar({ effort }: Bench): Promise<readonly Figure[]> {
  const holidays = await publicHolidayTables({ office }, { from: 2021, to: 2031 })
  if (!holidays.ok) throw new Error('the holidays of the bench are unknown')
  const { tables } = holidays
  const compiled = compileCalendar(office, tables)
  const peer = await openCalendarPeer(
    ranges,
    (tables['FR'] ?? []).map(({ date }) => date),
  )
  const questions = ask(50_000)
  const asInstants = questions.map(({ from, to, minutes }) => ({ from: written(from), to: written(to), minutes }))

  const rates = await compare(
    {
      guichet: inTurn(
        questions,
        10_000,
        ({ from, minutes: n }) => addBusinessMs(compiled, from, minutes(n)),
        ({ from, to }) => businessMsBetween(compiled, from, to),
      ),
      instants: inTurn(
        asInstants,
        10_000,
        ({ from, minutes: n }) => addBusinessTime(compiled, from, minutes(n)),
        ({ from, to }) => businessTimeBetween(compiled, from, to),
      ),
      peer: inTurn(
        questions,
        10,
        ({ from, minutes: n }) => peer.add(from, n),
        ({ from, to }) => peer.between(from, to),
      ),
      minutes: inTurn(
        questions,
        1,
        ({ from, minutes: n }) => {
          const to = addBusinessMs(compiled, from, minutes(n))
          return minuteByMinute(office, tables, { from, to }).add(from, minutes(n))
        },
        ({ from, to }) => minuteByMinute(office, tables, { from, to }).between(from, to),
      ),
    },
    { clients: 1, ...effort },
  )
  return [
    figure('calendar', unit, rates.guichet, { peer: rates.peer, target }),
    figure('calendar-instants', unit, rates.instants, { peer: rates.peer, target }),
    figure('calendar-minute-by-minute', unit, rates.minutes),
  ]
}

/** Runs both kinds of query in turn, a number of times per call. */
function inTurn<Q>(
  questions: readonly Q[],
  units: number,
  add: (question: Q) => unknown,
  between: (question: Q) => unknown,
): Contender {
  let next = 0
  return {
    units,
    work: () => {
      for (let done = 0; done < units; done++) {
        const question = questions[next++ % questions.length]
        if (question) (next % 2 ? add : between)(question)
      }
      return Promise.resolve()
    },
  }
}

function ask(count: number): readonly Question[] {
  const random = xoroshiro128plus(1)
  const whole = (least: number, most: number): number => uniformInt(random, least, most)
  const [first, last] = [Date.UTC(2022, 0, 1) / minutes(1), Date.UTC(2030, 0, 1) / minutes(1)]
  return Array.from({ length: count }, () => {
    const from = minutes(whole(first, last))
    return { from, minutes: whole(0, 40 * 60), to: from + minutes(whole(0, 30 * 24 * 60)) }
  })
}

const written = (at: number): Instant => instant(new Date(at))

/** A library that computes business time in whole minutes, in the time zone of the process. */
type CalendarPeer = {
  readonly add: (from: number, minutes: number) => number
  readonly between: (from: number, to: number) => number
}

/**
 * Loads dayjs-business-time. Its weekday hours and holidays apply to the whole process.
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
