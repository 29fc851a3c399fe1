import { describe, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { after, monday, sacha } from '../testing/examples.ts'
import type { ExpectedEvent } from '../testing/specification.ts'
import { nothing, specifyIncident } from '../testing/specification.ts'
import type { IncidentCommandInput, OverdueKind } from './commands.ts'
import type { IncidentEvent, IncidentEventOf } from './events.ts'
import { defaultIncidentTerms } from './incident.ts'

const by = { kind: 'agent', id: 'alex' } as const
const declared: IncidentEvent = {
  type: 'IncidentDeclared',
  at: monday,
  by,
  title: 'Nothing can be reached',
  severity: 'critical',
  channel: 'phone',
  customers: [{ id: 'camille' }],
  ticket: { ticketId: 'I1', opens: { id: 'camille' } },
  onSite: true,
  callBack: true,
  ...defaultIncidentTerms,
}
const paged: IncidentEvent = { type: 'OnCallPaged', at: monday, by, page: 1, round: 1, dueAt: after(minutes(10)) }
const tom: IncidentEvent = { type: 'TechnicianDispatched', at: monday, by, technician: { id: 'tom' } }
const incident = (...more: IncidentEvent[]) => specifyIncident().given(declared, paged, ...more)
const late = { at: after(hours(3)), by: sacha }

/** The event of a miss that is recorded at three hours: by the clock, whatever command comes first. */
const miss = (what: OverdueKind, within: number): IncidentEventOf<'IncidentOverdue'> => ({
  type: 'IncidentOverdue',
  at: late.at,
  by: clockActor,
  what,
  since: monday,
  dueAt: after(within),
  cycle: what === 'update' ? 0 : 1,
  policyVersion: defaultIncidentTerms.policyVersion,
})
const callback = miss('callback', minutes(10))
const update = miss('update', minutes(30))
const warRoom = miss('war_room', hours(1))
const response = miss('response', hours(2))
const over = true as const

describe('a miss before a command', () => {
  it.each<[IncidentCommandInput, readonly ExpectedEvent<IncidentEvent>[]]>([
    [{ type: 'acknowledge' }, [callback, update, warRoom, { ...response, over }, { type: 'IncidentAcknowledged' }]],
    [{ type: 'recordCallback' }, [{ ...callback, over }, update, warRoom, response, { type: 'CallbackMade' }]],
    [
      { type: 'openWarRoom', place: 'Room 4' },
      [callback, update, { ...warRoom, over }, response, { type: 'WarRoomOpened' }],
    ],
    [
      { type: 'postUpdate', message: 'We are at it' },
      [callback, { ...update, over }, warRoom, response, { type: 'IncidentUpdatePosted' }],
    ],
    [
      { type: 'postUpdate', message: 'Hush', internal: true },
      [callback, update, warRoom, response, { type: 'IncidentUpdatePosted' }],
    ],
    [
      { type: 'addCustomers', customers: [{ id: 'b' }] },
      [callback, update, warRoom, response, { type: 'CustomersAffected' }],
    ],
    [{ type: 'linkTicket' }, [callback, update, warRoom, response, { type: 'IncidentTicketLinked' }]],
    [
      { type: 'resolve', summary: 'Rolled back' },
      [...[callback, update, warRoom, response].map((each) => ({ ...each, over })), { type: 'IncidentResolved' }],
    ],
  ])('is recorded first, at the instant it was due, and as over when %o makes up for it', (command, then) => {
    incident().when(command, late).then(then)
  })

  it('is recorded once: a miss that the clock has recorded is not recorded again', () => {
    const noted = [callback, update, warRoom]
    incident(...noted)
      .when({ type: 'acknowledge' }, late)
      .then([{ ...response, over }, { type: 'IncidentAcknowledged' }])
    incident(...noted)
      .when({ type: 'fire', kind: 'response', cycle: 1, dueAt: after(hours(2)) }, { ...late, by: clockActor })
      .then([response])
  })

  it('is recorded by the clock too, in the order of the due instants, whatever it fires first', () => {
    const fire = { type: 'fire', kind: 'update', cycle: 0, dueAt: after(minutes(30)) } as const
    incident().when(fire, { at: late.at, by: clockActor }).then([callback, update, warRoom, response])
    const page = { type: 'fire', kind: 'acknowledgement', cycle: 1, dueAt: after(minutes(10)) } as const
    incident()
      .when(page, { at: late.at, by: clockActor })
      .then([callback, update, warRoom, response, { type: 'PageTimedOut' }, { type: 'OnCallPaged' }])
  })

  it('is not recorded by a repeat, nor when the duty is done at the very instant at which it is due', () => {
    incident()
      .when({ type: 'fire', kind: 'chase', cycle: 0, dueAt: monday }, { at: late.at, by: clockActor })
      .then(nothing)
    incident().when({ type: 'reopen', reason: 'x' }, late).then(nothing)
    incident()
      .when({ type: 'recordCallback' }, { at: after(minutes(10)), by: sacha })
      .then([{ type: 'CallbackMade' }])
  })

  it('is one update, however long nobody posted one: the next is counted from the miss', () => {
    incident({ ...callback, at: after(minutes(10)) })
      .when({ type: 'addCustomers', customers: [{ id: 'b' }] }, { at: after(hours(1)), by: sacha })
      .then([{ type: 'IncidentOverdue', what: 'update', dueAt: after(minutes(30)) }, { type: 'CustomersAffected' }])
  })

  it('is recorded for a late technician, and a late or missing post-mortem', () => {
    const weekLater = { at: after(days(7)), by: sacha }
    incident(tom)
      .when({ type: 'confirmOnSite' }, { at: after(days(2)), by: sacha })
      .then([
        ...[callback, update, warRoom, response].map(({ what }) => ({ type: 'IncidentOverdue' as const, what })),
        { type: 'IncidentOverdue', what: 'on_site', dueAt: after(days(1)), over },
        { type: 'TechnicianArrived' },
      ])
    const resolved = incident({ type: 'IncidentResolved', at: monday, by, summary: 'x' })
    const missed = { type: 'IncidentOverdue', what: 'post_mortem', dueAt: after(days(5)), over } as const
    resolved.when({ type: 'writePostMortem', body: 'x' }, weekLater).then([missed, { type: 'PostMortemWritten' }])
    resolved.when({ type: 'reopen', reason: 'x' }, weekLater).then([missed, { type: 'IncidentReopened' }])
  })
})
