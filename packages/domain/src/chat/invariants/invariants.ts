import { expect } from 'vitest'
import { guichetEvents } from '../../desk/categories.ts'
import { fold } from '../../kernel/decider.ts'
import { decodeEvent, encodeEvent } from '../../kernel/event.ts'
import { elapsed, later, latest } from '../../kernel/time.ts'
import { priorities } from '../../kernel/values.ts'
import { inCallSince, isConnected } from '../call.ts'
import { chatCommands } from '../commands.ts'
import { isShownInChat } from '../events.ts'
import { speaksIn } from '../rule.ts'
import type { ChatState } from '../state.ts'
import { waitsForCustomer } from '../state.ts'
import { chatSides } from '../vocabulary.ts'
import type { Invariants } from './step.ts'
import { chat, deadlinesOf, fire, historyOf, isChat, take } from './step.ts'

/** Invariants of the statuses of a chat, and of who may cause them. */
export const statusInvariants: Invariants = {
  C1: (life) => {
    for (const { command, before, events, after } of life) {
      const cell = chatCommands[command.type].lifecycle[before.status]
      if (events.length > 0) expect('to' in cell ? cell.to : []).toContain(after.status)
      else expect(after).toBe(before)
    }
  },
  C2: (life) => {
    for (const { after } of life) {
      if (!isChat(after)) continue
      const { status, assignee, joinedAt, offer, transfer, participants, closed } = after
      if (status !== 'closed') {
        expect([assignee !== undefined, joinedAt !== undefined]).toEqual(Array(2).fill(status === 'active'))
      }
      expect(closed !== undefined).toBe(status === 'closed')
      if (status === 'closed') expect([offer, transfer, participants]).toEqual([undefined, undefined, []])
      if (transfer) expect(status).toBe('active')
      const ids = participants.map(({ agent }) => agent.id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).not.toContain(assignee?.id)
    }
  },
  C3: (life) => {
    for (const { command, decision } of life) {
      if (chatCommands[command.type].sentBy[command.by.kind]) continue
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'not_for_this_actor' } })
    }
  },
  C4: (life) => {
    for (const { command, before, decision } of life) {
      if (!isChat(before) || command.by.id !== 'zoe' || command.type === 'start') continue
      if (chatCommands[command.type].sentBy.customer) {
        expect(decision).toMatchObject({ ok: false, refusal: { code: 'not_the_customer' } })
      }
    }
  },
  C5: (life) => {
    for (const { before, events } of life) {
      for (const event of events) {
        if (event.type !== 'ChatMessageSent' || event.by.kind !== 'agent' || event.kind === 'note') continue
        expect(isChat(before) && speaksIn(before, event.by.id)).toBe(true)
      }
    }
  },
}

/** Invariants of the queue, of offers and of the end. */
export const queueInvariants: Invariants = {
  C6: (life) => {
    let open: number | undefined
    let rounds = 0
    for (const { before, events, after } of life) {
      for (const event of events) {
        if (event.type === 'ChatOffered') {
          expect(open).toBeUndefined()
          expect(event.round).toBe(++rounds)
          expect(isChat(before) && before.assignee?.id === event.agent.id).toBe(false)
          open = event.round
        }
        const ends =
          event.type === 'ChatAccepted' ||
          event.type === 'ChatTransferred' ||
          event.type === 'ChatOfferDeclined' ||
          event.type === 'ChatOfferExpired' ||
          event.type === 'ChatOfferWithdrawn'
        if (ends) expect(event.round).toBe(open)
        if (ends || event.type === 'ChatClosed') open = undefined
      }
      expect(isChat(after) ? after.offer?.round : undefined).toBe(open)
    }
  },
  C7: (life) => {
    for (const { before, after, events } of life) {
      if (!isChat(before) || !isChat(after) || events.some(({ type }) => type === 'ChatReopened')) continue
      expect(after.queuedSince).toBe(before.queuedSince)
    }
  },
  C8: (life) => {
    for (const { command, before, events } of life) {
      const closing = events.find(({ type }) => type === 'ChatClosed')
      if (command.type !== 'fire' || closing?.type !== 'ChatClosed' || !isChat(before)) continue
      const { awaitedReply, times, status, joinedAt, disconnectedAt } = before
      if (status === 'waiting') {
        expect(waitsForCustomer(before)).toBe(true)
        expect(disconnectedAt && elapsed(disconnectedAt, closing.at)).toBeGreaterThanOrEqual(times.keepPlaceFor)
        continue
      }
      expect(awaitedReply).toMatchObject({ from: 'customer', overdue: true })
      const since = joinedAt && latest(awaitedReply.since, joinedAt)
      expect(since && elapsed(since, closing.at)).toBeGreaterThanOrEqual(times.closeAfter)
    }
  },
  C9: (life) => {
    for (const { before, events, after } of life) {
      if (!isChat(before) || !isChat(after) || after.status === 'closed') continue
      expect(after.awaitedReply.cycle - before.awaitedReply.cycle).toBeLessThanOrEqual(1)
      const [first] = events
      if (first?.type !== 'ChatMessageSent') continue
      if (first.by.kind === 'customer') expect(after.awaitedReply.from).toBe(isConnected(before) ? 'customer' : 'desk')
      else if (first.by.kind === 'agent' && first.kind !== 'note') expect(after.awaitedReply.from).toBe('customer')
      else expect(after.awaitedReply).toEqual(before.awaitedReply)
    }
  },
}

