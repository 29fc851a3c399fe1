import fc from 'fast-check'
import { expect, it } from 'vitest'
import { importCorrelation, instant, parseStream } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import { inBatches } from '../testing/harness.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOut, randomActs } from '../testing/random-history.ts'

const isOfTicket = ({ stream }: RecordedEvent): boolean => parseStream(stream).category === 'ticket'

/** The withdrawal of each ticket, after all its other events. */
function withdrawals(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const last = new Map(events.filter(isOfTicket).map((envelope) => [envelope.stream, envelope]))
  const at = instant('2027-01-01T00:00:00Z')
  const event = { type: 'TicketImportWithdrawn', at, by: { kind: 'system', id: 'import' }, importId: 'old' } as const
  return [...last.values()].map((envelope) => after(envelope, envelope.version, { ...envelope, event, version: 1 }))
}

/** A copy of an event at a later version of its stream. */
const after = ({ stream }: RecordedEvent, count: number, envelope: RecordedEvent): RecordedEvent => {
  const version = count + envelope.version
  return { ...envelope, version, id: `${stream}/${version}` }
}

/** A copy of all events of tickets, as a repeated import writes them. */
function importedAgain(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const counts = new Map(events.filter(isOfTicket).map(({ stream, version }) => [stream, version]))
  return events.filter(isOfTicket).map((envelope) => after(envelope, (counts.get(envelope.stream) ?? 0) + 1, envelope))
}

/**
 * Tables that keep rows of withdrawn tickets: the trail, the vocabulary of searches, the assignments, and the ticket
 * numbers.
 */
const stays = new Set(['audit', 'ticket_word', 'placement', 'ticket_number', 'withdrawn_ticket'])
const rowsOf = async (history: ProjectedHistory) =>
  Object.fromEntries(Object.entries(await history.rows()).filter(([table]) => !stays.has(table)))

it('hold no rows of tickets withdrawn with their import, and all of them when they are imported again', async () => {
  await fc.assert(
    fc.asyncProperty(randomActs, fc.integer({ min: 1, max: 40 }), async (acts, size) => {
      const correlationId = importCorrelation('old')
      const events = (await carryOut(acts)).map((each) => (isOfTicket(each) ? { ...each, correlationId } : each))
      const opened = await Promise.all([
        projectHistory([events.filter((each) => !isOfTicket(each))]),
        projectHistory([events]),
      ])
      const [without, live] = opened
      const ids = [...new Set(events.filter(isOfTicket).map(({ stream }) => parseStream(stream).id))]
      const numbers = async () => (await live.models.tickets.byIds(ids)).map((ticket) => ticket?.number)
      try {
        const { quarter_count: counts, ticket_counter: counters } = await live.rows()
        const given = await numbers()
        expect([...given].sort((a = 0, b = 0) => a - b)).toEqual(ids.map((_, index) => index + 1))
        const ended = withdrawals(events)
        await live.project(inBatches(ended, [size]))
        live.restart()
        expect(await rowsOf(live)).toEqual(await rowsOf(without))

        await live.project(inBatches([...importedAgain(events)], [size]))
        const again = await live.rows()
        expect(again['ticket_counter']).toEqual(counters)
        expect(await numbers()).toEqual(given)
        expect(again['ticket_number']).toEqual([{ last: ids.length }])
        const moved = (rows: readonly unknown[] | undefined) =>
          rows?.filter((row) => Object.values(row as object).some((value) => /^-?[1-9]\d*$/.test(String(value))))
        expect(moved(again['quarter_count'])).toEqual(moved(counts))
      } finally {
        await Promise.all(opened.map((each) => each.drop()))
      }
    }),
    { numRuns: 4, endOnFailure: true },
  )
})
