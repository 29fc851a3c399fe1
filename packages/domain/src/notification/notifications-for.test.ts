import { describe, expect, it } from 'vitest'
import { importCorrelation } from '../history-import.ts'
import { clockActor } from '../kernel/actor.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { days, hours, later } from '../kernel/time.ts'
import { after, alex, camille, monday, sacha, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { specifyTicket } from '../testing/specification.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { TicketState } from '../ticket/state.ts'
import { evolveTicket } from '../ticket/state.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { Notification } from './notification.ts'
import { notificationsFor } from './notification.ts'
import type { Preference, Recipient } from './recipient.ts'

type Choices = Readonly<Record<string, Recipient>>

/** The notifications of a history, event by event. */
function sentFor(events: readonly TicketEvent[], choices: Choices = {}, correlationId = 'c'): Notification[][] {
  let before: TicketState = { status: 'absent' }
  return events.map((event, index) => {
    const after = evolveTicket(before, event)
    const envelope: EventEnvelope<TicketEvent> = {
      event,
      id: `c/${index}`,
      stream: 'ticket-T1',
      version: index + 1,
      position: String(index + 1) as Position,
      recordedAt: event.at,
      commandId: 'c',
      correlationId,
      causationId: 'c',
      schemaVersion: 1,
    }
    const terms = { policy: defaultTicketPolicy, wording: defaultWording, recipientOf: (id: string) => choices[id] }
    const notifications = notificationsFor(envelope, before, after, terms)
    before = after
    return [...notifications]
  })
}
const last = (events: readonly TicketEvent[], choices?: Choices) => sentFor(events, choices).at(-1)
const summary = (notifications: readonly Notification[] = []) =>
  notifications.map(
    ({ kind, recipientId, team }) => `${kind} ${recipientId ?? ['desk', team].filter(Boolean).join(' ')}`,
  )

/** The notifications of a command on a history. */
const sends = (...given: Parameters<typeof sentBy>): string[] => summary(sentBy(...given))

function sentBy(history: readonly TicketEvent[], command: TicketCommandInput, issued: object = {}): Notification[] {
  const { decision } = specifyTicket()
    .given(...history)
    .when(command, issued)
  if (!decision.ok) throw new Error(decision.refusal.message)
  return sentFor([...history, ...decision.value])
    .slice(history.length)
    .flat()
}

const opened = ticketOpened()
const started = ticketEvent('TicketStarted', { reason: 'manual' })
const waiting = ticketEvent('CustomerWaitStarted', {})
const resolved = ticketEvent('TicketResolved', {})
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' })
const assigned = ticketEvent('TicketAssigned', { assignee: { id: 'alex' } }, { by: sacha })
const watched = ticketEvent('WatcherAdded', { watcher: { id: 'dominique' } })

describe('the customer and the watchers', () => {
  it('are notified in the words of 003 that the ticket waits for them', () => {
    expect(last([opened, started, waiting])).toEqual([
      {
        id: 'c/2:camille',
        recipientId: 'camille',
        address: 'camille@example.org',
        team: undefined,
        ticketId: 'T1',
        kind: 'waiting',
        level: 'warning',
        title: 'Ticket de support : En attente de votre réponse',
        message: "Votre ticket 'Facture introuvable' est maintenant en attente de votre réponse.",
        language: 'fr',
        channels: { web: true, email: true, push: true },
        at: monday,
      },
    ])
  })

  it('are notified that it is resolved, and that it is closed', () => {
    expect(last([opened, started, resolved])).toMatchObject([
      {
        level: 'success',
        title: 'Ticket de support : Résolu',
        message: "Votre ticket 'Facture introuvable' est maintenant résolu.",
      },
    ])
    expect(last([opened, started, resolved, closed])).toMatchObject([
      {
        level: 'info',
        title: 'Ticket de support : Fermé',
        message: "Votre ticket 'Facture introuvable' est maintenant fermé.",
      },
    ])
  })

  it('are notified of a reply, once', () => {
    expect(sends([opened, watched], { type: 'agentReply', body: 'x' })).toEqual(['reply camille', 'reply dominique'])
    expect(sends([opened], { type: 'agentReply', body: 'x', then: 'waiting_customer' })).toEqual(['waiting camille'])
    expect(sends([opened], { type: 'agentReply', body: 'x', then: 'resolved' })).toEqual(['resolved camille'])
    expect(sends([opened, started, resolved], { type: 'agentReply', body: 'x', then: 'resolved' })).toEqual([
      'reply camille',
    ])
  })

  it('get the content on their own ticket only', () => {
    const secret = ticketOpened({ subject: 'Licenciement' })
    for (const command of [
      { type: 'agentReply', body: 'x' },
      { type: 'agentReply', body: 'x', then: 'waiting_customer' },
      { type: 'agentReply', body: 'x', then: 'resolved' },
      { type: 'close', reason: 'invalid' },
    ] as const) {
      const [own, other] = sentBy([secret, watched], command)
      expect(own).toMatchObject({ recipientId: 'camille', message: expect.stringContaining('Licenciement') })
      expect(other).toMatchObject({
        recipientId: 'dominique',
        title: 'Ticket de support : Du nouveau',
        message: 'Il y a du nouveau sur un ticket de support que vous suivez.',
      })
      expect(JSON.stringify(other)).not.toMatch(/Licenciement|Camille|Durand|camille/)
    }
  })

  it('are chased, and notified of the end of a wait without a reply', () => {
    const fire = { type: 'fire', kind: 'chase', cycle: 1, dueAt: after(days(3)) } as const
    expect(sends([opened, started, waiting], fire, { at: after(days(3)), by: clockActor })).toEqual(['chase camille'])
    const [chased] =
      last([
        opened,
        started,
        waiting,
        ticketEvent(
          'ChaseSent',
          { step: 1, dueAt: after(days(3)), cycle: 1, messageId: 'm2', body: 'x', language: 'fr', policyVersion: '1' },
          { at: after(days(3)), by: clockActor },
        ),
      ]) ?? []
    expect(chased?.message).toBe("Votre ticket 'Facture introuvable' est en attente de votre réponse depuis 3 jours.")
  })

  it('are reminded by hand as by the clock, on the first day without its number', () => {
    expect(sends([opened, started, waiting], { type: 'chase' })).toEqual(['chase camille'])
    const text = { messageId: 'm2', body: 'x', language: 'fr', policyVersion: '1' }
    const reminded = (hour: number) =>
      last([opened, started, waiting, ticketEvent('CustomerChased', text, { at: after(hours(hour)) })])
    expect(reminded(49)?.[0]?.message).toContain('depuis 2 jours')
    expect(reminded(2)?.[0]?.message).not.toContain('depuis')
  })

  it('are not notified of spam, merges, the start of work and internal events', () => {
    expect(sends([opened], { type: 'markSpam' })).toEqual([])
    expect(sends([opened], { type: 'mergeInto', target: 'T2' })).toEqual([])
    expect(sends([opened], { type: 'start' })).toEqual([])
    expect(sends([opened], { type: 'addNote', body: 'x' })).toEqual([])
    expect(sends([opened], { type: 'changePriority', priority: 'high' })).toEqual([])
    expect(sends([opened], { type: 'rename', subject: 'x' })).toEqual([])
    expect(sends([opened, started, resolved], { type: 'reopen' })).toEqual([])
    expect(sentFor([opened])).toEqual([[]])
  })

  it('are notified of nothing more on a ticket that stays closed', () => {
    const late = ticketEvent('AgentReplied', { messageId: 'm2', body: 'x' })
    expect(last([opened, closed, late])).toEqual([])
  })
})

describe('the assignee', () => {
  it('is notified of a reply of the customer, also on a ticket that was closed', () => {
    const reply = { type: 'customerReply', body: 'x' } as const
    expect(sends([opened, assigned], reply, { by: camille })).toEqual(['customer_replied alex'])
    expect(sends([opened, assigned, resolved, closed], reply, { by: camille })).toEqual(['customer_replied alex'])
  })

  it('is notified of an open question that a merge brings along, unless the ticket is resolved or closed', () => {
    const absorbed = ticketEvent('TicketAbsorbed', { source: 'T2' }, { by: sacha })
    const complete = { type: 'completeAbsorption', source: 'T2' } as const
    const withQuestion = { ...complete, waitingSince: monday, watchers: [{ id: 'paul' }] }
    const mine = [opened, assigned, absorbed]
    expect(sends(mine, withQuestion, { by: sacha })).toEqual(['question_merged alex'])
    expect(sends([opened, assigned, waiting, absorbed], withQuestion, { by: sacha })).toEqual(['question_merged alex'])
    expect(sends([opened, absorbed], withQuestion, { by: sacha })).toEqual(['question_merged desk'])
    expect(sends(mine, withQuestion, { by: alex })).toEqual([])
    expect(sends(mine, complete, { by: sacha })).toEqual([])
    expect(sends([opened, assigned, resolved, absorbed], withQuestion, { by: sacha })).toEqual([])
    expect(sends([opened, assigned, absorbed, closed], withQuestion, { by: sacha })).toEqual([])
    expect(sentBy(mine, withQuestion, { by: sacha })[0]?.message).toContain('Facture introuvable')
  })

  it('is notified of an assignment by somebody else, and not of their own', () => {
    const assign = { type: 'assign', assignee: { id: 'alex' } } as const
    expect(sends([opened], assign, { by: sacha })).toEqual(['assigned alex'])
    expect(sends([opened], assign, { by: alex })).toEqual([])
  })

  it('is notified of stagnation and of an overdue update', () => {
    const stagnation = { type: 'fire', kind: 'stagnation', cycle: 2, dueAt: after(hours(24)) } as const
    const at = { at: after(hours(24)), by: clockActor }
    expect(sends([opened, assigned, started], stagnation, at)).toEqual(['stagnation alex'])
    const overdue = { type: 'fire', kind: 'update', cycle: 0, dueAt: after(hours(2)) } as const
    expect(sends([ticketOpened({ priority: 'urgent' }), assigned], overdue, at)).toEqual(['update_overdue alex'])
  })

  it('is notified of an overdue update in a text that calls only urgent tickets urgent', () => {
    const dueAt = after(hours(2))
    const overdue = ticketEvent(
      'UpdateOverdue',
      { since: monday, dueAt, cycle: 0, policyVersion: '1' },
      { by: clockActor },
    )
    const said = (priority: 'normal' | 'urgent', language: 'fr' | 'en') =>
      last([ticketOpened({ priority, language }), assigned, overdue])?.map(({ title, message }) => [title, message])
    expect(said('normal', 'fr')).toEqual([
      ['Ticket de support : Informez le client', "Le client du ticket 'Facture introuvable' attend des nouvelles."],
    ])
    expect(said('urgent', 'fr')).toEqual([
      ['Ticket urgent : Informez le client', "Le client du ticket urgent 'Facture introuvable' attend des nouvelles."],
    ])
    expect(said('normal', 'en')?.flat().join()).not.toMatch(/urgent/i)
    expect(said('urgent', 'en')?.flat().join()).toMatch(/Urgent ticket/)
  })

  it('is notified of a promised update in its own text, and not of a silence that they were alerted to before', () => {
    const promise = {
      target: 'update',
      cycle: 1,
      dueAt: after(hours(2)),
      since: monday,
      policy: 'x',
      policyVersion: '1',
    } as const
    const byClock = { by: clockActor }
    const warned = ticketEvent('TargetWarned', { ...promise, share: 0.75 }, byClock)
    const missed = ticketEvent('TargetBreached', promise, byClock)
    const alerted = ticketEvent(
      'UpdateOverdue',
      { since: monday, dueAt: after(hours(2)), cycle: 0, policyVersion: '1' },
      byClock,
    )
    const said = (...events: readonly TicketEvent[]) =>
      last([ticketOpened({ language: 'en' }), assigned, ...events])?.map(({ kind, title }) => [kind, title])
    expect(said(warned)).toEqual([['sla_warning', 'Support ticket: News soon due']])
    const words = 'Support Ticket: Keep the customer informed'
    expect(said(warned, missed)?.[0]).toEqual(['sla_breached', words])
    expect([said(alerted, warned), said(alerted, missed)]).toEqual([[], []])
    const replied = ticketEvent('AgentReplied', { messageId: 'm2', body: 'x' })
    const next = ticketEvent('TargetBreached', { ...promise, cycle: 2 }, byClock)
    expect(said(alerted, replied, next)).toHaveLength(2)
  })

  it('is notified that the ticket went to another team', () => {
    const escalate = { type: 'escalate', team: 'tech', reason: 'Bug' } as const
    expect(sends([opened, assigned], escalate, { by: sacha })).toContain('escalated alex')
  })
})

describe('the desk', () => {
  const escalated = ticketEvent('TicketEscalated', { team: 'tech', reason: 'Bug' })
  const stagnation = { type: 'fire', kind: 'stagnation', cycle: 1, dueAt: after(hours(24)) } as const
  const at = { at: after(hours(24)), by: clockActor }

  it('is notified about tickets that nobody has', () => {
    expect(sends([opened, started], stagnation, at)).toEqual(['stagnation desk'])
    const overdue = { type: 'fire', kind: 'update', cycle: 0, dueAt: after(hours(2)) } as const
    expect(sends([ticketOpened({ priority: 'urgent' })], overdue, at)).toEqual(['update_overdue desk'])
    const reply = { type: 'customerReply', body: 'x' } as const
    expect(sends([opened, started, escalated], reply, { by: camille })).toEqual(['customer_replied desk tech'])
    expect(sends([opened, resolved, closed], reply, { by: camille })).toEqual(['customer_replied desk'])
  })

  it('is notified of every escalation, for the team that the ticket goes to', () => {
    const escalate = { type: 'escalate', team: 'tech', reason: 'Bug' } as const
    expect(sends([opened], escalate)).toEqual(['escalated desk tech'])
    expect(sends([opened, assigned], escalate, { by: sacha })).toEqual(['escalated alex', 'escalated desk tech'])
    expect(sends([opened, escalated], { type: 'assign', assignee: { id: 'alex' } }, { by: sacha })).toEqual([
      'assigned alex',
    ])
  })

  it('is notified on the web, in its own language', () => {
    expect(last([ticketOpened({ language: 'en' }), escalated])).toMatchObject([
      {
        id: 'c/1:',
        recipientId: undefined,
        language: 'fr',
        channels: { web: true, email: false, push: false },
      },
    ])
  })
})

describe('every recipient', () => {
  it('is not notified of their own actions', () => {
    expect(sends([opened, watched, started, resolved], { type: 'confirm' }, { by: camille })).toEqual([
      'closed dominique',
    ])
  })

  it('is notified once, even as customer and watcher', () => {
    const self = ticketEvent('WatcherAdded', { watcher: { id: 'camille' } })
    expect(sends([opened, self], { type: 'agentReply', body: 'x' })).toEqual(['reply camille'])
  })

  it('is not notified of imported history', () => {
    expect(sentFor([opened, started, waiting], {}, importCorrelation('2026')).flat()).toEqual([])
  })

  it.each<[Preference, object | undefined]>([
    ['web_only', { web: true, email: false, push: false }],
    ['email_only', { web: false, email: true, push: false }],
    ['both', { web: true, email: true, push: true }],
    ['none', undefined],
  ])('is notified by preference: %s', (preference, channels) => {
    const choices = { camille: { preference, language: undefined } }
    expect(last([opened, started, waiting], choices)?.[0]?.channels).toEqual(channels)
  })

  it('is notified in the language they chose, else in that of the ticket, else in that of the desk', () => {
    const english = { camille: { preference: 'both', language: 'en-GB' } } as const
    const [chosen] = last([opened, started, waiting], english) ?? []
    expect(chosen).toMatchObject({
      language: 'en',
      title: 'Support ticket: Waiting for your reply',
      message: "Your ticket 'Facture introuvable' is now waiting for your reply.",
    })
    expect(last([ticketOpened({ language: 'en' }), started, waiting])).toMatchObject([{ language: 'en' }])
    expect(last([ticketOpened({ language: 'ja' }), started, waiting])).toMatchObject([{ language: 'fr' }])
  })

  it('reads the subject unchanged, with its brackets', () => {
    const odd = ticketOpened({ subject: '[Prénom] $& [X jours]' })
    expect(last([odd, started, waiting])?.[0]?.message).toContain("'[Prénom] $& [X jours]'")
  })

  it('is notified of a stagnation of less than a day without a number of days', () => {
    const alert = ticketEvent(
      'StagnationDetected',
      { since: monday, dueAt: later(monday, hours(8)), cycle: 0, policyVersion: '1' },
      { at: later(monday, hours(8)), by: clockActor },
    )
    expect(last([opened, assigned, started, alert])?.[0]?.message).toBe(
      "Le ticket 'Facture introuvable' est en cours sans activité.",
    )
  })
})
