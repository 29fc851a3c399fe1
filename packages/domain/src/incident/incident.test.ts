import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { fold } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { after, alex, camille, monday, sacha } from '../testing/examples.ts'
import { incidentUnder, nothing, refused, specifyIncident } from '../testing/specification.ts'
import type { IncidentCommandInput, OverdueKind } from './commands.ts'
import { incidentDeadlines, incidentLabels } from './deadlines.ts'
import type { IncidentEvent } from './events.ts'
import { incidentEvents } from './events.ts'
import type { IncidentState } from './state.ts'
import { evolveIncident } from './state.ts'

const rota = ['alex', 'sacha']
const settings = { rota, briefed: ['ceo'] }
const customer = { id: 'camille', name: 'Camille Durand', email: 'camille@example.org' }
const declare = { type: 'declare', title: 'Nothing can be reached', customer, channel: 'phone' } as const

/** Builds a history: commands at minutes after Monday, each accepted. */
function incident(given: Partial<typeof declare> & object = {}, by = settings) {
  const decider = incidentUnder(by)
  const events: IncidentEvent[] = []
  let count = 0
  const send = (command: IncidentCommandInput, at: Instant = monday, actor: CommandMetadata['by'] = alex) => {
    const issued = { commandId: `c${++count}`, aggregateId: 'I1', at, by: actor }
    const decision = decider.decide({ ...command, ...issued }, state())
    if (!decision.ok) throw new Error(decision.refusal.code)
    events.push(...decision.value)
    return decision.value
  }
  const state = (): IncidentState => fold(decider, events)
  const due = () => incidentDeadlines(state()).map(({ kind, dueAt }) => [kind, dueAt])
  /** Fires the next deadline, so many milliseconds late. */
  const fireNext = (late = 0, kind?: string) => {
    const next = incidentDeadlines(state()).find((one) => kind === undefined || one.kind === kind)
    if (!next) throw new Error('nothing is due')
    return send({ type: 'fire', ...next }, after(Date.parse(next.dueAt) - Date.parse(monday) + late), clockActor)
  }
  send({ ...declare, ...given })
  return { events, send, state, due, fireNext }
}

const overdueWith = (what: OverdueKind) => (event: IncidentEvent) =>
  event.type === 'IncidentOverdue' && event.what === what

describe('declaring an incident', () => {
  it('pages the first on call at once, opens an urgent ticket for the reporter, and stores its settings', () => {
    specifyIncident(settings)
      .when({ ...declare, language: 'fr', callBack: true })
      .then([
        {
          type: 'IncidentDeclared',
          severity: 'critical',
          customers: [{ ...customer, language: 'fr' }],
          ticket: { ticketId: 'I1', opens: { ...customer, language: 'fr' } },
          callBack: true,
          policyVersion: 'guichet-default-1',
        },
        { type: 'OnCallPaged', page: 1, round: 1, agentId: 'alex', dueAt: after(minutes(10)) },
      ])
  })

  it('links an existing ticket, and needs one or a customer', () => {
    specifyIncident()
      .when({ type: 'declare', title: 'Down', ticketId: 'T1' })
      .then([{ type: 'IncidentDeclared', ticket: { ticketId: 'T1' }, customers: [] }, { type: 'OnCallPaged' }])
    specifyIncident().when({ type: 'declare', title: 'Down' }).then(refused('invalid_command', 'customer'))
  })

  it('lists each affected customer once, whoever reports it', () => {
    const { state } = incident({ customers: [{ id: 'b' }, { id: 'camille' }, { id: 'b' }] } as object)
    expect(state()).toMatchObject({ customers: [customer, { id: 'b' }] })
  })

  it('is allowed for agents and the system only, once', () => {
    specifyIncident().when(declare, { by: camille }).then(refused('not_for_this_actor', 'by'))
    specifyIncident()
      .given(...incident().events)
      .when(declare)
      .then(refused('incident_already_declared'))
  })
})

