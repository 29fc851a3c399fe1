import type { ActivityCount, AtRiskDay, DayCount, DraftFigures, TrendsAnswer } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { atRiskItem, customersAtRisk, inWords, listOrNone } from './customer-health.ts'
import { codeOf } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { h, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { createFormats } from '../page/formats.ts'

type Options = { readonly transport: Pick<Transport, 'ask'>; readonly formats: Formats }

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

/** Whether somebody with a role of the API may read trends. */
export const readsTrends = (role: string): boolean => ['AGENT', 'SUPERVISOR', 'ADMIN', 'AUDITOR'].includes(role)

/** Trends and patterns, in tables: read when it is opened first, and again by a button. */
export function createTrends({ transport, formats }: Options): HTMLElement {
  const status = h('p', { role: 'status' })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const board = h('div')
  let isReading = false
  /** When the figures on the board were read, in words; empty before they are. */
  let asOf = ''

  const load = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    setText(problem, '')
    setText(status, 'Reading the trends…')
    const now = Date.now()
    try {
      const answer = await transport.ask<TrendsAnswer>(agentDocuments.trends, periodsAt(now))
      board.replaceChildren(...partsOf(answer, now, formats))
      asOf = `As of ${formats.full(new Date(now).toISOString())}`
    } catch (error) {
      setText(problem, remedyFor(codeOf(error)))
    } finally {
      setText(status, asOf)
      isReading = false
    }
  }

  const element = h(
    'details',
    { class: 'drafts trends' },
    h('summary', {}, 'Trends'),
    status,
    problem,
    h('button', { type: 'button', onclick: () => void load() }, 'Refresh the trends'),
    board,
  )
  element.addEventListener('toggle', () => element.open && asOf === '' && void load())
  return element
}

const remedies: Readonly<Record<string, string>> = {
  unavailable: 'The desk does not answer. Refresh the trends in a moment.',
  forbidden: 'You may not read the trends. Ask a supervisor for them.',
}

/** What to do where the trends could not be read. */
const remedyFor = (code: string): string =>
  remedies[code] ?? `The trends were refused. Tell whoever runs the desk this code: ${code}`

/** The day in UTC that is some days before that of an instant, such as `2026-03-02`. */
const dayBefore = (now: number, days: number): string => new Date(now - days * dayMs).toISOString().slice(0, 10)

/** The variables of the query: today, and the beginning of each period. */
const periodsAt = (now: number): object => ({
  today: dayBefore(now, 0),
  week: dayBefore(now, week.length - 1),
  month: `${dayBefore(now, month.length - 1)}T00:00:00Z`,
})

/** The parts of the board. */
function partsOf(answer: TrendsAnswer, now: number, formats: Formats): readonly HTMLElement[] {
  const { kinds, pages, versions, troubles, draftReport, atRiskCounts, customers, organisations } = answer
  const counts = (caption: string, what: string, values: readonly ActivityCount[]): HTMLElement =>
    tableOf(caption, activityTable(what, values, now, formats))
  return [
    h('h3', {}, 'Activities of the last seven days'),
    ...(kinds.length === 0
      ? [h('p', {}, 'No activities were reported in the last seven days.')]
      : [
          h('p', {}, activitiesNote),
          counts('By kind', 'Kind', kinds),
          counts('By page', 'Page', pages),
          counts('By version', 'Version', versions),
          counts('By trouble', 'Trouble', troubles),
        ]),
    h('h3', {}, 'Drafts of the last thirty days'),
    ...(draftReport.every(({ suspected }) => suspected === 0)
      ? [h('p', {}, 'No trouble was suspected in the last thirty days.')]
      : [h('p', {}, draftsNote), tableOf('By rule', draftTable(draftReport, now, formats))]),
    h('h3', {}, 'At risk in the last seven days'),
    ...(atRiskCounts.every((day) => day.customers === 0 && day.organisations === 0)
      ? [h('p', {}, 'Nobody was at risk in the last seven days.')]
      : [tableOf('At the end of each day, and now', atRiskTable(atRiskCounts, now, formats))]),
    h('h3', {}, 'Customers at risk now'),
    customersAtRisk(customers.nodes),
    h('h3', {}, 'Organisations at risk now'),
    listOrNone(
      organisations.nodes.map(({ organisation, health }) => atRiskItem(organisation?.name ?? 'Unknown', health)),
    ),
  ]
}

const activitiesNote =
  `The ${mostValues} most frequent values of each; days are in UTC. A trend says how many there were a day in the ` +
  `last ${week.recent} days, of which today is not over, and in the ${week.length - week.recent} before. ` +
  'People count once a day.'

const draftsNote =
  'By the day on which they were suspected, in UTC. A trend says how many there were a day in the last ' +
  `${month.recent} days, of which today is not over, and in the ${month.length - month.recent} before.`

/** The most frequent values of what activities are counted by, with the people where they are counted. */
export function activityTable(what: string, counts: readonly ActivityCount[], now: number, formats: Formats): Table {
  const hasPeople = counts.some(({ people }) => people !== null)
  return {
    columns: [what, 'Activities', ...(hasPeople ? ['People'] : []), 'Trend'],
    rows: counts
      .slice(0, mostValues)
      .map(({ value, count, people, days }): Row => [
        value ?? `No ${what.toLowerCase()}, or a rare one`,
        formats.number(count),
        ...(hasPeople ? [formats.number(people ?? 0)] : []),
        { bars: barsOf(days, now), words: trendInWords(days, now, week, formats) },
      ]),
  }
}

const outcomes = [
  ['Suspected', 'suspected'],
  ['Offered', 'offered'],
  ['Opened', 'opened'],
  ['Dismissed', 'dismissed'],
  ['Over for another ticket', 'reported'],
  ['Lapsed', 'lapsed'],
  ['Withheld by a review', 'withheld'],
  ['Holdout', 'holdout'],
] as const

/** What became of the drafts, with a column for each rule. */
export function draftTable(report: readonly DraftFigures[], now: number, formats: Formats): Table {
  const percent = new Intl.NumberFormat(formats.locale, { style: 'percent' })
  const share = (value: number | null): string => (value === null ? 'none decided' : percent.format(value))
  return {
    columns: ['Drafts', ...report.map(({ rule }) => inWords(rule))],
    rows: [
      ...outcomes.map(([name, outcome]): Row => [name, ...report.map((figures) => formats.number(figures[outcome]))]),
      ['Acceptance', ...report.map(({ acceptance }) => share(acceptance))],
      ['Precision', ...report.map(({ precision }) => share(precision))],
      ['Trend', ...report.map(({ days }) => trendInWords(days, now, month, formats))],
    ],
  }
}

function atRiskTable(counts: readonly AtRiskDay[], now: number, { locale, number }: Formats): Table {
  const utc = createFormats(locale, 'UTC')
  return {
    columns: ['Day (UTC)', 'Customers', 'Organisations'],
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
  if (before === 0) return `${rate(lately)} a day, none before`
  const change = new Intl.NumberFormat(formats.locale, { style: 'percent', signDisplay: 'exceptZero' })
  return `${rate(lately)} a day, ${rate(before)} before (${change.format(lately / before - 1)})`
}

const tableOf = (caption: string, { columns, rows }: Table): HTMLElement =>
  rows.length === 0
    ? h('p', {}, `${caption}: none.`)
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
