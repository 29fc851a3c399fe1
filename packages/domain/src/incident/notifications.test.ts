import { describe, expect, it } from 'vitest'
import { importCorrelation } from '../history-import.ts'
import type { Actor } from '../kernel/actor.ts'
import { clockActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { hours } from '../kernel/time.ts'
import type { Notification } from '../notification/notification.ts'
import type { Recipient } from '../notification/recipient.ts'
import { after, alex, monday, sacha } from '../testing/examples.ts'
import { incidentUnder } from '../testing/specification.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { IncidentCommandInput } from './commands.ts'
import { incidentDeadlines } from './deadlines.ts'
import type { IncidentEvent } from './events.ts'
import { incidentNotifications } from './notifications.ts'

const onCall = incidentUnder({
  rota: [{ id: 'alex', email: 'alex@desk.example' }, 'sacha'],
  briefed: ['ceo'],
})
const customer = { id: 'camille', email: 'camille@example.org' }
const other = { id: 'dan', language: 'en' }

/** The notifications of an incident's commands, command by command. */
function notificationsOf(
  commands: readonly (readonly [IncidentCommandInput | 'fire', Actor?, Instant?])[],
  choices: Readonly<Record<string, Recipient>> = {},
  correlationId = 'c',
  decider = onCall,
): Notification[][] {
  const events: IncidentEvent[] = []
  const state = () => fold(decider, events)
  return commands.map(([command, by = alex, moment = monday], index) => {
    const [due] = incidentDeadlines(state())
    const fire = due && ({ type: 'fire', kind: due.kind, cycle: due.cycle, dueAt: due.dueAt } as const)
    const input = command === 'fire' ? fire : command
    if (!input) throw new Error('nothing is due')
    const at = command === 'fire' && due ? due.dueAt : moment
    const issued = { commandId: `c${index}`, aggregateId: 'I1', at, by: command === 'fire' ? clockActor : by }
    const decision = decider.decide({ ...input, ...issued }, state())
    if (!decision.ok) throw new Error(decision.refusal.code)
    return decision.value.flatMap((event) => {
      events.push(event)
      const envelope: EventEnvelope<IncidentEvent> = {
        event,
        id: `incident-I1/${events.length}`,
        stream: 'incident-I1',
        version: events.length,
        position: String(events.length) as Position,
        recordedAt: event.at,
        commandId: 'c',
        correlationId,
        causationId: 'c',
        schemaVersion: 1,
      }
      const terms = { policy: defaultTicketPolicy, wording: defaultWording, recipientOf: (id: string) => choices[id] }
      return incidentNotifications(envelope, state(), terms)
    })
  })
}
const summary = (notifications: readonly Notification[] = []) =>
  notifications.map(({ kind, recipientId }) => `${kind} ${recipientId ?? 'desk'}`)
const declare: IncidentCommandInput = { type: 'declare', title: 'Panne', customer, customers: [other], language: 'fr' }
const sends = (...commands: Parameters<typeof notificationsOf>[0]) =>
  summary(notificationsOf([[declare], ...commands]).at(-1))

describe('an agent on call', () => {
  it('is paged on every channel, whatever they prefer', () => {
    const choices = { alex: { preference: 'none', language: 'en' } } as const
    expect(notificationsOf([[declare, sacha]], choices)).toMatchObject([
      [
        { kind: 'incident_declared', recipientId: 'ceo' },
        {
          id: 'incident-I1/2:alex',
          kind: 'incident_paged',
          level: 'warning',
          recipientId: 'alex',
          address: 'alex@desk.example',
          incidentId: 'I1',
          ticketId: 'I1',
          language: 'en',
          title: 'Critical incident: You are on call',
          message: "The incident 'Panne' waits for you to take it on.",
          channels: { web: true, email: true, push: true },
        },
      ],
    ])
  })

  it('is paged in turn, then all of them and the desk', () => {
    expect(sends(['fire'])).toEqual(['incident_paged sacha'])
    expect(sends(['fire'], ['fire'])).toEqual(['incident_paged alex', 'incident_paged sacha', 'incident_paged desk'])
  })

  it('is notified of overdue duties after the acknowledgement, the desk before', () => {
    const due = [['fire'], ['fire'], ['fire'], ['fire']] as const
    expect(sends(...due).filter((line) => line.startsWith('incident_overdue'))).toEqual([
      'incident_overdue ceo',
      'incident_overdue desk',
    ])
    const [overdue] = notificationsOf([[declare], [{ type: 'acknowledge' }], ['fire']]).at(-1) ?? []
    expect(overdue).toMatchObject({
      kind: 'incident_overdue',
      recipientId: 'alex',
      address: 'alex@desk.example',
      message: "Incident 'Panne' en retard : information des clients.",
    })
  })

  it('is notified of a miss that another command records first, not of one that it makes up for', () => {
    const late = (command: IncidentCommandInput) =>
      summary(notificationsOf([[declare], [command, alex, after(hours(3))]]).at(-1)).filter((line) =>
        line.includes('overdue'),
      )
    expect(late({ type: 'linkTicket' })).toHaveLength(6)
    expect(late({ type: 'acknowledge' })).toEqual([
      'incident_overdue ceo',
      'incident_overdue desk',
      'incident_overdue ceo',
      'incident_overdue desk',
    ])
    expect(late({ type: 'resolve', summary: 'Rebooted' })).toEqual([])
  })
})

describe('the affected customers', () => {
  it('receive the public updates, each in their language, and the end', () => {
    const update = { type: 'postUpdate', message: 'On y est. [sic]' } as const
    expect(notificationsOf([[declare], [update]]).at(-1)).toMatchObject([
      { recipientId: 'camille', address: 'camille@example.org', message: "Incident 'Panne' : On y est. [sic]" },
      { recipientId: 'dan', language: 'en', message: "Incident 'Panne': On y est. [sic]" },
      { recipientId: 'ceo' },
    ])
    expect(sends([{ type: 'resolve', summary: 'The intern did it' }])).toEqual([
      'incident_resolved camille',
      'incident_resolved dan',
      'incident_resolved ceo',
    ])
    const ends = notificationsOf([[declare], [{ type: 'resolve', summary: 'The intern did it' }]]).at(-1) ?? []
    for (const { message } of ends) expect(message).not.toContain('intern')
  })

  it('are notified of a reopening after its end, without the reason', () => {
    const resolve = { type: 'resolve', summary: 'Rebooted' } as const
    const reopen = { type: 'reopen', reason: 'The intern was wrong' } as const
    const reopening = notificationsOf([[declare], [resolve], [reopen, sacha]]).at(-1) ?? []
    expect(summary(reopening)).toEqual(['incident_reopened camille', 'incident_reopened dan', 'incident_reopened ceo'])
    expect(reopening).toMatchObject([
      { level: 'warning', incidentId: 'I1', message: "L'incident 'Panne' n'est pas terminé : il est rouvert." },
      { level: 'warning', language: 'en', message: "The incident 'Panne' is not over: it was reopened." },
      {},
    ])
    for (const { message } of reopening) expect(message).not.toContain('intern')
    expect(sends([reopen])).toEqual([])
  })

  it('are not notified of internal updates and pages', () => {
    expect(sends([{ type: 'postUpdate', message: 'Hush', internal: true }])).toEqual(['incident_briefing ceo'])
    expect(sends([{ type: 'acknowledge' }])).toEqual(['incident_acknowledged ceo'])
    for (const command of [
      { type: 'openWarRoom', place: 'x' },
      { type: 'dispatchTechnician', technician: { id: 'tech' } },
      { type: 'linkTicket' },
    ] as const) {
      const people = notificationsOf([[declare], [command]]).at(-1) ?? []
      expect(people.map(({ recipientId }) => recipientId)).not.toContain('camille')
      expect(people.map(({ recipientId }) => recipientId)).not.toContain('dan')
    }
  })

  it('are notified by preference', () => {
    const choices = {
      camille: { preference: 'none', language: undefined },
      dan: { preference: 'web_only', language: 'fr' },
    } as const
    const update = notificationsOf([[declare], [{ type: 'postUpdate', message: 'x' }]], choices).at(-1)
    expect(update).toMatchObject([
      { recipientId: 'dan', language: 'fr', channels: { web: true, email: false, push: false } },
      { recipientId: 'ceo' },
    ])
  })
})

describe('a step that is taken', () => {
  const tech = { id: 'tech', email: 'tech@desk.example' }

  it('notifies those concerned: of the war room the agents on call, of a dispatch the technician, and briefed users of all', () => {
    expect(sends([{ type: 'openWarRoom', place: 'Room 4' }])).toEqual([
      'incident_war_room sacha',
      'incident_war_room ceo',
    ])
    const dispatch = { type: 'dispatchTechnician', technician: tech, site: '4, rue des Lilas' } as const
    expect(notificationsOf([[declare], [dispatch]]).at(-1)).toMatchObject([
      {
        kind: 'incident_technician',
        recipientId: 'tech',
        address: 'tech@desk.example',
        message: "Une intervention sur site est demandée pour l'incident 'Panne' : 4, rue des Lilas",
      },
      { recipientId: 'ceo' },
    ])
    expect(sends([dispatch], [{ type: 'confirmOnSite' }])).toEqual(['incident_on_site ceo'])
    expect(sends([{ type: 'acknowledge' }, sacha], [dispatch], [{ type: 'confirmOnSite' }])).toEqual([
      'incident_on_site sacha',
      'incident_on_site ceo',
    ])
    expect(sends([{ type: 'resolve', summary: 'x' }], [{ type: 'writePostMortem', body: 'Why' }])).toEqual([
      'incident_post_mortem sacha',
      'incident_post_mortem ceo',
    ])
  })

  it('notifies of a callback those who could have made it, and briefed users', () => {
    const asked: IncidentCommandInput = { ...declare, callBack: true }
    expect(summary(notificationsOf([[asked], [{ type: 'recordCallback' }]]).at(-1))).toEqual([
      'incident_callback sacha',
      'incident_callback ceo',
    ])
  })

  it('notifies the agent who has acknowledged the incident, though they are not on call', () => {
    const kim = { kind: 'agent', id: 'kim' } as const
    const taken = [[{ type: 'acknowledge' }, kim]] as const
    const resolve = { type: 'resolve', summary: 'x' } as const
    expect(sends(...taken, [{ type: 'openWarRoom', place: 'x' }])).toContain('incident_war_room kim')
    expect(sends(...taken, [resolve], [{ type: 'writePostMortem', body: 'y' }])).toContain('incident_post_mortem kim')
    const called = notificationsOf([[{ ...declare, callBack: true }], ...taken, [{ type: 'recordCallback' }]]).at(-1)
    expect(summary(called)).toContain('incident_callback kim')
  })

  it('notifies the desk when nobody is on call, like a page', () => {
    const alone = incidentUnder()
    const desk = (...commands: Parameters<typeof notificationsOf>[0]) =>
      summary(notificationsOf([[{ ...declare, callBack: true }], ...commands], {}, 'c', alone).at(-1))
    const resolve = { type: 'resolve', summary: 'x' } as const
    expect(desk([{ type: 'openWarRoom', place: 'x' }])).toEqual(['incident_war_room desk'])
    expect(desk([{ type: 'recordCallback' }])).toEqual(['incident_callback desk'])
    expect(desk([{ type: 'acknowledge' }, sacha], [resolve], [{ type: 'writePostMortem', body: 'y' }])).toEqual([
      'incident_post_mortem sacha',
      'incident_post_mortem desk',
    ])
  })

  it('omits the place when there is none', () => {
    const dispatched = notificationsOf([[declare], [{ type: 'dispatchTechnician', technician: tech }]]).at(-1)
    expect(dispatched?.[0]?.message).toBe("Une intervention sur site est demandée pour l'incident 'Panne'.")
  })
})

describe('nobody', () => {
  it('is notified of their own actions, or of imported history', () => {
    const ceo = { kind: 'agent', id: 'ceo' } as const
    expect(sends([{ type: 'postUpdate', message: 'x', internal: true }, ceo])).toEqual([])
    expect(notificationsOf([[declare]], {}, importCorrelation('2026')).flat()).toEqual([])
  })
})