describe('the rota', () => {
  it('is paged in order, then everybody, then from the beginning, each page at its interval after the one before', () => {
    const { events, fireNext } = incident()
    for (let page = 1; page < 5; page++) fireNext(0, 'acknowledgement')
    expect(events.filter(({ type }) => type === 'OnCallPaged')).toMatchObject([
      { page: 1, round: 1, agentId: 'alex', at: monday },
      { page: 2, round: 1, agentId: 'sacha', at: after(minutes(10)) },
      { page: 3, round: 1, at: after(minutes(20)) },
      { page: 4, round: 2, agentId: 'alex', at: after(minutes(30)) },
      { page: 5, round: 2, agentId: 'sacha', at: after(minutes(40)) },
    ])
    expect(events.filter(({ type }) => type === 'OnCallPaged')[2]).not.toHaveProperty('agentId')
    expect(events.filter(({ type }) => type === 'PageTimedOut')[0]).toMatchObject({
      page: 1,
      agentId: 'alex',
      dueAt: after(minutes(10)),
    })
  })

  it('continues at its interval after ten days of outage', () => {
    const { fireNext } = incident()
    const late = days(10)
    expect(fireNext(late, 'acknowledgement').slice(-2)).toMatchObject([
      { type: 'PageTimedOut', dueAt: after(minutes(10)), at: after(minutes(10) + late) },
      { type: 'OnCallPaged', page: 2, dueAt: after(minutes(20) + late) },
    ])
  })

  it('pages everybody again and again when nobody is on call', () => {
    const { events, fireNext } = incident({}, { rota: [], briefed: [] })
    fireNext(0, 'acknowledgement')
    const paged = events.filter((event) => event.type === 'OnCallPaged')
    expect(paged.map(({ agentId, round }) => [agentId, round])).toEqual([
      [undefined, 1],
      [undefined, 2],
    ])
  })

  it('stops with the first acknowledgement, whoever was paged', () => {
    const { send, due, state } = incident()
    expect(send({ type: 'acknowledge' }, after(minutes(3)), sacha)).toMatchObject([
      { type: 'IncidentAcknowledged', page: 1, by: sacha },
    ])
    expect(due().map(([kind]) => kind)).toEqual(['update', 'war_room'])
    expect(send({ type: 'acknowledge' }, after(minutes(4)), alex)).toEqual([])
    expect(state()).toMatchObject({ acknowledged: { by: { id: 'sacha' }, at: after(minutes(3)) } })
  })

  it('does nothing for a stale, doubled or early timer', () => {
    const { events, fireNext } = incident()
    const fire = { type: 'fire', kind: 'acknowledgement', cycle: 1, dueAt: after(minutes(10)) } as const
    const specified = specifyIncident(settings).given(...events)
    const clock = { by: clockActor, at: after(minutes(10)) }
    specified.when(fire, { ...clock, at: after(minutes(10) - 1) }).then(nothing)
    specified.when({ ...fire, cycle: 2 }, clock).then(nothing)
    specified.when({ ...fire, kind: 'chase' }, clock).then(nothing)
    specified.when(fire, { by: alex }).then(refused('not_for_this_actor', 'by'))
    fireNext()
    specifyIncident(settings)
      .given(...events)
      .when(fire, clock)
      .then(nothing)
  })
})

describe('the duties of the desk', () => {
  it('fall due by the numbers of 000', () => {
    const { due } = incident({ callBack: true, onSite: true } as object)
    expect(due()).toEqual([
      ['acknowledgement', after(minutes(10))],
      ['callback', after(minutes(10))],
      ['update', after(minutes(30))],
      ['war_room', after(hours(1))],
      ['response', after(hours(2))],
      ['on_site', after(hours(24))],
    ])
  })

  it('are overdue once, at the due instant, and made up for later', () => {
    const { events, send, fireNext, state, due } = incident()
    expect(fireNext(days(1), 'war_room').filter(overdueWith('war_room'))).toMatchObject([
      {
        type: 'IncidentOverdue',
        what: 'war_room',
        since: monday,
        dueAt: after(hours(1)),
        at: after(days(1) + hours(1)),
      },
    ])
    expect(due().map(([kind]) => kind)).not.toContain('war_room')
    expect(incidentLabels(state())).toEqual({ status: 'declared', priority: 'critical', late: true, outstanding: true })
    send({ type: 'openWarRoom', place: 'https://meet.example/1' }, after(days(2)))
    expect(state()).toMatchObject({ overdue: ['response', 'update'] })
    expect(events.filter(overdueWith('war_room'))).toHaveLength(1)
  })

  it('are met in time, and then never overdue', () => {
    const { send, due } = incident({ callBack: true, onSite: true } as object)
    send({ type: 'acknowledge' }, after(1))
    send({ type: 'recordCallback', note: 'Calmed down' }, after(2))
    expect(send({ type: 'recordCallback' }, after(3))).toEqual([])
    send({ type: 'openWarRoom', place: 'Room 4' }, after(4))
    expect(send({ type: 'openWarRoom', place: 'Room 4' }, after(5))).toEqual([])
    send({ type: 'dispatchTechnician', technician: { id: 'tech-1' }, site: 'Lyon' }, after(6))
    expect(send({ type: 'dispatchTechnician', technician: { id: 'tech-1' }, site: 'Lyon' }, after(7))).toEqual([])
    expect(due().map(([kind]) => kind)).toEqual(['update', 'on_site'])
    send({ type: 'confirmOnSite' }, after(8))
    expect(send({ type: 'confirmOnSite' }, after(9))).toEqual([])
    expect(due().map(([kind]) => kind)).toEqual(['update'])
  })

  it('count on-site time anew for another technician after the first has arrived', () => {
    const { send, due } = incident({ onSite: true } as object)
    send({ type: 'dispatchTechnician', technician: { id: 'tech-1' } }, after(1))
    send({ type: 'confirmOnSite' }, after(hours(2)))
    send({ type: 'dispatchTechnician', technician: { id: 'tech-2' } }, after(hours(3)))
    expect(due()).toContainEqual(['on_site', after(hours(27))])
  })

  it('refuse an arrival when nobody was sent', () => {
    specifyIncident()
      .given(...incident().events)
      .when({ type: 'confirmOnSite' })
      .then(refused('no_technician_dispatched'))
  })
})

