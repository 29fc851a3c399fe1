import { describe, expect, it } from 'vitest'
import { addBusinessMs, businessMsBetween } from '../calendar/business-time.ts'
import type { CalendarDefinition } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import type { TermsTimeline } from '../configuration/terms.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, instant, later } from '../kernel/time.ts'
import type { BusinessTime } from '../sla/business-time.ts'
import { after, monday } from '../testing/examples.ts'
import { levels, pausedThroughout, policyOf, story } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const tick = (at: Instant): Instant => later(at, 1)

/** The time while a desk in UTC is open. */
function office(open: CalendarDefinition['hours'], closed: CalendarDefinition['closures'] = []): BusinessTime {
  const calendar = compileCalendar({ timeZone: 'UTC', hours: open, closures: closed })
  return {
    add: (from, length) => addBusinessMs(calendar, from, length),
    between: (from, to) => businessMsBetween(calendar, from, to),
  }
}
const nineToFive = office({ weekdays: ['09:00-17:00'] })
const mornings = office({ weekdays: ['09:00-12:00'] })
const constantPolicy = office('always')

/** A first response on the calendar `office`, which is one until an hour after Monday at nine, and then another. */
function edited(before: BusinessTime, hour: number, since: BusinessTime, firstResponse = '12h'): TermsTimeline {
  const terms = (from: Instant | undefined, time: BusinessTime, version: string) => {
    const promised = levels({ ...pausedThroughout, name: 'x', calendar: 'office', firstResponse })
    const policy = policyOf({ ...promised, calendars: { office: time } }, version)
    return { from, policy, wording: defaultWording }
  }
  return [terms(undefined, before, 'v1'), terms(after(hours(hour)), since, 'v2')]
}

describe('a calendar that is edited while clocks run', () => {
  it.each([
    ['to mornings alone', mornings, { warned: '2026-03-04T12:00:00.000Z', due: '2026-03-05T12:00:00.000Z' }],
    ['to be always open', constantPolicy, { warned: '2026-03-02T18:00:00.000Z', due: '2026-03-02T21:00:00.000Z' }],
    [
      'to be closed on the day after',
      office({ weekdays: ['09:00-17:00'] }, [{ from: '2026-03-03T00:00', to: '2026-03-04T00:00' }]),
      { warned: '2026-03-04T10:00:00.000Z', due: '2026-03-04T13:00:00.000Z' },
    ],
    ['not at all', nineToFive, { warned: '2026-03-03T10:00:00.000Z', due: '2026-03-03T13:00:00.000Z' }],
  ])('%s counts all elapsed time by the new hours', (_, since, { warned, due }) => {
    const ticket = story(edited(nineToFive, 5, since))
    expect(ticket.due('first_response_warning')).toBe(warned)
    expect(ticket.fire('first_response_warning')).toMatchObject([{ type: 'TargetWarned', dueAt: due }])
    expect(ticket.due('first_response_breach')).toBe(tick(instant(due)))
    expect(ticket.send(reply, instant(due))).toContainEqual(
      expect.objectContaining({
        type: 'TargetMet',
        since: monday,
        dueAt: due,
        calendar: 'office',
        policyVersion: 'v2',
      }),
    )
  })

  it('leaves earlier deadlines on the old hours', () => {
    const ticket = story(edited(nineToFive, 5, mornings, '4h'))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(4))))
    const late = story(edited(nineToFive, 5, mornings, '4h'))
    expect(late.send(reply, after(days(1)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(4)), policyVersion: 'v1' },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('lets nothing fall due before the edit', () => {
    const ticket = story(edited(nineToFive, 25, constantPolicy))
    const atTheEdit = after(hours(25))
    expect(ticket.due('first_response_warning')).toBe(after(hours(25)))
    expect(ticket.fire('first_response_warning')).toMatchObject([{ type: 'TargetWarned', dueAt: atTheEdit }])
    expect(ticket.send(reply, tick(atTheEdit))[0]).toMatchObject({
      type: 'TargetBreached',
      dueAt: atTheEdit,
      policyVersion: 'v2',
    })
  })

  it('counts an earlier pause by the new hours too', () => {
    const ticket = story(edited(nineToFive, 5, mornings))
    ticket.send({ type: 'waitForCustomer' }, after(hours(1)))
    ticket.send({ type: 'start' }, after(hours(2)))
    expect(ticket.fire('first_response_warning')).toMatchObject([{ dueAt: '2026-03-06T10:00:00.000Z' }])
  })

  it('ignores a pause that is outside the new opening hours', () => {
    const ticket = story(edited(nineToFive, 7, mornings))
    ticket.send({ type: 'waitForCustomer' }, after(hours(4)))
    ticket.send({ type: 'start' }, after(hours(6)))
    expect(ticket.fire('first_response_warning')).toMatchObject([{ dueAt: '2026-03-05T12:00:00.000Z' }])
  })
})
