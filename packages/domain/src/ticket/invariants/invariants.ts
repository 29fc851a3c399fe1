import { expect } from 'vitest'
import { versionAt } from '../../configuration/terms.ts'
import { guichetEvents } from '../../desk/categories.ts'
import { fold } from '../../kernel/decider.ts'
import { decodeEvent, encodeEvent } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import { elapsed, later, latest } from '../../kernel/time.ts'
import { slaTargets } from '../../sla/settings.ts'
import { alex } from '../../testing/examples.ts'
import { ticketDeadlines } from '../deadlines.ts'
import type { TicketEvent } from '../events.ts'
import { acceptedWhenMerged, ticketCommands } from '../commands.ts'
import { messageOf } from '../messages.ts'
import type { TicketDeadline } from '../targets.ts'
import { targetDue } from '../targets.ts'
import { ticketStatuses } from '../vocabulary.ts'
import type { Invariants } from './step.ts'
import { fire, historyOf, isReply, isTicket, take, ticket } from './step.ts'

/** Invariants of the status transitions of a ticket, and of who may cause them. */
export const statusInvariants: Invariants = {
  L1: (life) => {
    for (const { command, before, events, after } of life) {
      const cell = ticketCommands[command.type].lifecycle[before.status]
      if (events.length > 0) expect('to' in cell ? cell.to : []).toContain(after.status)
      else expect(after).toBe(before)
    }
  },
  L2: (life) => {
    for (const { after } of life.filter(({ after }) => isTicket(after))) {
      if (!isTicket(after)) continue
      expect(ticketStatuses).toContain(after.status)
      expect(after.waitingSince !== undefined).toBe(after.status === 'waiting_customer')
      expect(after.closed !== undefined).toBe(after.status === 'closed')
      if (after.mergedInto !== undefined) expect(after.closed?.reason).toBe('merged')
      if (after.status === 'resolved') expect(after.resolutions).toBeGreaterThan(0)
    }
  },
  L13: (life) => {
    for (const { command, decision, after } of life) {
      if (command.type !== 'customerReply' || !decision.ok || decision.value.length === 0) continue
      expect(['new', 'in_progress']).toContain(after.status)
    }
  },
  L14: (life) => {
    for (const { command, before, decision } of life) {
      if (before.status === 'absent' || before.mergedInto === undefined || acceptedWhenMerged.has(command.type))
        continue
      if (!ticketCommands[command.type].sentBy[command.by.kind]) continue
      if (isReply(command) && command.messageId !== undefined && messageOf(before.messages, command.messageId)) {
        expect(decision.ok ? decision.value : decision.refusal.code).toEqual(decision.ok ? [] : expect.any(String))
        continue
      }
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'ticket_merged', movedTo: before.mergedInto } })
    }
  },
  L16: (life) => {
    for (const { command, decision } of life) {
      if (ticketCommands[command.type].sentBy[command.by.kind]) continue
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'not_for_this_actor' } })
    }
  },
}

const anyTarget = new RegExp(`^(${slaTargets.join('|')})_`)
const isAboutATarget = ({ kind }: TicketDeadline): boolean => anyTarget.test(kind)

/** Invariants of deadlines. */
export const deadlinesInvariants: Invariants = {
  L10: (life) => {
    const seen = new Set<string>()
    for (const { command, events, after, timeline } of life) {
      if (command.type !== 'fire' || events.length === 0) continue
      const deadline = `${command.kind}/${command.cycle}/${command.dueAt}`
      expect(seen).not.toContain(deadline)
      seen.add(deadline)
      const outstanding = ticketDeadlines(after, timeline).map((d) => `${d.kind}/${d.cycle}/${d.dueAt}`)
      for (const fired of seen) expect(outstanding).not.toContain(fired)
    }
  },
  L11: (life) => {
    for (const { after, timeline } of life) {
      for (const due of ticketDeadlines(after, timeline)) {
        const early = later(due.dueAt, -1)
        if (isTicket(after) && after.updatedAt <= early)
          expect(take(after, fire(due, early, 'early'), timeline).events).toEqual([])
        const { events } = take(after, fire(due, due.dueAt, 'due'), timeline)
        expect(events).not.toEqual([])
        const missed = events.flatMap((event) => (event.type === 'TargetBreached' ? event.target : []))
        const saysNoMore = due.kind === 'update' && missed.includes('update')
        if (!isAboutATarget(due)) expect(events).toHaveLength(missed.length + (saysNoMore ? 0 : 1))
      }
    }
  },
  L12: (life) => {
    let before: Instant | undefined
    for (const { events, timeline, command } of life) {
      const decidedAt = command.type === 'fire' ? command.dueAt : command.at
      const { chaseAfter, closeUnansweredAfter } = versionAt(timeline, decidedAt).policy
      const steps = [0, ...chaseAfter, closeUnansweredAfter]
      for (const event of events) {
        if (event.type === 'CustomerWaitStarted') before = undefined
        const closing = event.type === 'TicketClosed' && event.reason === 'no_reply'
        if (event.type !== 'ChaseSent' && !closing) continue
        const step = event.type === 'ChaseSent' ? event.step : steps.length - 1
        const distance = (steps[step] ?? 0) - (steps[step - 1] ?? 0)
        if (before) expect(elapsed(before, event.at)).toBeGreaterThanOrEqual(distance)
        before = event.at
      }
    }
  },
  L25: (life) => {
    for (const { after, timeline } of life) {
      if (!isTicket(after) || after.status !== 'waiting_customer') continue
      const chase = { type: 'chase', commandId: 'by-hand', aggregateId: 'T1', at: after.updatedAt, by: alex } as const
      const { events, after: reminded } = take(after, chase, timeline)
      expect(events.map(({ type }) => type)).toContain('CustomerChased')
      const { status, waitingSince, waits, chasedAt } = after
      expect(reminded).toMatchObject({ status, waitingSince, waits, chasedAt })
      if (events.some(({ type }) => type === 'TargetBreached')) continue
      expect(ticketDeadlines(reminded, timeline)).toEqual(ticketDeadlines(after, timeline))
    }
  },
}

