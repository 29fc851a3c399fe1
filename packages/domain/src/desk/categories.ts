import type { z } from 'zod'
import { administrationAggregate } from '../administration.ts'
import { agentAggregate } from '../agent/agent.ts'
import { cannedReplyAggregate } from '../canned/canned-reply.ts'
import { macroAggregate } from '../canned/macro.ts'
import { chatAggregate } from '../chat/chat.ts'
import type { ChatTerms } from '../chat/rule.ts'
import { channelTerms } from '../chat/hours.ts'
import type { TermsTimeline } from '../configuration/terms.ts'
import { termsAt, versionAt } from '../configuration/terms.ts'
import { configurationAggregate } from '../configuration/versions.ts'
import { customerAggregate } from '../customer/customer.ts'
import type { Identity } from '../customer/details.ts'
import { identitiesOfCustomer } from '../customer/events.ts'
import { identitiesOfOrganisation, organisationAggregate } from '../customer/organisation.ts'
import { fileAggregate } from '../file/file.ts'
import { importAggregate } from '../history-import.ts'
import { identityAggregate } from '../identity.ts'
import { incidentAggregate } from '../incident/incident.ts'
import type { IncidentTerms } from '../incident/rule.ts'
import { defaultIncidentSettings } from '../incident/settings.ts'
import type { Senders } from '../kernel/command.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent, EventDefinition, EventType } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { articleAggregate } from '../knowledge/article.ts'
import { articleTreeAggregate } from '../knowledge/article-tree.ts'
import { defaultKnowledgeSettings } from '../knowledge/settings.ts'
import { recipientAggregate } from '../notification/recipient.ts'
import { draftAggregate } from '../proactive/draft.ts'
import { defaultProactiveSettings } from '../proactive/settings.ts'
import { teamAlertAggregate } from '../proactive/team-alert.ts'
import { planAt } from '../shift/plan.ts'
import { shiftAggregate } from '../shift/shift.ts'
import { deskOnlyField, followsMerges } from '../ticket/commands.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import type { OwnAggregates } from './own-aggregates.ts'
import { checkOwn } from './own-aggregates.ts'

/** What the aggregates of a desk depend on besides their streams. */
type Dependencies = {
  readonly terms: () => TermsTimeline
  /** Whether the desk has texts in a language. */
  readonly speaks: (language: string) => boolean
}

/** A category of streams: the schemas of its ids and commands, its events and aggregate, and its special rules. */
type Registration<C extends z.ZodType, E extends DomainEvent, S> = {
  readonly id: z.ZodType<string>
  readonly schema: C
  readonly events: Readonly<Record<E['type'], EventType & Pick<EventDefinition, 'personal'>>>
  aggregate(dependencies: Dependencies): Aggregate<z.output<C>, E, S>
  /** The field of a command that only the desk and an import may set; undefined when the command has none. */
  readonly deskOnlyField?: (command: z.output<C>) => string | undefined
  /** The commands that are passed on to the stream that this one was merged into. */
  readonly followsMerges?: ReadonlySet<string>
  /** What identifies a state of the stream among all others: claimed before it is stored. */
  readonly identities?: (state: S) => readonly Identity[]
  /** Whether breaches that happened before an import was complete are marked as imported. */
  readonly marksImportedPast?: true
  /** Who may send which command. */
  readonly sentBy?: Readonly<Record<string, Senders>>
  /** What the desk adds to a command, by the paths of the fields. */
  readonly addedByDesk?: Readonly<Record<string, readonly string[] | undefined>>
  /** The kinds of the deadlines of its streams. */
  readonly deadlineKinds?: readonly string[]
}

const register = <C extends z.ZodType, E extends DomainEvent, S, R>(
  registration: R & Registration<C, E, S>,
): R & Registration<C, E, S> => registration

/** The registration of an aggregate that depends on its streams alone. */
const standalone = <C extends z.ZodType, E extends DomainEvent, S, R>(
  defined: R & Omit<Registration<C, E, S>, 'aggregate'> & Aggregate<z.output<C>, E, S>,
): R & Registration<C, E, S> => ({ ...defined, aggregate: () => defined })

/**
 * Every category of streams with its definition, registered once: types, event catalogue, desk and clocks derive from
 * it.
 */