describe('the affected customers', () => {
  it('are owed an update every 30 minutes, counted from the last one, posted or missed', () => {
    const { send, fireNext, due } = incident()
    send({ type: 'postUpdate', message: 'We are at it' }, after(minutes(20)))
    expect(due()).toContainEqual(['update', after(minutes(50))])
    send({ type: 'postUpdate', message: 'The database is gone', internal: true }, after(minutes(40)))
    expect(due()).toContainEqual(['update', after(minutes(50))])
    expect(fireNext(days(10), 'update').filter(overdueWith('update'))).toMatchObject([
      { what: 'update', since: after(minutes(20)), dueAt: after(minutes(50)), cycle: 1 },
    ])
    expect(due()).toContainEqual(['update', after(minutes(80) + days(10))])
  })

  it('are owed none while there are none, and from when there are some', () => {
    const { send, due } = incident({ customer: undefined, ticketId: 'T1' } as object)
    expect(due().map(([kind]) => kind)).not.toContain('update')
    send({ type: 'addCustomers', customers: [{ id: 'b' }, { id: 'b' }] }, after(minutes(5)))
    expect(due()).toContainEqual(['update', after(minutes(35))])
    expect(send({ type: 'addCustomers', customers: [{ id: 'b' }] }, after(minutes(6)))).toEqual([])
  })
})

