import type { z } from 'zod'
import type { DeskNames } from '../agent/agent.ts'
import { agentAggregate } from '../agent/agent.ts'
import type { AgentCommandInput, Profile } from '../agent/commands.ts'
import { profileSchema } from '../agent/commands.ts'
import type { AgentEvent, AgentEventOf, AgentState } from '../agent/events.ts'
import { chatAggregate } from '../chat/chat.ts'
import type { ChatCommandInput } from '../chat/commands.ts'
import type { ChatEvent } from '../chat/events.ts'
import type { ChatHours } from '../chat/hours.ts'
import type { ChatSettings } from '../chat/settings.ts'
import { chatSettingsSchema } from '../chat/settings.ts'
import type { ChatState } from '../chat/state.ts'
import type { TermsTimeline } from '../configuration/terms.ts'
import { constantTerms, termsAt } from '../configuration/terms.ts'
import type { CustomerCommandInput } from '../customer/commands.ts'
import type { CustomerTerms } from '../customer/customer.ts'
import { customerAggregate } from '../customer/customer.ts'
import type { CustomerEvent, CustomerState } from '../customer/events.ts'
import type { IncidentCommandInput } from '../incident/commands.ts'
import type { IncidentEvent } from '../incident/events.ts'
import { defaultIncidentTerms, incidentAggregate } from '../incident/incident.ts'
import type { IncidentTerms } from '../incident/rule.ts'
import type { IncidentSettingsInput } from '../incident/settings.ts'
import { incidentSettingsSchema } from '../incident/settings.ts'
import type { IncidentState } from '../incident/state.ts'
import type { Aggregate, CommandMetadata } from '../kernel/decider.ts'
import { fold } from '../kernel/decider.ts'
import type { DomainEvent } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Refusal, RefusalCode, Result } from '../kernel/refusal.ts'
import { deny } from '../kernel/refusal.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { TicketState } from '../ticket/state.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { Wording } from '../wording/wording.ts'
import { alex, byAlex, monday } from './examples.ts'

/** An event that a specification expects: fields that it does not name are not compared. */
export type ExpectedEvent<E extends DomainEvent> = E extends DomainEvent
  ? Pick<E, 'type'> & Partial<Omit<E, 'type'>>
  : never

class Nothing {
  readonly expected = 'nothing'
}

class Refused {
  readonly expected: Pick<Refusal, 'code' | 'field'>
  constructor(expected: Pick<Refusal, 'code' | 'field'>) {
    this.expected = expected
  }
}

/** The expectation that a command changes nothing: a repeat, or nothing to do. */
export const nothing: Nothing = new Nothing()

/** The expectation that a command is refused, with this code and, if given, on this field. */
export function refused(code: RefusalCode, field?: string): Refused {
  return new Refused({ code, ...(field !== undefined && { field }) })
}

/** What a specification may expect: an event, or several in their order; nothing; or a refusal. */
export type Expectation<E extends DomainEvent> = ExpectedEvent<E> | readonly ExpectedEvent<E>[] | Nothing | Refused

/** A command decided on a history, to be compared with the expectation. */
export type DecidedCommand<E extends DomainEvent, S> = {
  readonly decision: Result<readonly E[], Refusal>
  /** The state after the events decided, for inspection. */
  readonly state: S
  /**
   * Compares the decision with the expectation.
   * @throws SpecificationFailed when they differ, with both in its message.
   */
  then(expected: Expectation<E>): void
}

/** A decision other than the one specified. */
export class SpecificationFailed extends Error {
  override readonly name = 'SpecificationFailed'
}

/** The given, when and then of a test of an aggregate. */
export type Specification<C, E extends DomainEvent, S> = {
  /** The history to decide on; empty without this step. */
  given(...events: readonly E[]): { when(command: C, issued?: Partial<CommandMetadata>): DecidedCommand<E, S> }
  /** Decides a command on an empty history; `issued` overrides the specification's own. */
  when(command: C, issued?: Partial<CommandMetadata>): DecidedCommand<E, S>
}

/** An aggregate that takes its commands as senders write them, and checks them as the desk does. */
export const asSent = <I, C extends I | object, E extends DomainEvent, S>(
  schema: z.ZodType<C, I>,
  aggregate: Aggregate<C, E, S>,
): Aggregate<I, E, S> => ({
  category: aggregate.category,
  initial: aggregate.initial,
  evolve: aggregate.evolve,
  decide: ({ commandId, aggregateId, at, by, ...input }, state) => {
    const command = schema.safeParse(input, describeIssue)
    return command.success
      ? aggregate.decide({ ...command.data, commandId, aggregateId, at, by }, state)
      : deny(malformed(command.error))
  },
})

/**
 * Specifies a decider by example: given events, when a command, then events, `nothing` or `refused(code)`. It needs no
 * test framework: a difference is thrown. Commands have the metadata `issued` unless the step `when` overrides it.
 */
export function specify<C, E extends DomainEvent, S>(
  decider: Aggregate<C, E, S>,
  issued: CommandMetadata,
): Specification<C, E, S> {
  const given = (...events: readonly E[]) => ({
    when(command: C, override: Partial<CommandMetadata> = {}): DecidedCommand<E, S> {
      const state = fold(decider, events)
      const decision = decider.decide({ ...command, ...issued, ...override }, state)
      return {
        decision,
        state: decision.ok ? decision.value.reduce(decider.evolve, state) : state,
        // oxlint-disable-next-line unicorn/no-thenable -- the third word of given, when, then
        then: (expected) => compare(decision, expected),
      }
    },
  })
  return { given, when: given().when }
}