/** Invariants of the openings of a chat, and of its conversion. */
export const openingInvariants: Invariants = {
  C19: (life) => {
    let fence = 0
    let isReserved = false
    for (const { events, after } of life) {
      for (const event of events) {
        if (event.type === 'ChatFenced') {
          expect(event.reservation).toBeGreaterThan(fence)
          fence = event.reservation
        }
        if (event.type !== 'ChatStarted' && event.type !== 'ChatReopened') continue
        expect(event.reservation ?? Infinity).toBeGreaterThan(fence)
        if (isReserved) expect(event.reservation).toBeDefined()
        isReserved = event.reservation !== undefined
        expect(isChat(after) && after.reservation).toBe(event.reservation)
      }
    }
  },
  C20: (life) => {
    let state: 'none' | 'pending' | 'linked' | 'refused' = 'none'
    let [ticketId, reason] = ['', '']
    let attempts = 0
    for (const { events, after } of life) {
      for (const event of events) {
        if (event.type === 'ChatConversionRequested') {
          expect(['none', 'refused']).toContain(state)
          expect(event.ticketId === ticketId).toBe(state === 'refused' && reason !== 'ticket_already_open')
          ;({ ticketId } = event)
          state = 'pending'
          attempts++
        }
        if (event.type === 'ChatConversionRefused') {
          expect(state).toBe('pending')
          ;({ reason } = event)
          state = 'refused'
        }
        if (event.type === 'ChatConverted') {
          expect(['pending', 'refused']).toContain(state)
          expect(event.ticketId).toBe(ticketId)
          state = 'linked'
        }
        if (event.type === 'ChatReopened') expect(['none', 'refused']).toContain(state)
      }
      if (isChat(after)) expect(after.conversion?.attempt ?? 0).toBe(attempts)
    }
  },
}

/** Invariants of messages, of their numbers and of marks. */
export const messageInvariants: Invariants = {
  C10: (life) => {
    let count = 0
    for (const { events, after } of life) {
      for (const event of events) if (isShownInChat(event)) count++
      if (isChat(after)) expect(after.lastNumber).toBe(count)
      for (const event of events) {
        if (event.type === 'ChatMessageSent') expect(isShownInChat(event)).toBe(event.kind !== 'note')
      }
    }
  },
  C11: (life) => {
    for (const { before, after } of life) {
      if (!isChat(after)) continue
      expect(after.lastItem).toBeLessThanOrEqual(after.lastNumber)
      for (const side of chatSides) {
        const { delivered, read } = after
        expect(read[side]).toBeLessThanOrEqual(delivered[side])
        expect(delivered[side]).toBeLessThanOrEqual(after.lastItem)
        if (!isChat(before)) continue
        expect(read[side]).toBeGreaterThanOrEqual(before.read[side])
        expect(delivered[side]).toBeGreaterThanOrEqual(before.delivered[side])
      }
    }
  },
  C12: (life) => {
    const ids = historyOf(life).flatMap((event) => (event.type === 'ChatMessageSent' ? [event.messageId] : []))
    expect(new Set(ids).size).toBe(ids.length)
    const { after } = life.at(-1) ?? { after: chat.initial }
    if (isChat(after)) expect(after.messageCount).toBe(ids.length)
  },
}

/** Invariants of deadlines. */
export const deadlineInvariants: Invariants = {
  C13: (life) => {
    const fired = new Set<string>()
    for (const { command, events, after } of life) {
      if (command.type !== 'fire' || events.length === 0) continue
      const cycle = `${command.kind}/${command.cycle}`
      expect(fired).not.toContain(cycle)
      fired.add(cycle)
      for (const { kind, cycle } of deadlinesOf(after)) expect(fired).not.toContain(`${kind}/${cycle}`)
    }
  },
  C14: (life) => {
    for (const { after } of life) {
      if (!isChat(after)) continue
      for (const due of deadlinesOf(after)) {
        const early = later(due.dueAt, -1)
        if (after.updatedAt <= early) expect(take(after, fire(due, early)).events).toEqual([])
        expect(take(after, fire(due, due.dueAt)).events).not.toEqual([])
      }
    }
  },
}

