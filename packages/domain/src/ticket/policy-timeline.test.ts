import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TermsTimeline } from '../configuration/terms.ts'
import { hours, minutes, sinceEpoch } from '../kernel/time.ts'
import { after, ticketOpened } from '../testing/examples.ts'
import { levels, policyOf, story } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import { ticketDeadlines } from './deadlines.ts'
import type { PolicyTimeline, PolicyVersion } from './policy.ts'
import { defaultTicketPolicy, dueOver } from './policy.ts'
import { targetDue } from './targets.ts'

const start = Date.parse(after(0))
const tick = (n: number) => start + n

/**
 * How long each version gives, in milliseconds, none at all without a number; and when those after the first come into
 * force.
 */
const given = fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined })
const versions = fc.tuple(
  given,
  fc.uniqueArray(fc.record({ from: fc.integer({ min: -30, max: 60 }), given }), {
    maxLength: 6,
    selector: ({ from }) => from,
  }),
)

describe('a deadline over several versions', () => {
  it('equals that of a search millisecond by millisecond through the versions in force', () => {
    fc.assert(
      fc.property(versions, fc.integer({ min: -20, max: 40 }), ([first, others], since) => {
        const later = others.sort((one, other) => one.from - other.from)
        const lengths = [{ from: undefined, given: first }, ...later]
        const timeline = lengths.map(({ from }, index): PolicyVersion => ({
          from: from === undefined ? undefined : sinceEpoch(tick(from)),
          policy: { ...defaultTicketPolicy, version: `${index}` },
        })) as unknown as PolicyTimeline
        const due = dueOver(timeline, tick(since), ({ version }, notBefore) => {
          const length = lengths[Number(version)]?.given
          return length === undefined ? undefined : { version, dueAt: Math.max(tick(since + length), notBefore) }
        })
        const seen = seenAt(lengths, since)
        expect(due && { version: due.version, dueAt: due.dueAt }).toEqual(
          seen && { version: `${seen.version}`, dueAt: tick(seen.dueAt) },
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('uses none of the versions that were out of force when it began', () => {
    const timeline = Array.from({ length: 1_000 }, (_, n) => ({
      from: n === 0 ? undefined : after(hours(n)),
      policy: { ...defaultTicketPolicy, version: `${n}` },
    })) as unknown as PolicyTimeline
    const used: string[] = []
    dueOver(timeline, Date.parse(after(hours(997.5))), ({ version }, notBefore) => {
      used.push(version)
      return { dueAt: notBefore + hours(9) }
    })
    expect(used).toEqual(['997', '998', '999'])
  })

  it('compiles no calendar of such a version for any deadline of a ticket', () => {
    const used = new Set<number>()
    const version = (n: number) => {
      const time = { add: (from: number, length: number) => (used.add(n), from + length), between: () => 0 }
      const table = levels({ name: 'x', calendar: 'counted', firstResponse: '2h', resolution: '9h', update: '1h' })
      const policy = policyOf({ ...table, calendars: { counted: time } }, `${n}`)
      return { from: n === 0 ? undefined : after(hours(n - 500)), policy, wording: defaultWording }
    }
    const timeline = Array.from({ length: 500 }, (_, n) => version(n)) as unknown as TermsTimeline
    const ticket = story(timeline)
    ticket.send({ type: 'start' }, after(minutes(1)))
    used.clear()
    expect(ticketDeadlines(ticket.state(), timeline)).not.toEqual([])
    expect([...used]).toEqual([499])
  })
})

describe('a target that was due', () => {
  const promising = (firstResponse: string, name: string, from?: number) => ({
    from: from === undefined ? undefined : after(from),
    policy: policyOf(levels({ name: 'x', firstResponse }), name),
    wording: defaultWording,
  })

  it.each([1, hours(5)])('stays missed under a configuration that comes into force %i ms after', (late) => {
    const ticket = story([promising('2h', 'one'), promising('9h', 'two', hours(2) + late)])
    expect(ticket.send({ type: 'agentReply', body: 'Voilà' }, after(hours(8)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(2)), policyVersion: 'one' },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('is not missed when the configuration comes into force at that very instant', () => {
    const ticket = story([promising('2h', 'one'), promising('9h', 'two', hours(2))])
    expect(ticket.send({ type: 'agentReply', body: 'Voilà' }, after(hours(8)))).toContainEqual(
      expect.objectContaining({ type: 'TargetMet', dueAt: after(hours(9)), policyVersion: 'two' }),
    )
  })

  it('keeps the due instant and the terms of its breach, whatever is promised since', () => {
    const timeline: TermsTimeline = [promising('2h', 'one'), promising('9h', 'two', hours(4))]
    const ticket = story(timeline)
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach', hours(1))
    expect(targetDue(ticket.state(), timeline, 'first_response')).toMatchObject({
      dueAt: after(hours(2)),
      policy: { version: 'one' },
    })
    const corrected: TermsTimeline = [promising('1d', 'corrected')]
    expect(targetDue(ticket.state(), corrected, 'first_response')?.dueAt).toBe(after(hours(2)))
  })
})

describe('an alert', () => {
  const version = (name: string, urgentUpdateEvery: number, from?: number) => ({
    from: from === undefined ? undefined : after(from),
    policy: { ...defaultTicketPolicy, version: name, urgentUpdateEvery },
    wording: defaultWording,
  })
  const urgent = ticketOpened({ priority: 'urgent' })

  it('names the version by which it fell due, whichever is in force when it is recorded', () => {
    const ticket = story([version('one', hours(2)), version('two', hours(9), hours(3))], urgent)
    expect(ticket.fire('update', hours(4))).toMatchObject([
      { type: 'UpdateOverdue', dueAt: after(hours(2)), policyVersion: 'one' },
    ])
  })

  it('names the change before which it does not fall due', () => {
    const ticket = story([version('one', hours(2)), version('two', hours(1), hours(1.5))], urgent)
    const notBefore = { at: after(hours(1.5)), change: 'configuration' }
    expect(ticket.fire('update')).toMatchObject([{ dueAt: after(hours(1.5)), policyVersion: 'two', notBefore }])
    const inTime = story([version('one', hours(2)), version('two', hours(1), hours(0.5))], urgent)
    expect(inTime.fire('update')[0]).not.toHaveProperty('notBefore')
  })
})

type CommandEnvelope = { readonly from: number | undefined; readonly given: number | undefined }

/** The first version under which a deadline falls due, and its instant. */
function seenAt(versions: readonly CommandEnvelope[], since: number): { version: number; dueAt: number } | undefined {
  for (let now = since; now <= 300; now++) {
    const version = versions.findLastIndex(({ from }) => from === undefined || from <= now)
    const { from = since, given: length } = versions[version] ?? { given: undefined }
    if (length === undefined) continue
    const dueAt = Math.max(since + length, since, from)
    if (dueAt <= now) return { version, dueAt }
  }
  return undefined
}
