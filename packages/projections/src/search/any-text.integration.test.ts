import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { limits } from '@guichet/domain'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { anyBody, emptyDesk, historyOf } from '../testing/random-history.ts'
import { numbersIn } from '../tickets/searched-numbers.ts'

const by = { kind: 'customer', id: 'customer-1' } as const

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([])
})
afterAll(() => history.drop())

let tickets = 0

/** Opens a ticket with a body and projects it. @returns the ticket's id. */
async function projected(body: string): Promise<string> {
  const id = `t-${++tickets}`
  const desk = emptyDesk()
  const command = { type: 'open', subject: body.slice(0, 7).trim() || 'x', body, customer: { id: by.id } } as const
  const { ok } = await desk.execute('ticket', id, command, { by })
  if (!ok) await desk.execute('ticket', id, { ...command, subject: 'x' }, { by })
  const events = await historyOf(desk)
  expect(events.length).toBeGreaterThan(0)
  await history.project([events])
  return id
}

async function intact(id: string): Promise<unknown[]> {
  const { rows } = await history.pool.query<{ same: boolean }>(
    'select words::text::tsvector = words as same from guichet_read.ticket_text where ticket_id = $1',
    [id],
  )
  return rows.map(({ same }) => same)
}

const filled = (part: (n: number) => string): string => {
  let text = ''
  for (let n = 0; text.length < limits.body; n++) text += part(n)
  return text.slice(0, limits.body)
}
const ideograph = (n: number): string => String.fromCharCode(0x4e00 + (n % 20_000))

it.each([
  ['letters after an @', filled((n) => (n === 0 ? '@ ' : 'a'))],
  ['a domain without end', filled((n) => (n === 0 ? 'a@' : 'b'))],
  ['an address without end', filled((n) => (n === 0 ? 'a@b.' : 'c'))],
  ['addresses one after another', filled(() => 'a@b')],
  [
    'characters that stand for many, in addresses',
    filled((n) => `${'㌖'.repeat(14)}${ideograph(n)}${ideograph(n * 7)}@a.b `),
  ],
  ['characters that stand for many, in words', filled((n) => `${'㌖'.repeat(14)}${ideograph(n)}${ideograph(n * 7)} `)],
  ['characters that stand for sentences', filled((n) => (n % 3 ? '\ufdfa' : ideograph(n)))],
  ['accents in the wrong order', filled((n) => (n % 2 ? '\u0301' : '\u0316'))],
  [
    'no word twice',
    filled((n) => `${n.toString(36).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}zzz `),
  ],
  ['ideographs', filled((n) => `${ideograph(n)}${ideograph(n * 7)} `)],
])('indexes %s', async (_, body) => {
  expect(await intact(await projected(body))).toEqual([true])
})

it('indexes any text that a message may contain', async () => {
  await fc.assert(
    fc.asyncProperty(anyBody, async (body) => {
      expect(await intact(await projected(body))).toEqual([true])
    }),
    { numRuns: 40, endOnFailure: true },
  )
})

/** The number of table rows that a plan scans, including filtered ones. */
function rowsOf(plan: AnalysedPlan): number {
  const count = (name: string): number => Number(plan[name] ?? 0)
  const seen = count('Actual Rows') + count('Rows Removed by Filter') + count('Rows Removed by Index Recheck')
  const own = plan['Relation Name'] === undefined ? 0 : seen * count('Actual Loops')
  return own + (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each), 0)
}

async function rowsThereAre(): Promise<number> {
  const { rows } = await history.pool.query<{ count: number }>(`
    select ((select count(*) from guichet_read.ticket_word) + (select count(*) from guichet_read.ticket_heading)
      + (select count(*) from guichet_read.ticket_text))::integer as count`)
  return rows[0]?.count ?? 0
}

it('takes any search, in six statements at most, eleven where it names a ticket, which scan each row no more than twice for each of twelve words', async () => {
  const most = 2 * 12 * (await rowsThereAre())
  expect(most).toBeGreaterThan(0)
  const order = { by: 'relevance', direction: 'desc' } as const
  const search = anyBody.map((body) => body.slice(0, 300))
  await fc.assert(
    fc.asyncProperty(search, async (search) => {
      const plans = await history.analysed(({ tickets }) => tickets.list({ search }, order, { limit: 25 }, 'all'))
      const isNumbered = numbersIn(search).length > 0
      expect(plans.length).toBeLessThanOrEqual(isNumbered ? 11 : 6)
      expect(plans.reduce((sum, plan) => sum + rowsOf(plan), 0)).toBeLessThanOrEqual(isNumbered ? 2 * most : most)
    }),
    { numRuns: 40, endOnFailure: true },
  )
})