/** Invariants of a ticket and its history. */
export const historyInvariants: Invariants = {
  L3: (life) => {
    const history = historyOf(life)
    const whole = fold(ticket, history)
    expect(fold(ticket, history)).toEqual(whole)
    expect(life.at(-1)?.after ?? ticket.initial).toEqual(whole)
    const half = Math.floor(history.length / 2)
    expect(history.slice(half).reduce(ticket.evolve, fold(ticket, history.slice(0, half)))).toEqual(whole)
  },
  L4: (life) => {
    for (const { command, events, after, timeline } of life) {
      if (events.length > 0) expect(take(after, command, timeline).events).toEqual([])
    }
  },
  L5: (life) => {
    for (const { command, before, decision, after, timeline } of life) {
      expect(take(deepFreeze(before), deepFreeze(command), timeline).decision).toEqual(decision)
      expect(take(before, command, timeline).after).toEqual(after)
    }
  },
  L8: (life) => {
    const history = historyOf(life)
    const at = (type: TicketEvent['type']) => history.filter((event) => event.type === type).map((event) => event.at)
    const { after } = life.at(-1) ?? { after: ticket.initial }
    if (!isTicket(after)) return
    expect(after.resolutions).toBe(at('TicketResolved').length)
    expect(after.lastResolvedAt).toBe(at('TicketResolved').at(-1))
    expect(after.reopenings).toBe(at('TicketReopened').length)
    expect([after.openedAt]).toEqual(at('TicketOpened'))
    const first = history.find((event) => event.type === 'AgentReplied' && event.by.kind === 'agent')
    expect(after.firstRespondedAt).toBe(first?.at)
  },
  L9: (life) => {
    const instants = historyOf(life).map(({ at }) => at)
    expect(instants).toEqual(instants.toSorted())
  },
  L15: (life) => {
    for (const event of historyOf(life)) {
      const stored = JSON.parse(JSON.stringify(encodeEvent(guichetEvents, event))) as ReturnType<typeof encodeEvent>
      expect(decodeEvent(guichetEvents, stored)).toEqual(event)
    }
  },
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}

/** Invariants of classification, levels and feature requests. */
export const levelsInvariants: Invariants = {
  L20: (life) => {
    let classifications = 0
    let isPriorityGiven = false
    for (const { before, events } of life) {
      for (const event of events) {
        if (event.type === 'TicketOpened') isPriorityGiven = event.priorityGiven ?? false
        if (event.type === 'PriorityChanged') isPriorityGiven = true
        if (event.type !== 'TicketClassified') continue
        expect(++classifications).toBe(1)
        if (event.category !== undefined) expect(isTicket(before) && before.category).toBeUndefined()
        if (event.priority !== undefined) expect(isPriorityGiven).toBe(false)
      }
    }
  },
  L21: (life) => {
    const lines: string[] = []
    for (const { before, events, after } of life) {
      const moves = events.filter(({ type }) => type === 'TicketEscalated' || type === 'TicketDeescalated')
      const level = isTicket(before) ? before.level : 1
      for (const event of moves) {
        if (event.type === 'TicketDeescalated') expect(event.level).toBeLessThan(event.fromLevel)
        if (event.type !== 'TicketEscalated') continue
        expect(event.level).toBeGreaterThanOrEqual(event.fromLevel ?? 4)
        const { tried = [], triedBefore } = event.briefing ?? {}
        expect(tried.map(({ line }) => line)).toEqual(lines.slice(-8))
        expect(triedBefore).toBe(Math.max(0, lines.length - 8))
      }
      for (const event of events)
        if (event.type === 'AgentReplied' || event.type === 'InternalNoteAdded')
          lines.push(event.body.split('\n')[0] ?? '')
      if (!isTicket(after) || after.level === level) continue
      expect(moves).toHaveLength(1)
      expect(after.assignee).toBeUndefined()
      expect(after.routing.offer).toBeUndefined()
    }
  },
  L22: (life) => {
    let noted = false
    for (const { events, after } of life) {
      for (const { type } of events) {
        if (type === 'TicketReopened') noted = false
        if (type !== 'FeatureRequestNoted') continue
        expect(noted).toBe(false)
        noted = true
        expect(events.map((event) => event.type)).toContain('AgentReplied')
        expect(after.status).toBe('resolved')
      }
    }
  },
}

/** Invariants of promises. */
export const promisesInvariants: Invariants = {
  L18: (life) => {
    const ended = new Map<string, string>()
    for (const event of historyOf(life)) {
      if (event.type !== 'TargetMet' && event.type !== 'TargetBreached') continue
      const clock = `${event.target}/${event.cycle}`
      expect(ended.get(clock)).toBeUndefined()
      ended.set(clock, event.type)
      if (event.type === 'TargetMet') expect(event.at <= event.dueAt).toBe(true)
      else expect(event.at > event.dueAt).toBe(true)
    }
  },
  L19: (life) => {
    for (const { command, before, events, timeline } of life) {
      if (!isTicket(before) || events.length === 0) continue
      for (const target of slaTargets) {
        const due = targetDue(before, timeline, target)?.dueAt
        if (due === undefined || before.clocks.targets[target]?.breached !== undefined) continue
        const missed = events.some((event) => event.type === 'TargetBreached' && event.target === target)
        expect(missed).toBe(due < latest(command.at, before.updatedAt))
      }
    }
  },
}
