import type {
  Actor,
  Instant,
  Person,
  ShownCandidate,
  TicketEvent,
  TicketEventOf,
  TicketEventType,
} from '@guichet/domain'
import { shownCandidates } from '@guichet/domain'

/** What an event changed, and why it happened if the event says so. */
export type Description = {
  readonly what: string
  readonly why?: string | undefined
  readonly said?: string | undefined
}

/** One event of a history: who, when, what changed and why. */
export type Entry<T extends string> = {
  readonly version: number
  readonly at: Instant
  readonly type: T
  readonly by: Actor
  /** The event as it is stored, without what stands above. */
  readonly data: Readonly<Record<string, unknown>>
  /** What spoke for it, in lines. */
  readonly shows: readonly string[]
} & Description

type Describe = { readonly [T in TicketEventType]: (event: TicketEventOf<T>, whyDue?: string) => Description }

const person = ({ id, name }: Person): string => (name === undefined || name === id ? id : `${name} (${id})`)
const due = (dueAt: string): string => `was due at ${dueAt}`

const startReasons = {
  manual: 'by hand',
  agent_reply: 'an agent replied',
  wait: 'to wait for the customer',
  resolve: 'to resolve it',
} as const

const waitEndReasons = {
  customer_reply: 'the customer replied',
  agent_reply: 'an agent replied',
  manual: 'by hand',
  merge: 'another ticket brought a question along',
} as const

/** Old events tell only when the escalation was due. */
const missedBy = ({ target, dueAt, breachedAt }: NonNullable<TicketEventOf<'TicketEscalated'>['missed']>): string =>
  `${target.replace('_', ' ')} breached${breachedAt === undefined ? '' : `: ${due(breachedAt)}`}, to be escalated at ${dueAt}`

const targetOf = ({ target, cycle, dueAt }: Pick<TicketEventOf<'TargetMet'>, 'target' | 'cycle' | 'dueAt'>): string =>
  `${target.replace('_', ' ')}${cycle > 1 ? ` (${cycle}.)` : ''} due at ${dueAt}`