export const aggregates = {
  ticket: register({
    ...ticketAggregate,
    aggregate: ({ terms }) => ticketAggregate.under((at) => termsAt(terms(), at)),
    deskOnlyField,
    followsMerges,
    marksImportedPast: true,
  }),
  chat: register({
    ...chatAggregate,
    aggregate: ({ terms }) => chatAggregate.under(chatTerms(terms)),
  }),
  customer: register({
    ...customerAggregate,
    aggregate: ({ terms }) => customerAggregate.under((at) => customerTerms(terms, at)),
    identities: identitiesOfCustomer,
  }),
  identity: standalone(identityAggregate),
  organisation: register({
    ...organisationAggregate,
    aggregate: ({ terms }) => organisationAggregate.under((at) => customerTerms(terms, at)),
    identities: identitiesOfOrganisation,
  }),
  recipient: standalone(recipientAggregate),
  import: standalone(importAggregate),
  configuration: register({
    ...configurationAggregate,
    aggregate: ({ speaks }) => configurationAggregate.under(() => speaks),
  }),
  incident: register({
    ...incidentAggregate,
    aggregate: ({ terms }) => incidentAggregate.under(incidentTerms(terms)),
  }),
  draft: register({
    ...draftAggregate,
    aggregate: ({ terms }) =>
      draftAggregate.under((at) => versionAt(terms(), at).proactive ?? defaultProactiveSettings),
  }),
  teamAlert: standalone(teamAlertAggregate),
  article: register({
    ...articleAggregate,
    aggregate: ({ terms }) =>
      articleAggregate.under((at) => versionAt(terms(), at).knowledge ?? defaultKnowledgeSettings),
  }),
  articleTree: standalone(articleTreeAggregate),
  administration: standalone(administrationAggregate),
  file: standalone(fileAggregate),
  cannedReply: standalone(cannedReplyAggregate),
  macro: standalone(macroAggregate),
  agent: register({
    ...agentAggregate,
    aggregate: ({ terms }) =>
      agentAggregate.under((at) => ({ plan: planAt(terms(), at), names: versionAt(terms(), at).policy })),
  }),
  shift: register({
    ...shiftAggregate,
    aggregate: ({ terms }) => shiftAggregate.under(terms),
  }),
}

type Streams<R> =
  R extends Registration<infer C, infer E, infer S>
    ? { readonly command: z.input<C>; readonly checked: z.output<C>; readonly event: E; readonly state: S }
    : never

/** The types of the commands, events and state of every category of streams. */
export type StreamCategories = { readonly [K in keyof typeof aggregates]: Streams<(typeof aggregates)[K]> }

/** The category of a stream: the part of its name before the id. */
export type StreamCategory = keyof StreamCategories

/** The categories of streams that have deadlines: their commands include `fire`. */
export type ClockedCategory = {
  [K in StreamCategory]: 'fire' extends StreamCategories[K]['checked']['type'] ? K : never
}[StreamCategory]

/** The aggregate of a category. */
type AggregateOf<K extends StreamCategory> = Aggregate<
  StreamCategories[K]['checked'],
  StreamCategories[K]['event'],
  StreamCategories[K]['state']
>

/** A category of streams at a desk. */
type Member<K extends StreamCategory> = Omit<
  Registration<z.ZodType<StreamCategories[K]['checked']>, StreamCategories[K]['event'], StreamCategories[K]['state']>,
  'aggregate'
> & { readonly aggregate: AggregateOf<K> }

type Members = { readonly [K in StreamCategory]: Member<K> }

/**
 * Every category of a desk with these terms and languages.
 * @param ownAggregates aggregates of an embedder's own, of which the types of the product know nothing.
 * @throws RangeError for one that cannot be added.
 */
export function categoriesBy(dependencies: Dependencies, ownAggregates: OwnAggregates = {}): Members {
  checkOwn(ownAggregates, aggregates)
  const members = Object.entries(aggregates).map(([category, registration]): [string, unknown] => [
    category,
    { ...registration, aggregate: registration.aggregate(dependencies) },
  ])
  const others = Object.entries(ownAggregates).map(([category, aggregate]): [string, unknown] => [
    category,
    { ...aggregate, aggregate },
  ])
  return Object.fromEntries([...members, ...others]) as Members
}

type WithClock<A> = A & Required<Pick<A, Extract<keyof A, 'deadlines' | 'labels'>>>

/** The aggregates that have deadlines, by category, under these terms. */
export const clockedAggregates = (
  terms: () => TermsTimeline,
): { readonly [K in ClockedCategory]: WithClock<AggregateOf<K>> } =>
  Object.fromEntries(
    Object.entries(categoriesBy({ terms, speaks: () => true })).flatMap(([category, { aggregate }]) =>
      aggregate.deadlines ? [[category, aggregate]] : [],
    ),
  ) as { readonly [K in ClockedCategory]: WithClock<AggregateOf<K>> }

/** The plans and the own fields of customers and organisations at a moment. */
function customerTerms(timeline: () => TermsTimeline, at: Instant) {
  const { customers, policy } = versionAt(timeline(), at)
  return {
    plans: policy.plans,
    fields: customers?.fields ?? [],
    organisationFields: customers?.organisationFields ?? [],
  }
}

/** The incident terms at a moment: a section of the desk's terms then. */
const incidentTerms =
  (timeline: () => TermsTimeline) =>
  (at: Instant): IncidentTerms => {
    const { incidents = defaultIncidentSettings, policy } = versionAt(timeline(), at)
    return { settings: incidents, plans: policy.plans, policyVersion: policy.version }
  }

/** The terms of chats at a moment. */
export const chatTerms =
  (timeline: () => TermsTimeline) =>
  (at: Instant): ChatTerms => {
    const version = versionAt(timeline(), at)
    return { ...channelTerms(version), policy: version.policy }
  }

/** Everything that can happen at a desk. */
export type GuichetEvent = StreamCategories[StreamCategory]['event']

/** The events of these types. */
export type GuichetEventOf<T extends GuichetEvent['type']> = Extract<GuichetEvent, { readonly type: T }>

/** Every type of event of the product: what a store needs to read its history. */
export const guichetEvents = Object.assign({}, ...Object.values(aggregates).map(({ events }) => events)) as {
  readonly [T in GuichetEvent['type']]: EventType & Pick<EventDefinition, 'personal'>
}