/** Invariants of answers that are overdue. */
export const escalationInvariants: Invariants = {
  C28: (life) => {
    const escalated = new Set<number>()
    for (const { before, events } of life) {
      const overdue = events.filter(({ type }) => type === 'ChatAnswerOverdue')
      const escalations = events.filter((event) => event.type === 'ChatEscalated')
      expect(escalations.length).toBeLessThanOrEqual(overdue.length)
      if (overdue.length + escalations.length === 0) continue
      expect(overdue).toHaveLength(1)
      if (!isChat(before)) throw new Error('an answer is overdue in no chat')
      expect(escalated).not.toContain(before.awaitedReply.cycle)
      escalated.add(before.awaitedReply.cycle)
      for (const { from, to } of escalations) {
        expect(from).toBe(before.priority)
        expect(priorities.indexOf(to)).toBeGreaterThanOrEqual(priorities.indexOf(from))
      }
    }
  },
  C29: (life) => {
    let answered = false
    let requested = 0
    for (const { events } of life) {
      for (const event of events) {
        if (event.type === 'ChatMessageSent') answered ||= event.by.kind === 'agent' && event.kind !== 'note'
        if (event.type === 'ChatCallEnded') answered ||= event.seconds !== undefined
        if (event.type !== 'ChatTranscriptRequested') continue
        expect(answered || event.by.kind !== 'customer').toBe(true)
        requested++
      }
    }
    expect(requested).toBeLessThanOrEqual(5)
  },
}

/** What a restart reads: the state as JSON. */
const stored = (state: ChatState): ChatState => JSON.parse(JSON.stringify(state)) as ChatState

/** Invariants of the calls of a chat. */
export const callInvariants: Invariants = {
  C25: (life) => {
    for (const { after } of life) {
      if (!isChat(after)) continue
      const open = after.calls.filter(({ ended }) => !ended)
      expect(open.length).toBeLessThanOrEqual(after.status === 'active' ? 1 : 0)
      for (const { acceptedAt, agent } of open) {
        if (acceptedAt !== undefined) expect(agent && speaksIn(after, agent.id)).toBe(true)
      }
    }
  },
  C26: (life) => {
    const consents = new Map<string, Set<string>>()
    for (const { command, events } of life) {
      for (const event of events) {
        if (event.type === 'ChatCallRequested') consents.set(event.callId, new Set(event.recorded ? [event.side] : []))
        if (event.type === 'ChatCallAccepted' && command.type === 'acceptCall' && command.recorded)
          consents.get(event.callId)?.add(event.by.kind === 'customer' ? 'customer' : 'desk')
        if (event.type === 'ChatCallRecordingWithdrawn') consents.get(event.callId)?.delete(event.side)
        if (event.type === 'ChatCallRecorded') expect(consents.get(event.callId)).toEqual(new Set(chatSides))
      }
    }
  },
  C27: (life) => {
    for (const { before, events } of life) {
      if (!isChat(before) || inCallSince(before) === undefined) continue
      for (const event of events) {
        expect(['ChatAnswerOverdue', 'ChatInactivityWarned']).not.toContain(event.type)
        if (event.type === 'ChatClosed') expect(event.reason).not.toBe('inactive')
      }
    }
  },
}

/** Invariants of a chat and its history. */
export const historyInvariants: Invariants = {
  C15: (life) => {
    const history = historyOf(life)
    const whole = fold(chat, history)
    expect(life.at(-1)?.after ?? chat.initial).toEqual(whole)
    let state: ChatState = chat.initial
    for (const [index, event] of history.entries()) {
      state = chat.evolve(state, event)
      expect(history.slice(index + 1).reduce(chat.evolve, stored(state))).toEqual(whole)
    }
  },
  C16: (life) => {
    for (const { command, events, after } of life) {
      if (events.length > 0) expect(take(after, command).events).toEqual([])
    }
  },
  C17: (life) => {
    for (const { command, before, decision, after } of life) {
      expect(take(deepFreeze(before), deepFreeze(command)).decision).toEqual(decision)
      expect(take(stored(before), command).after).toEqual(after)
    }
  },
  C18: (life) => {
    const instants = historyOf(life).map(({ at }) => at)
    expect(instants).toEqual(instants.toSorted())
    for (const event of historyOf(life)) {
      const record = JSON.parse(JSON.stringify(encodeEvent(guichetEvents, event))) as ReturnType<typeof encodeEvent>
      expect(decodeEvent(guichetEvents, record)).toEqual(event)
    }
  },
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
