import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ActivityCount, DraftFigures, TrendsAnswer } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { activityTable, draftTable } from './trend-board.ts'
import { createTrends, readsTrends } from './trends.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { createFormats } from '../page/formats.ts'

const formats = createFormats('en-GB', 'Europe/Paris')
/** Half of a Monday is over in UTC: the last three days are two and a half. */
const now = Date.parse('2026-11-23T12:00:00.000Z')

const countOf = (value: string | null, days: Readonly<Record<string, number>>): ActivityCount => ({
  value,
  count: 1_234,
  people: null,
  days: Object.entries(days).map(([day, count]) => ({ day: `2026-11-${day}`, count })),
})

describe('activities by one of their values', () => {
  it('have the number, the people where they are counted, and a bar for each day of the week', () => {
    const counts = [{ ...countOf('error_occurred:<b>', { 18: 4, 21: 2, 23: 3 }), people: 3 }]
    expect(activityTable('Trouble', counts, now, formats)).toEqual({
      columns: ['Trouble', 'Activities', 'People', 'Trend'],
      rows: [['error_occurred:<b>', '1,234', '3', { bars: '▁█▁▁▅▁▇', words: '2 a day, 1 before (+100%)' }]],
    })
  })

  it.each([
    ['0.4 a day, 2.5 before (-84%)', countOf('login_failed', { 17: 10, 23: 1 })],
    ['2 a day, 2 before (0%)', countOf('login_failed', { 19: 8, 22: 5 })],
    ['20 a day, none before', countOf('login_failed', { 23: 50 })],
    ['0 a day, 0.75 before (-100%)', countOf('login_failed', { 20: 3 })],
  ])('have a trend in words, which takes of today what has passed: %s', (words, count) => {
    const { rows } = activityTable('Kind', [count], now, formats)
    expect(rows).toMatchObject([['login_failed', '1,234', { words }]])
  })

  it('are the ten most frequent ones, and say what has no value', () => {
    const counts = [countOf(null, {}), ...Array.from({ length: 12 }, (_, index) => countOf(`/${index}`, {}))]
    const { columns, rows } = activityTable('Page', counts, now, formats)
    expect(columns).toEqual(['Page', 'Activities', 'Trend'])
    expect(rows.map(([head]) => head)).toEqual([
      'No page, or a rare one',
      ...Array.from({ length: 9 }, (_, index) => `/${index}`),
    ])
  })
})

const figures: DraftFigures = {
  rule: 'REPEATED',
  suspected: 1_200,
  offered: 900,
  opened: 300,
  dismissed: 100,
  reported: 20,
  lapsed: 100,
  withheld: 40,
  holdout: 60,
  acceptance: 0.6,
  precision: null,
  days: [
    { day: '2026-11-01', count: 23 },
    { day: '2026-11-20', count: 13 },
  ],
}

it('says by rule what became of drafts, with a trend of the last seven days', () => {
  expect(draftTable([figures], now, formats)).toEqual({
    columns: ['Drafts', 'repeated'],
    rows: [
      ['Suspected', '1,200'],
      ['Offered', '900'],
      ['Opened', '300'],
      ['Dismissed', '100'],
      ['Over for another ticket', '20'],
      ['Lapsed', '100'],
      ['Withheld by a review', '40'],
      ['Holdout', '60'],
      ['Acceptance', '60%'],
      ['Precision', 'none decided'],
      ['Trend', '2 a day, 1 before (+100%)'],
    ],
  })
})

it.each([
  ['AGENT', true],
  ['SUPERVISOR', true],
  ['ADMIN', true],
  ['AUDITOR', true],
  ['SERVICE', false],
  ['CUSTOMER', false],
])('offers trends to whom the API gives them: %s %s', (role, isOffered) => expect(readsTrends(role)).toBe(isOffered))

/** As much of an element as the board uses. */
class PageElement extends EventTarget {
  readonly tag: string
  readonly attributes = new Map<string, string>()
  parts: readonly (PageElement | string)[] = []
  open = false

  constructor(tag: string) {
    super()
    this.tag = tag
  }

  get textContent(): string {
    return this.parts.map((part) => (typeof part === 'string' ? part : part.textContent)).join('')
  }

  set textContent(text: string) {
    this.parts = [text]
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value)
  }

  append(...parts: readonly (PageElement | string)[]): void {
    this.parts = [...this.parts, ...parts]
  }

  replaceChildren(...parts: readonly (PageElement | string)[]): void {
    this.parts = parts
  }

  /** The elements in it that have a tag. */
  all(tag: string): readonly PageElement[] {
    const inside = this.parts.filter((part) => typeof part !== 'string')
    return inside.flatMap((part) => [...(part.tag === tag ? [part] : []), ...part.all(tag)])
  }
}

const nothing: TrendsAnswer = {
  kinds: [],
  pages: [],
  versions: [],
  troubles: [],
  draftReport: [{ ...figures, suspected: 0, days: [] }],
  atRiskCounts: [{ day: '2026-11-23', customers: 0, organisations: 0 }],
  customers: { nodes: [] },
  organisations: { nodes: [] },
}