function compare<E extends DomainEvent>(decision: Result<readonly E[], Refusal>, expected: Expectation<E>): void {
  if (matchesVersion(decision, expected)) return
  const actual = decision.ok ? decision.value : { refused: decision.refusal }
  throw new SpecificationFailed(`expected ${shown(expected)}\nbut decided ${shown(actual)}`)
}

function matchesVersion<E extends DomainEvent>(
  decision: Result<readonly E[], Refusal>,
  expected: Expectation<E>,
): boolean {
  if (expected instanceof Refused) return !decision.ok && contains(decision.refusal, expected.expected)
  if (!decision.ok) return false
  const events: readonly object[] = expected instanceof Nothing ? [] : [expected].flat()
  return (
    decision.value.length === events.length && decision.value.every((event, i) => contains(event, events[i] ?? nothing))
  )
}

/** Whether a value has every field of another, with the same data. */
function contains(actual: object, expected: object): boolean {
  const fields = new Map(Object.entries(actual))
  return Object.entries(expected).every(([key, value]) => isDeepEqual(fields.get(key), value))
}

const shown = (value: unknown): string => JSON.stringify(value, undefined, 2)

/**
 * Specifies the ticket under a policy and a wording (by default the product's own), or under a timeline of both.
 * Commands are written as senders write them, and checked as the desk checks them.
 */
export function specifyTicket(
  terms: { readonly policy?: TicketPolicy; readonly wording?: Wording; readonly timeline?: TermsTimeline } = {},
): Specification<TicketCommandInput, TicketEvent, TicketState> {
  const { policy = defaultTicketPolicy, wording = defaultWording } = terms
  const timeline = terms.timeline ?? constantTerms({ policy, wording })
  const ticket = ticketAggregate.under((at) => termsAt(timeline, at))
  return specify(asSent(ticketAggregate.schema, ticket), byAlex)
}

/** Incidents under the product's own settings with some changes; commands are written and checked as a sender's are. */
export function incidentUnder(
  settings: IncidentSettingsInput = {},
): Aggregate<IncidentCommandInput, IncidentEvent, IncidentState> {
  const terms: IncidentTerms = { ...defaultIncidentTerms, settings: incidentSettingsSchema.parse(settings) }
  const incident = incidentAggregate.under(() => terms)
  return { ...incident, ...asSent(incidentAggregate.schema, incident), creates: ({ type }) => type === 'declare' }
}

/** Specifies the incident `I1`, by Alex on Monday, under the product's own settings with some changes. */
export function specifyIncident(
  settings: IncidentSettingsInput = {},
): Specification<IncidentCommandInput, IncidentEvent, IncidentState> {
  return specify(incidentUnder(settings), { ...byAlex, aggregateId: 'I1' })
}

/** Specifies the chat `C1`, by Alex on Monday, under the product's own settings with some changes. */
export function specifyChat(
  settings: z.input<typeof chatSettingsSchema> = {},
  policy: Partial<TicketPolicy> = {},
  hours: ChatHours = () => undefined,
): Specification<ChatCommandInput, ChatEvent, ChatState> {
  const chat: ChatSettings = chatSettingsSchema.parse(settings)
  const aggregate = chatAggregate.under(() => ({
    settings: chat,
    hours,
    policy: { ...defaultTicketPolicy, ...policy },
  }))
  return specify(asSent(chatAggregate.schema, aggregate), { ...byAlex, aggregateId: 'C1' })
}

/** An agent's profile with the product's defaults for missing fields. */
export const agentProfile = (profile: Partial<Profile> = {}): Profile =>
  profileSchema.parse({ name: 'Alex Martin', ...profile })

/** Alex as registered on Monday, offline as every new agent; `profile` overrides fields. */
export const agentRegistered = (profile: Partial<Profile> = {}): AgentEventOf<'AgentRegistered'> => ({
  type: 'AgentRegistered',
  at: monday,
  by: alex,
  ...agentProfile(profile),
})

/**
 * Specifies the agent of a desk with these centres, shifts, teams and categories. Commands are written as senders write
 * them, and checked as the desk checks them.
 */
export function specifyAgent(
  plan?: ShiftPlan,
  names: DeskNames = {},
): Specification<AgentCommandInput, AgentEvent, AgentState> {
  const aggregate = agentAggregate.under(() => ({ plan, names }))
  return specify(asSent(agentAggregate.schema, aggregate), { ...byAlex, aggregateId: 'alex' })
}

/** Specifies the customer `camille`; commands are sent by the system on Monday. */
export function specifyCustomer(
  terms: CustomerTerms = { fields: [] },
): Specification<CustomerCommandInput, CustomerEvent, CustomerState> {
  const by = { kind: 'system', id: 'desk' } as const
  return specify(
    asSent(
      customerAggregate.schema,
      customerAggregate.under(() => terms),
    ),
    { ...byAlex, by, aggregateId: 'camille' },
  )
}