const descriptions: Describe = {
  TicketOpened: (event) => ({
    what:
      `opened “${event.subject}” by ${event.channel} for ${person(event.customer)}, priority ${event.priority}` +
      (event.category === undefined ? '' : `, category ${event.category}`) +
      (event.tags.length === 0 ? '' : `, tagged ${event.tags.join(', ')}`),
    said: event.body,
  }),
  TicketStarted: ({ reason }) => ({ what: 'status new → in_progress', why: startReasons[reason] }),
  AgentReplied: ({ body, template }) => ({
    what: 'replied to the customer',
    why: template && `with the template ${template}`,
    said: body,
  }),
  CustomerReplied: ({ body }) => ({ what: 'replied to the desk', said: body }),
  InternalNoteAdded: ({ body }) => ({ what: 'added an internal note', said: body }),
  CustomerWaitStarted: () => ({ what: 'status → waiting_customer' }),
  CustomerWaitEnded: ({ reason }) => ({ what: 'status waiting_customer → in_progress', why: waitEndReasons[reason] }),
  ChaseSent: ({ step, dueAt, body }) => ({ what: `chased the customer, ${step}. time`, why: due(dueAt), said: body }),
  TicketResolved: ({ summary }) => ({ what: 'status → resolved', why: summary }),
  TicketReopened: ({ from, reason, note }) => ({
    what: `reopened: status ${from} → in_progress`,
    why: note ?? (reason === 'customer_reply' ? 'the customer replied' : undefined),
  }),
  TicketClosed: ({ from, reason, note, dueAt, message }) => ({
    what: `status ${from} → closed`,
    why: [reason, note, dueAt && due(dueAt)].filter(Boolean).join('; '),
    said: message?.body,
  }),
  PriorityChanged: ({ from, to, reason }) => ({ what: `priority ${from} → ${to}`, why: reason }),
  TicketAssigned: ({ assignee, from, reason }) => ({
    what: `assigned ${from ? `${person(from)} → ` : 'to '}${person(assignee)}`,
    why: reason,
  }),
  TicketUnassigned: ({ from, reason }) => ({ what: `assigned ${person(from)} → nobody`, why: reason }),
  TicketTagged: ({ tag }) => ({ what: `tagged ${tag}` }),
  TicketUntagged: ({ tag }) => ({ what: `took the tag ${tag} away` }),
  TicketRenamed: ({ from, to }) => ({ what: `subject “${from}” → “${to}”` }),
  TicketCategorized: ({ from = 'none', to, reason }) => ({ what: `category ${from} → ${to}`, why: reason }),
  TicketClassified: ({ category, priority, tags, confidence, classifier, version, reasons }) => ({
    what: [
      category !== undefined && `category none → ${category}`,
      priority !== undefined && `priority → ${priority}`,
      tags.length > 0 && `tagged ${tags.join(', ')}`,
    ]
      .filter(Boolean)
      .join(', '),
    why: `${classifier} ${version}, confidence ${confidence.toFixed(2)}${reasons.length === 0 ? '' : `: ${reasons.map(({ evidence }) => evidence).join(', ')}`}`,
  }),
  AttachmentAdded: ({ name, mediaType, bytes, visibility }) => ({
    what: `attached ${name} (${mediaType}, ${bytes} bytes, ${visibility})`,
  }),
  UpdateRelayed: ({ incidentId }) => ({
    what: 'the customer has had news',
    why: `an update of the incident ${incidentId}`,
  }),
  WatcherAdded: ({ watcher }) => ({ what: `${person(watcher)} watches the ticket` }),
  WatcherRemoved: ({ watcher }) => ({ what: `${person(watcher)} no longer watches the ticket` }),
  TicketMerged: ({ into }) => ({ what: `merged into ${into}` }),
  AbsorptionCompleted: ({ source }) => ({ what: `completed the merge of ${source}` }),
  MergeDeclined: ({ into, reason }) => ({ what: `was not merged into ${into}`, why: reason }),
  TicketAbsorbed: ({ source }) => ({ what: `took ${source} in` }),
  AbsorptionReverted: ({ source, reason }) => ({ what: `gave ${source} up again`, why: reason }),
  TicketSplit: ({ messageId, into, subject }) => ({
    what: `let the message ${messageId} go on as ${into}`,
    why: subject,
  }),
  TicketLinked: ({ to, relation }) => ({ what: `linked: ${relation} ${to}` }),
  TicketUnlinked: ({ to, relation }) => ({ what: `no longer linked: ${relation} ${to}` }),
  TicketEscalated: ({ team, from, reason, missed, level, fromLevel }) => ({
    what: [
      level !== fromLevel && `level ${fromLevel} → ${level}`,
      team !== undefined &&
        (from === team ? `team ${team} again` : `team ${from === undefined ? '' : `${from} → `}${team}`),
    ]
      .filter(Boolean)
      .join(', '),
    why: missed ? missedBy(missed) : reason,
  }),
  TicketDeescalated: ({ level, fromLevel, team, from, reason }) => ({
    what: `level ${fromLevel} → ${level}, team ${from ?? 'none'} → ${team ?? 'none'}`,
    why: reason,
  }),
  FeatureRequestNoted: ({ team }) => ({ what: `noted as a wish for the team ${team}` }),
  PlanChanged: ({ from = 'none', to = 'none', reason }) => ({ what: `plan ${from} → ${to}`, why: reason }),
  ClocksPaused: ({ reason }) => ({ what: 'stopped the clocks', why: reason }),
  ClocksResumed: ({ reason }) => ({ what: 'let the clocks go on', why: reason }),
  TargetMet: (event, whyDue) => ({ what: `met the ${targetOf(event)}`, why: whyDue }),
  TargetWarned: (event, whyDue) => ({ what: `warned of the ${targetOf(event)}`, why: whyDue }),
  TargetBreached: (event, whyDue) => ({ what: `missed the ${targetOf(event)}`, why: whyDue }),
  StagnationDetected: ({ since, dueAt }, whyDue) => ({
    what: `reported that no agent has acted since ${since}`,
    why: `${due(dueAt)}, by ${whyDue}`,
  }),
  UpdateOverdue: ({ dueAt }, whyDue) => ({
    what: 'reported that the customer is owed an update',
    why: `${due(dueAt)}, by ${whyDue}`,
  }),
  TicketRouted: (event) => ({
    what: `offered to ${person(event.agent)}, round ${event.round}`,
    why: whyOffered(event),
  }),
  RoutingDeclined: ({ round, agent, reason }) => ({
    what: `not taken by ${person(agent)}, round ${round}`,
    why: reason,
  }),
  TicketQueued: ({ reason }) => ({ what: 'queued: nobody can take it now', why: reason }),
  TicketImportWithdrawn: ({ importId }) => ({ what: `taken back with the import ${importId}` }),
  TicketHandedOver: ({ from, crew, to, dueAt }) => ({
    what: `handed over by ${person(from)} of ${crew.name} to ${to.name}`,
    why: `the ${crew.kind === 'centre' ? 'hours of the centre' : 'shift'} ended at ${dueAt}`,
  }),
}

