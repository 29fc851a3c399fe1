import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Instant, TicketEvent } from '@guichet/domain'
import { answersTheCustomer, defaultTicketPolicy, elapsed, hours, later } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import { inBatches } from '../testing/harness.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOut, randomActs } from '../testing/random-history.ts'
import type { ResponseTimesReport } from './queries.ts'

const { targets } = defaultTicketPolicy
const places = ['kept', 'late', 'unanswered', 'overdue', 'waiting', 'leftOut'] as const
type Place = (typeof places)[number]

it('counts every ticket and every message in exactly one place, however the history is cut (R8)', async () => {
  await fc.assert(
    fc.asyncProperty(
      randomActs,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 40 }),
      async (acts, sizes, pause) => {
        const events = await carryOut(acts)
        const projected = await projectHistory([])
        try {
          for (const batch of inBatches(events, sizes)) {
            await projected.project([batch])
            if (batch.length % 2 === 0) projected.restart()
          }
          const now = later(latest(events), hours(pause))
          const report = await projected.models.responseTimes.report({}, defaultTicketPolicy, now)
          expect(placesIn(report)).toEqual(placesOf([...storiesIn(events).values()], now))
        } finally {
          await projected.drop()
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  )
})

it('never counts a missed target as met later: it stays missed, or its ticket is left out (R6)', async () => {
  await fc.assert(
    fc.asyncProperty(randomActs, async (acts) => {
      const events = await carryOut(acts)
      const projected = await projectHistory([])
      try {
        let missed = missedIn(placesOf([], latest(events)))
        for (const [n, batch] of inBatches(events, [7]).entries()) {
          await projected.project([batch])
          const now = latest(events.slice(0, 7 * (n + 1)))
          const found = placesIn(await projected.models.responseTimes.report({}, defaultTicketPolicy, now))
          for (const [name, { late, overdue, unanswered, leftOut }] of Object.entries(found)) {
            expect(late + overdue + unanswered + leftOut).toBeGreaterThanOrEqual(missed[name as Target])
          }
          missed = missedIn(found)
        }
      } finally {
        await projected.drop()
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
})

type Target = keyof ResponseTimesReport
type Places = Readonly<Record<Target, Readonly<Record<Place, number>>>>

/** A ticket that was closed early without an answer may still be reopened and resolved in time. */
const missedIn = ({ firstResponse, nextResponse, resolution, firstContact }: Places): Record<Target, number> => ({
  firstResponse: firstResponse.late + firstResponse.overdue + firstResponse.unanswered,
  nextResponse: nextResponse.late + nextResponse.overdue + nextResponse.unanswered,
  resolution: resolution.late + resolution.overdue,
  firstContact: firstContact.late,
})

function placesIn({ firstContact, ...timed }: ResponseTimesReport): Places {
  const { count, resolvedAtFirstContact: kept, waiting, leftOut } = firstContact
  const each = Object.entries(timed).map(([name, report]) => {
    const { withinTarget, overdue, unanswered } = report
    const late = report.count - withinTarget - overdue - unanswered
    const { waiting, leftOut } = report
    return [name, { kept: withinTarget, late, unanswered, overdue, waiting, leftOut }]
  })
  return {
    ...(Object.fromEntries(each) as Omit<Places, 'firstContact'>),
    firstContact: { kept, late: count - kept, unanswered: 0, overdue: 0, waiting, leftOut },
  }
}

function placesOf(stories: readonly Story[], now: Instant): Places {
  const counted = (found: readonly Place[]) =>
    Object.fromEntries(places.map((place) => [place, found.filter((each) => each === place).length])) as Record<
      Place,
      number
    >
  return {
    firstResponse: counted(stories.map((story) => placeOfWait(story, 0, targets.firstResponse, now))),
    nextResponse: counted(
      stories.flatMap((story) => questionsIn(story).map((from) => placeOfWait(story, from, targets.nextResponse, now))),
    ),
    resolution: counted(stories.map((story) => placeOfResolution(story, now))),
    firstContact: counted(stories.map(placeOfContact)),
  }
}

/** All events of a ticket. */
type Story = readonly TicketEvent[]

function storiesIn(events: readonly RecordedEvent[]): Map<string, TicketEvent[]> {
  const stories = new Map<string, TicketEvent[]>()
  for (const { id, envelope } of ticketEventsIn(events)) stories.set(id, [...(stories.get(id) ?? []), envelope.event])
  return stories
}

const latest = (events: readonly RecordedEvent[]): Instant =>
  events.map(({ event }) => event.at).reduce((last, at) => (at > last ? at : last))

const leavesOut = (event: TicketEvent): boolean =>
  event.type === 'TicketClosed' && ['spam', 'merged', 'invalid', 'duplicate'].includes(event.reason)
const isEnd = ({ type }: TicketEvent): boolean => type === 'TicketResolved' || type === 'TicketClosed'
const solves = (event: TicketEvent): boolean =>
  event.type === 'TicketResolved' || (event.type === 'TicketClosed' && ['solved', 'confirmed'].includes(event.reason))
const settles = (event: TicketEvent): boolean => answersTheCustomer(event) || (isEnd(event) && !leavesOut(event))
const asks = ({ type }: TicketEvent): boolean => type === 'TicketOpened' || type === 'CustomerReplied'

const endThatStands = (story: Story): TicketEvent | undefined =>
  story.slice(story.findLastIndex(({ type }) => type === 'TicketReopened') + 1).find(isEnd)

/** Whether the customer waits right before an event of the story. */
const waitsBefore = (story: Story, index: number): boolean =>
  story.slice(story.slice(0, index).findLastIndex(settles) + 1, index).some(asks)

const questionsIn = (story: Story): readonly number[] =>
  [...story.keys()].filter((n) => story[n]?.type === 'CustomerReplied' && !waitsBefore(story, n))

function placeOfWait(story: Story, from: number, target: number, now: Instant): Place {
  const asked = story[from]?.at ?? now
  const settled = story.slice(from + 1).find(settles)
  if (!settled) return placeOfOpen(story, asked, target, now)
  if (!answersTheCustomer(settled) && !solves(settled)) return 'unanswered'
  return elapsed(asked, settled.at) < target ? 'kept' : 'late'
}

function placeOfOpen(story: Story, since: Instant, target: number, now: Instant): Place {
  const end = endThatStands(story)
  if (end && leavesOut(end)) return 'leftOut'
  return elapsed(since, now) < target ? 'waiting' : 'overdue'
}

function placeOfResolution(story: Story, now: Instant): Place {
  const opened = story[0]?.at ?? now
  const end = endThatStands(story)
  if (!end || leavesOut(end)) return placeOfOpen(story, opened, targets.resolution, now)
  if (!solves(end) && waitsBefore(story, story.indexOf(end))) return 'unanswered'
  return elapsed(opened, end.at) < targets.resolution ? 'kept' : 'late'
}

function placeOfContact(story: Story): Place {
  if (story.filter(answersTheCustomer).length > 1 || story.some(({ type }) => type === 'TicketReopened')) return 'late'
  const end = endThatStands(story)
  if (!end) return 'waiting'
  if (leavesOut(end)) return 'leftOut'
  return solves(end) ? 'kept' : 'late'
}
