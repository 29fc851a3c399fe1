import type { ActivityCount, AtRiskDay, DayCount, DraftFigures, TrendsAnswer } from './agent-documents.ts'
import { inWords, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import { atRiskItem, customersAtRisk, listOrNone } from './customer-health.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { createFormats } from '../page/formats.ts'

/** A cell of a table: a text, or bars that show to the eye alone what the words beside them say. */
type Cell = string | { readonly bars: string; readonly words: string }

/** A row of a table: what it is about, and its cells. */
type Row = readonly [head: string, ...cells: Cell[]]

/** What a table shows; a row has a cell for each column but the first, which is its head. */
type Table = { readonly columns: readonly string[]; readonly rows: readonly Row[] }

/** A period that ends today: how many days it has, and how many of the last ones are compared with those before. */
type Period = { readonly length: number; readonly recent: number }

const week: Period = { length: 7, recent: 3 }
const month: Period = { length: 30, recent: 7 }

/** The most values in a table of activities. */
const mostValues = 10

const dayMs = 86_400_000

/** The day in UTC that is some days before that of an instant, such as `2026-03-02`. */
const dayBefore = (now: number, days: number): string => new Date(now - days * dayMs).toISOString().slice(0, 10)

/** The variables of the query: today, and the beginning of each period. */
export const periodsAt = (now: number): object => ({
  today: dayBefore(now, 0),
  week: dayBefore(now, week.length - 1),
  month: `${dayBefore(now, month.length - 1)}T00:00:00Z`,
})

/** The parts of the board that shows trends and patterns. */
export function trendParts(answer: TrendsAnswer, now: number, formats: Formats): readonly HTMLElement[] {
  const { kinds, pages, versions, troubles, draftReport, atRiskCounts, customers, organisations } = answer
  const counts = (caption: string, what: string, values: readonly ActivityCount[]): HTMLElement =>
    tableOf(caption, activityTable(what, values, now, formats))
  return [
    h('h3', {}, words.activitiesWeek),
    ...(kinds.length === 0
      ? [h('p', {}, words.activitiesNone)]
      : [
          h('p', {}, activitiesNote),
          counts(words.byKind, words.kind, kinds),
          counts(words.byPage, words.page, pages),
          counts(words.byVersion, words.version, versions),
          counts(words.byTrouble, words.troubleOf, troubles),
        ]),
    h('h3', {}, words.draftsMonth),
    ...(draftReport.every(({ suspected }) => suspected === 0)
      ? [h('p', {}, words.draftsNone)]
      : [h('p', {}, draftsNote), tableOf(words.byRule, draftTable(draftReport, now, formats))]),
    h('h3', {}, words.riskWeek),
    ...(atRiskCounts.every((day) => day.customers === 0 && day.organisations === 0)
      ? [h('p', {}, words.riskNone)]
      : [tableOf(words.riskDays, atRiskTable(atRiskCounts, now, formats))]),
    h('h3', {}, words.customersRiskNow),
    customersAtRisk(customers.nodes),
    h('h3', {}, words.organisationsRiskNow),
    listOrNone(
      organisations.nodes.map(({ organisation, health }) => atRiskItem(organisation?.name ?? words.unknown, health)),
    ),
  ]
}

const activitiesNote = fill(
  words.activitiesNote,
  String(mostValues),
  String(week.recent),
  String(week.length - week.recent),
)

const draftsNote = fill(words.draftsNote, String(month.recent), String(month.length - month.recent))

/** The most frequent values of what activities are counted by, with the people where they are counted. */
export function activityTable(what: string, counts: readonly ActivityCount[], now: number, formats: Formats): Table {
  const hasPeople = counts.some(({ people }) => people !== null)
  return {
    columns: [what, words.activities, ...(hasPeople ? [words.people] : []), words.trend],
    rows: counts
      .slice(0, mostValues)
      .map(({ value, count, people, days }): Row => [
        value ?? fill(words.noValue, what.toLowerCase()),
        formats.number(count),
        ...(hasPeople ? [formats.number(people ?? 0)] : []),
        { bars: barsOf(days, now), words: trendInWords(days, now, week, formats) },
      ]),
  }
}

const outcomes = [
  [words.suspected, 'suspected'],
  [words.offered, 'offered'],
  [words.opened, 'opened'],
  [words.dismissed, 'dismissed'],
  [words.reported, 'reported'],
  [words.lapsed, 'lapsed'],
  [words.withheld, 'withheld'],
  [words.holdout, 'holdout'],
] as const

/** What became of the drafts, with a column for each rule. */
export function draftTable(report: readonly DraftFigures[], now: number, formats: Formats): Table {
  const percent = new Intl.NumberFormat(formats.locale, { style: 'percent' })
  const share = (value: number | null): string => (value === null ? words.shareNone : percent.format(value))
  return {
    columns: [words.drafts, ...report.map(({ rule }) => inWords(rule))],
    rows: [
      ...outcomes.map(([name, outcome]): Row => [name, ...report.map((figures) => formats.number(figures[outcome]))]),
      [words.acceptance, ...report.map(({ acceptance }) => share(acceptance))],
      [words.precision, ...report.map(({ precision }) => share(precision))],
      [words.trend, ...report.map(({ days }) => trendInWords(days, now, month, formats))],
    ],
  }
}

function atRiskTable(counts: readonly AtRiskDay[], now: number, { locale, number }: Formats): Table {
  const utc = createFormats(locale, 'UTC')
  return {
    columns: [words.dayUtc, words.customers, words.organisations],
    rows: counts.map(({ day, customers, organisations }): Row => [
      utc.day(`${day}T00:00:00Z`, now),
      number(customers),
      number(organisations),
    ]),
  }
}

const heights = '▁▂▃▄▅▆▇█'

/** A bar for each day of the week, the highest one for the day that has the most; the lowest says none. */
function barsOf(days: readonly DayCount[], now: number): string {
  const counts = Array.from({ length: week.length }, (_, index) => {
    const day = dayBefore(now, week.length - 1 - index)
    return days.find((each) => each.day === day)?.count ?? 0
  })
  const most = Math.max(1, ...counts)
  return counts.map((count) => heights.charAt(Math.ceil((count / most) * (heights.length - 1)))).join('')
}

/** How many there were a day, and before, such as `2 a day, 1.5 before (+33%)`. */
function trendInWords(days: readonly DayCount[], now: number, { length, recent }: Period, formats: Formats): string {
  const start = dayBefore(now, recent - 1)
  const sum = (isCounted: (day: string) => boolean): number =>
    days.reduce((total, { day, count }) => (isCounted(day) ? total + count : total), 0)
  // Of today, what has passed.
  const lately = sum((day) => day >= start) / (recent - 1 + (now % dayMs) / dayMs)
  const before = sum((day) => day < start) / (length - recent)
  const rate = (value: number): string => {
    const unit = value < 1 ? 100 : 10
    return formats.number(Math.round(value * unit) / unit)
  }
  if (before === 0) return fill(words.aDayNew, rate(lately))
  const change = new Intl.NumberFormat(formats.locale, { style: 'percent', signDisplay: 'exceptZero' })
  return fill(words.aDayBefore, rate(lately), rate(before), change.format(lately / before - 1))
}

const tableOf = (caption: string, { columns, rows }: Table): HTMLElement =>
  rows.length === 0
    ? h('p', {}, fill(words.tableNone, caption))
    : h(
        'table',
        {},
        h('caption', {}, caption),
        h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
        h('tbody', {}, ...rows.map(rowOf)),
      )

const rowOf = ([head, ...cells]: Row): HTMLElement =>
  h('tr', {}, h('th', { scope: 'row' }, h('bdi', {}, head)), ...cells.map(cellOf))

const cellOf = (cell: Cell): HTMLElement =>
  typeof cell === 'string'
    ? h('td', {}, cell)
    : h('td', {}, h('span', { 'aria-hidden': 'true' }, cell.bars), ` ${cell.words}`)