/** Says in words what an event changed; `whyDue` tells what its due instant follows from, if it has one. */
export function describeEvent(event: TicketEvent, whyDue: string | undefined): Description {
  const describe = descriptions[event.type] as (event: TicketEvent, whyDue: string | undefined) => Description
  return describe(event, whyDue)
}

type Offer = TicketEventOf<'TicketRouted'>

const mostCandidates = 5

/** Why a ticket was offered to whom it was, in a sentence. */
function whyOffered(offer: Offer): string {
  const { strategy, agent, equals = [], candidatesLeftOut = 0 } = offer
  const candidates = shownCandidates(offer)
  const chosen = candidates.find(({ agentId }) => agentId === agent.id)
  const [first, second] = equals
  const byId = first?.lastGivenAt === second?.lastGivenAt ? ', then by id' : ''
  const tie = second === undefined ? '' : `; of equal ones whoever was given work longest ago${byId}`
  return `${strategy}${scoreInWords(offer, chosen)}, of ${candidates.length + candidatesLeftOut} who could take it${tie}`
}

function scoreInWords({ strategy }: Offer, chosen: ShownCandidate | undefined): string {
  if (strategy === 'score') return ` ${chosen?.score ?? '–'}`
  return chosen === undefined || chosen.parts.length === 0 ? '' : `, ${partsInWords(strategy, chosen)}`
}

/** The best candidates with what their scores are the sum of, and how many agents were none for which reason, in lines. */
export function candidateLines(offer: Offer): readonly string[] {
  const candidates = shownCandidates(offer)
  const given = new Map(offer.equals?.map(({ agentId, lastGivenAt }) => [agentId, givenInWords(lastGivenAt)]))
  const excluded = Object.entries(offer.excluded).map(([reason, count]) => `${count} ${reason}`)
  return [
    ...candidates
      .slice(0, mostCandidates)
      .map((candidate) => `${candidateInWords(offer.strategy, candidate)}${given.get(candidate.agentId) ?? ''}`),
    ...(candidates.length > mostCandidates ? [`… ${candidates.length - mostCandidates} more`] : []),
    ...(excluded.length > 0 ? [`not asked: ${excluded.join(', ')}`] : []),
  ]
}

const givenInWords = (at: Instant | undefined): string =>
  at === undefined ? ', never given work' : `, given work at ${at}`

function candidateInWords(strategy: string, candidate: ShownCandidate): string {
  const { agentId, score, parts } = candidate
  if (parts.length === 0) return agentId
  const words = partsInWords(strategy, candidate)
  return strategy === 'least_loaded' ? `${agentId}: ${words}` : `${agentId} ${score} = ${words}`
}

/** The score of `least_loaded` is what counts against an agent: it is told as what it is. */
const partsInWords = (strategy: string, { parts }: ShownCandidate): string =>
  parts.map(({ name, points }) => `${name} ${strategy === 'least_loaded' ? Math.abs(points) : points}`).join(' + ')
