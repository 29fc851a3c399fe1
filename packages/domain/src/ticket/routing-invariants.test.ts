import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantTerms, termsAt } from '../configuration/terms.ts'
import { routingActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { alex, camille, monday, ticketOpened } from '../testing/examples.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'
import type { TicketEvent } from './events.ts'
import { defaultTicketPolicy } from './policy.ts'
import { needsAgent } from './routing.ts'
import { ticketAggregate } from './ticket.ts'

const terms = constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })
const ticket = ticketAggregate.under((at) => termsAt(terms, at))

const round = fc.integer({ min: 1, max: 4 })
const person = fc.constantFrom('alex', 'sacha').map((id) => ({ id }))
const agentVersion = fc.nat(3)
const of = <T extends string, R>(type: T, model: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record<R>(model).map((rest) => ({ type, ...rest }))

const commands: fc.Arbitrary<TicketCommandInput> = fc.oneof(
  {
    weight: 4,
    arbitrary: of('route', {
      round,
      agent: person,
      agentVersion,
      strategy: fc.constant('score'),
      candidates: fc.constant('online\n10\talex'),
      excluded: fc.constant({ full: 1 }),
      policyVersion: fc.constant('p'),
    }),
  },
  { weight: 2, arbitrary: of('confirmRouting', { round }) },
  { weight: 4, arbitrary: of('declineRouting', { round, agentVersion, reason: fc.constant('agent_full') }) },
  of('queue', { reason: fc.constantFrom('everybody_full', 'nobody_available'), policyVersion: fc.constant('p') }),
  of('assign', { assignee: person }),
  of('escalate', { level: fc.constantFrom(2 as const, 3 as const), reason: fc.constantFrom('hard', 'harder') }),
  of('deescalate', { level: fc.constantFrom(1 as const, 2 as const), reason: fc.constant('easy') }),
  of('customerReply', { body: fc.constant('?') }),
  ...(['unassign', 'resolve', 'close', 'reopen', 'waitForCustomer', 'start'] as const).map((type) =>
    fc.constant({ type }),
  ),
)

/** A history in which each event comes with the state on which it was decided. */
const histories = fc.array(commands, { maxLength: 60 }).map((sequence) => {
  let state = fold(ticket, [ticketOpened()])
  return sequence.flatMap((input, index) => {
    const senders = ticketAggregate.sentBy[input.type]
    const by = senders.agent ? alex : senders.customer ? camille : routingActor
    const command = {
      ...ticketAggregate.schema.parse(input),
      at: monday,
      by,
      commandId: `c${index}`,
      aggregateId: 'T1',
    }
    const decision = ticket.decide(command, state)
    return (decision.ok ? decision.value : []).map((event) => {
      const before = state
      state = ticket.evolve(state, event)
      return { before, event }
    })
  })
})
type History = typeof histories extends fc.Arbitrary<infer H> ? H : never

const changesLevel = (event: TicketEvent): boolean =>
  (event.type === 'TicketEscalated' || event.type === 'TicketDeescalated') && event.level !== event.fromLevel
const endsTheNeed = ['TicketUnassigned', 'TicketResolved', 'TicketClosed', 'TicketReopened']

const invariants: Readonly<Record<string, (history: History) => void>> = {
  R1: (history) => {
    let offered: number | undefined
    let rounds = 0
    const declined = new Map<string, number>()
    const anew = (): void => {
      declined.clear()
      offered = undefined
    }
    for (const { event } of history) {
      if (event.type === 'TicketRouted') {
        expect(offered).toBeUndefined()
        expect(event.round).toBe(++rounds)
        expect(event.agentVersion).toBeGreaterThan(declined.get(event.agent.id) ?? -1)
        offered = event.round
      } else if (event.type === 'RoutingDeclined') {
        expect(event.round).toBe(offered)
        declined.set(event.agent.id, event.agentVersion)
        offered = undefined
      } else if (event.type === 'TicketAssigned') {
        if (event.round !== undefined) expect(event.round).toBe(offered)
        anew()
      } else if (endsTheNeed.includes(event.type) || changesLevel(event)) anew()
    }
  },
  R2: (history) => {
    for (const { before, event } of history) {
      if (event.type !== 'TicketRouted' && event.type !== 'TicketQueued') continue
      expect(needsAgent(before)).toBe(true)
      if (before.status === 'absent') throw new Error('not opened')
      expect(before.routing.offer).toBeUndefined()
      if (event.type === 'TicketQueued') expect(before.routing.queued?.reason).not.toBe(event.reason)
    }
  },
}

const document = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8')

describe('every ticket in routing keeps', () => {
  it.each(Object.entries(invariants))('%s', (_number, holds) => {
    fc.assert(fc.property(histories, holds), { numRuns: 300 })
  })

  it('every invariant that docs/lifecycle.md numbers, and no other', () => {
    const numbered = [...document.matchAll(/^- \*\*(R\d+)\*\*/gm)].map(([, number]) => number)
    expect(numbered).toEqual(Object.keys(invariants))
  })

  it('in histories in which it is offered, declined, taken and queued', () => {
    const types = new Set<TicketEvent['type']>()
    for (const history of fc.sample(histories, { numRuns: 200, seed: 1 })) {
      for (const { event } of history) types.add(event.type)
    }
    expect([...types]).toEqual(
      expect.arrayContaining(['TicketRouted', 'RoutingDeclined', 'TicketAssigned', 'TicketQueued']),
    )
  })
})