describe('the end of an incident', () => {
  it('leaves only the post-mortem to be written', () => {
    const { send, due, state, fireNext } = incident({ callBack: true, onSite: true } as object)
    send({ type: 'resolve', summary: 'Rolled back' }, after(hours(1)))
    expect(due()).toEqual([['post_mortem', after(hours(1) + days(5))]])
    fireNext()
    expect(due()).toEqual([])
    expect(incidentLabels(state())).toMatchObject({ status: 'resolved', late: true, outstanding: true })
    send({ type: 'postUpdate', message: 'All is well' }, after(days(6)))
    send({ type: 'writePostMortem', body: 'Never on a Friday.' }, after(days(7)))
    expect(state()).toMatchObject({ status: 'closed', overdue: [], postMortemAt: after(days(7)) })
    expect(incidentLabels(state())).toMatchObject({ status: 'closed', late: false, outstanding: false })
    expect(send({ type: 'writePostMortem', body: 'Nor on a Monday.' }, after(days(8)))).toHaveLength(1)
    expect(state()).toMatchObject({ status: 'closed', postMortemAt: after(days(7)) })
  })

  it('is undone by an agent: duties count from then on, and no post-mortem is due', () => {
    const { send, due, state, fireNext } = incident({ onSite: true } as object)
    send({ type: 'acknowledge' }, after(minutes(5)))
    send({ type: 'resolve', summary: 'Rolled back' }, after(hours(2)))
    send({ type: 'reopen', reason: 'It is down again' }, after(hours(3)))
    expect(send({ type: 'reopen', reason: 'Still' }, after(hours(3)))).toEqual([])
    expect(state()).toMatchObject({ status: 'acknowledged', acknowledged: { at: after(minutes(5)) } })
    expect(due()).toEqual([
      ['update', after(hours(3) + minutes(30))],
      ['war_room', after(hours(4))],
      ['on_site', after(hours(27))],
    ])
    fireNext()
    expect(state()).toMatchObject({ overdue: ['update'] })
    send({ type: 'resolve', summary: 'Disk replaced' }, after(hours(4)))
    expect(due()).toEqual([['post_mortem', after(hours(4) + days(5))]])
    fireNext()
    expect(state()).toMatchObject({ overdue: ['post_mortem'] })
    send({ type: 'reopen', reason: 'Not the disk' }, after(days(6)))
    expect(state()).toMatchObject({ overdue: [], resolvedAt: undefined })
  })

  it('leaves an unacknowledged incident with the agent who reopens it; after the post-mortem it is final', () => {
    const { events, send, state } = incident()
    specifyIncident()
      .given(...events)
      .when({ type: 'reopen', reason: 'x' })
      .then(nothing)
    send({ type: 'resolve', summary: 'Rolled back' }, after(hours(1)))
    send({ type: 'reopen', reason: 'Down again' }, after(hours(2)))
    expect(state()).toMatchObject({ status: 'acknowledged', acknowledged: { by: { id: 'alex' }, at: after(hours(2)) } })
    send({ type: 'resolve', summary: 'Rolled back' }, after(hours(3)))
    send({ type: 'writePostMortem', body: 'x' }, after(hours(4)))
    specifyIncident()
      .given(...events)
      .when({ type: 'reopen', reason: 'x' })
      .then(refused('incident_resolved'))
  })

  it('is needed before the post-mortem, and excludes further work', () => {
    const { events, send } = incident()
    specifyIncident()
      .given(...events)
      .when({ type: 'writePostMortem', body: 'x' })
      .then(refused('incident_not_resolved'))
    send({ type: 'resolve', summary: 'Rolled back' })
    specifyIncident()
      .given(...events)
      .when({ type: 'resolve', summary: 'Rebooted' })
      .then(refused('incident_resolved'))
    specifyIncident()
      .given(...events)
      .when({ type: 'openWarRoom', place: 'x' })
      .then(refused('incident_resolved'))
  })
})

describe('the urgent ticket', () => {
  it('is linked once, or unavailable, whichever is recorded first', () => {
    const { send, state } = incident()
    expect(send({ type: 'linkTicket' })).toMatchObject([{ type: 'IncidentTicketLinked', ticketId: 'I1' }])
    expect(send({ type: 'linkTicket' })).toEqual([])
    expect(send({ type: 'declineTicket', reason: 'ticket_closed' })).toEqual([])
    expect(state()).toMatchObject({ ticket: { state: 'linked' } })
    const other = incident()
    other.send({ type: 'declineTicket', reason: 'ticket_closed' })
    expect(other.send({ type: 'linkTicket' })).toEqual([])
    expect(other.state()).toMatchObject({ ticket: { state: 'refused', reason: 'ticket_closed' } })
  })
})

describe('history', () => {
  it('is read as it was stored, and folds to a state that survives JSON', () => {
    const { events, send, state } = incident({ onSite: true, callBack: true } as object)
    send({ type: 'dispatchTechnician', technician: { id: 'tech-1' } })
    for (const { type, at: _, by: __, ...data } of events) {
      expect(incidentEvents[type]?.schema.parse(data)).toEqual(data)
    }
    const stored: unknown = JSON.parse(JSON.stringify(state()))
    expect(incidentDeadlines(stored as IncidentState)).toEqual(incidentDeadlines(state()))
  })

  it('never runs backwards', () => {
    const { send } = incident()
    send({ type: 'openWarRoom', place: 'x' }, after(hours(1)))
    expect(send({ type: 'acknowledge' }, monday)).toMatchObject([{ at: after(hours(1)) }])
  })

  it('of a stream without an incident refuses every command', () => {
    const [, paged] = incident().events
    expect(paged && evolveIncident({ status: 'absent' }, paged)).toEqual({ status: 'absent' })
    specifyIncident().when({ type: 'acknowledge' }).then(refused('incident_not_found'))
    specifyIncident().when({ type: 'fire', kind: 'update', cycle: 0, dueAt: monday }, { by: clockActor }).then(nothing)
  })
})
