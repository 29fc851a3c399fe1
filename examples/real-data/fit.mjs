// Chooses the deadlines of the policy files. For each reading of the log, calendar and priority, prints the number of
// hours with which the earlier cases agree most often with made_sla, and how often the later, unseen ones agree then.
//   node fit.mjs incidents.csv.gz       once the log was imported by the shipped mapping, under whatever policy
import { businessTimeBetween, compileCalendar } from '@guichet/domain'
import { readCases } from './cases.mjs'
import { forEachCase, withHistories } from './desk.mjs'
import { timeToClose, timeToResolve } from './history.mjs'

const calendars = {
  'around the clock': compileCalendar({ timeZone: 'UTC', hours: 'always' }),
  'Monday to Friday': compileCalendar({ timeZone: 'UTC', hours: { weekdays: ['00:00-24:00'] } }),
}
const readings = {
  'until resolved': (events, between) => timeToResolve(events, between),
  'until resolved, waits counted': (events, between) => timeToResolve(events, between, true),
  'until closed, waits counted': timeToClose,
}
const hour = 3_600_000
/** A minute, which hardly any case meets, and whole hours up to six weeks. */
const candidates = [60_000, ...Array.from({ length: 1_008 }, (_, hours) => (hours + 1) * hour)]

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('say where the log is')

/** The times by each way of counting, by priority. */
const ways = Object.entries(readings).flatMap(([reading, timeOf]) =>
  Object.entries(calendars).map(([name, calendar]) => ({
    name: `${reading}, ${name}`,
    timeOf: (events) => timeOf(events, (from, to) => businessTimeBetween(calendar, from, to)),
    priorities: {},
  })),
)
await withHistories((historyOf) =>
  forEachCase(readCases(file), historyOf, ({ priority, truth, earlier }, events) => {
    for (const { timeOf, priorities } of ways) {
      const time = timeOf(events)
      const part = (priorities[priority] ??= { earlier: [], later: [] })[earlier ? 'earlier' : 'later']
      if (time !== undefined) part.push({ time, truth })
    }
  }),
)

const agreeing = (cases, deadline) => cases.filter(({ time, truth }) => time <= deadline === truth).length
const best = (cases) => {
  const found = candidates.map((deadline) => ({ deadline, agree: agreeing(cases, deadline) }))
  return found.reduce((best, one) => (one.agree > best.agree ? one : best)).deadline
}
const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`).padStart(7)

for (const { name, priorities } of ways) {
  const sum = { earlier: 0, later: 0, ofEarlier: 0, ofLater: 0 }
  console.log(`${name}:`)
  const line = (what, deadline, { earlier, later, ofEarlier, ofLater }) =>
    console.log(
      `  ${what.padEnd(14)} ${deadline.padStart(5)}  earlier ${percent(earlier, ofEarlier)}, later ${percent(later, ofLater)}`,
    )
  for (const [priority, { earlier, later }] of Object.entries(priorities).sort()) {
    const deadline = best(earlier)
    const found = {
      earlier: agreeing(earlier, deadline),
      later: agreeing(later, deadline),
      ofEarlier: earlier.length,
      ofLater: later.length,
    }
    line(priority, deadline < hour ? '1m' : `${deadline / hour}h`, found)
    for (const [of, count] of Object.entries(found)) sum[of] += count
  }
  line('all', '', sum)
}