type Periods = { readonly today: string; readonly week: string; readonly month: string }

/** The board of a desk that gives some answers, one after the other. */
function boardWith(...answers: readonly (TrendsAnswer | Error)[]) {
  const requests: { readonly document: string; readonly periods: Periods }[] = []
  const left = [...answers]
  const ask = (async (document: string, periods: Periods) => {
    requests.push({ document, periods })
    const answer = left.shift()
    if (answer instanceof Error) throw answer
    return answer
  }) as Transport['ask']
  const element = createTrends({ transport: { ask }, formats }) as unknown as PageElement
  const says = async (text: string): Promise<void> => {
    await expect.poll(() => element.textContent).toContain(text)
  }
  const toggle = (isOpen: boolean): void => {
    element.open = isOpen
    element.dispatchEvent(new Event('toggle'))
  }
  const refresh = (): void => void element.all('button')[0]?.dispatchEvent(new Event('click'))
  return { requests, element, says, toggle, refresh }
}

describe('the board', () => {
  beforeEach(() => void vi.stubGlobal('document', { createElement: (tag: string) => new PageElement(tag) }))
  afterEach(() => void vi.unstubAllGlobals())

  it('asks for nothing before it is opened, once then, and again by its button', async () => {
    const { requests, says, toggle, refresh } = boardWith(nothing, nothing)
    toggle(false)
    expect(requests).toEqual([])
    toggle(true)
    refresh()
    await says('As of')
    expect(requests.map(({ document }) => document)).toEqual([agentDocuments.trends])
    toggle(false)
    toggle(true)
    expect(requests).toHaveLength(1)
    refresh()
    await vi.waitFor(() => expect(requests).toHaveLength(2))
    await says('As of')
  })

  it('asks for the last seven days, and for the drafts of the last thirty', async () => {
    const { requests, says, toggle } = boardWith(nothing)
    toggle(true)
    await says('As of')
    const { today = '', week = '', month = '' } = requests[0]?.periods ?? {}
    const ago = (from: string): number => (Date.parse(today) - Date.parse(from)) / 86_400_000
    expect([ago(week), ago(month)]).toEqual([6, 29])
    expect(month).toMatch(/^\d{4}-\d\d-\d\dT00:00:00Z$/)
  })

  it('says in words that there is nothing', async () => {
    const { element, says, toggle } = boardWith(nothing)
    toggle(true)
    await says('No activities were reported in the last seven days.')
    expect(element.textContent).toContain('No trouble was suspected in the last thirty days.')
    expect(element.textContent).toContain('Nobody was at risk in the last seven days.')
    expect(element.all('table')).toEqual([])
  })

  it('says what to do where the trends cannot be read, and leaves those that it has read', async () => {
    const answers = [new Unreachable('lost'), nothing, new Refused('forbidden'), new Refused('malformed_input')]
    const { element, says, toggle, refresh } = boardWith(...answers)
    toggle(true)
    await says('The desk does not answer. Refresh the trends in a moment.')
    toggle(true)
    await says('As of')
    expect(element.textContent).not.toContain('does not answer')
    refresh()
    await says('You may not read the trends. Ask a supervisor for them.')
    refresh()
    await says('Tell whoever runs the desk this code: malformed_input')
    expect(element.textContent).toMatch(/As of .*No activities were reported/)
  })

  it('has a table for each dimension, and those at risk by day, by customer and by organisation', async () => {
    const health = { score: 40, isAtRisk: true, sevenDaysAgo: 70, reasons: [] }
    const { element, says, toggle } = boardWith({
      ...nothing,
      kinds: [countOf('page_view', {})],
      pages: [countOf('/<img>', {})],
      versions: [countOf('2.1.0', {})],
      draftReport: [figures],
      atRiskCounts: [{ day: '2026-11-22', customers: 1_200, organisations: 3 }],
      customers: { nodes: [{ customer: { userId: 'zoe', name: null }, health }] },
      organisations: { nodes: [{ organisation: { name: 'ACME' }, health }] },
    })
    toggle(true)
    await says('As of')
    const tables = ['By kind', 'By page', 'By version', 'By rule', 'At the end of each day, and now']
    expect(element.all('caption').map(({ textContent }) => textContent)).toEqual(tables)
    expect(element.textContent).toContain('By trouble: none.')
    const heads = element.all('th').filter(({ attributes }) => attributes.get('scope') === 'row')
    expect(heads.map(({ textContent }) => textContent)).toContain('/<img>')
    const [bars] = element.all('span')
    expect(bars?.attributes.get('aria-hidden')).toBe('true')
    const [lastRow] = element.all('tr').slice(-1)
    expect(lastRow?.textContent).toMatch(/Sunday,? 22 November.*1,2003$/)
    const fares = '40 (70 a week ago), at risk'
    expect(element.all('li').map(({ textContent }) => textContent)).toEqual([`zoe: ${fares}`, `ACME: ${fares}`])
  })
})
