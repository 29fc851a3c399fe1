import type {
  Channel,
  CloseReason,
  Instant,
  Person,
  Priority,
  SupportLevel,
  Ticket,
  TicketStatus,
} from '@guichet/domain'
import { latest } from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/reader.ts'
import type { TermsFilter } from '../reading/terms.ts'
import type { SlaTargetFilter } from '../sla/sla-query.ts'
import type { Visibility } from '../visibility.ts'
import type { TicketInstant } from './instants.ts'

/** A ticket as lists and headers show it. */
export type TicketRow = {
  readonly id: string
  /**
   * A short number for people, from 1 in the order in which tickets were opened; undefined for a ticket folded from its
   * history.
   */
  readonly number?: number
  readonly version: number
  readonly subject: string
  readonly status: TicketStatus
  readonly priority: Priority
  readonly channel: Channel
  readonly language: string
  readonly category: string | undefined
  readonly plan: string | undefined
  readonly customer: Person & { readonly firstName?: string | undefined }
  readonly assignee: Person | undefined
  readonly team: string | undefined
  /** The support level of the ticket. */
  readonly level: SupportLevel
  readonly tags: readonly string[]
  readonly watchers: readonly Person[]
  readonly openedAt: Instant
  readonly updatedAt: Instant
  /** When it last changed in a way that customers see: internal work does not change it. */
  readonly publicUpdatedAt: Instant
  readonly firstRespondedAt: Instant | undefined
  /** The last message between customer and desk; see `Ticket.lastCustomerReplyAt` and `lastAgentReplyAt`. */
  readonly lastReplyAt: Instant
  readonly lastCustomerReplyAt: Instant
  readonly lastAgentReplyAt: Instant | undefined
  /** Since when the desk waits for the customer, however often they were reminded. */
  readonly waitingSince: Instant | undefined
  /** Since when the customer of a new ticket, or of one in progress, waits for an answer: their oldest unanswered message. */
  readonly customerWaitingSince: Instant | undefined
  /** The oldest message of the customer since an agent last acted on the ticket. */
  readonly unreadSince: Instant | undefined
  /** Since when no agent has worked on a ticket in progress: what its stagnation is counted from. */
  readonly idleSince: Instant | undefined
  readonly resolvedAt: Instant | undefined
  readonly closedAt: Instant | undefined
  readonly closeReason: CloseReason | undefined
  readonly resolutions: number
  readonly reopenings: number
  readonly mergedInto: string | undefined
  /** The draft that it was opened from: whose it was, and its number among theirs. */
  readonly draft?: Ticket['draft']
}

/** Ranges of instants of the ticket; a ticket that is without one is in no range of it, not even one without ends. */
type TicketRanges = { readonly [I in TicketInstant]?: TimeRange | undefined }

/**
 * All given conditions must hold. Ranges are half open: `from` is included, `to` is not. The centres of agents come
 * from `slaModels`.
 */
export type TicketFilter = TermsFilter &
  TicketRanges & {
    readonly and?: readonly TicketFilter[] | undefined
    readonly or?: readonly TicketFilter[] | undefined
    readonly not?: TicketFilter | undefined
    readonly status?: readonly TicketStatus[] | undefined
    /** The id begins with this. */
    readonly idPrefix?: string | undefined
    /** Any of these ids; `null` matches unassigned tickets. */
    readonly assigneeId?: readonly (string | null)[] | undefined
    readonly tag?: readonly string[] | undefined
    /** Tickets that name one of these customers. */
    readonly customerId?: readonly string[] | undefined
    /** Tickets of these people: of these customers and of all that are the same after merges of customers. */
    readonly person?: readonly string[] | undefined
    /** Tickets of the members of this organisation, as the customers' read model knows them. */
    readonly memberOf?: string | undefined
    /** Whether it has a message of the customer that no agent has acted on. */
    readonly unread?: boolean | undefined
    /** Whether it was opened from a draft; needs the projection of the drafts. */
    readonly proactive?: boolean | undefined
    /** Has a target that meets this filter at an instant, the current one by default; needs `slaModels`. */
    readonly sla?: { readonly target: SlaTargetFilter; readonly now: Instant } | undefined
    /**
     * Words in subject, messages, e-mail or user name, all of which must be found. Accents, case and small misspellings
     * do not matter: one edit in a word of four letters or more; two in one of eight or more, or of five with the same
     * first letter when nothing is nearer. A word that a subject or a customer contains is matched as written. A search
     * that is a number alone, such as `1042` or `#1042`, also finds the ticket with that number, and first.
     */
    readonly search?: string | undefined
  }

/**
 * `due`: tickets by the next due instant of their open targets, overdue ones included; then those whose clocks are
 * paused; then those without targets, by when they were opened. Needs `slaModels`. By an instant that some tickets are
 * without, these come last in either direction, by when they were opened.
 */
export type TicketOrder = {
  readonly by: TicketInstant | 'priority' | 'relevance' | 'due'
  readonly direction: 'asc' | 'desc'
}

/** The number of tickets in each status, and of all. */
export type TicketCounters = { readonly total: number } & Readonly<Record<TicketStatus, number>>

/** The queries on tickets. */
export type TicketQueries = {
  /**
   * A page of tickets. With `visibility: 'public'` the search ignores internal notes and corrects words only to public
   * words of the tickets of the filter's `customerId`, `person` or `memberOf`; and `updatedAt`, in filter and order, is the last change that
   * customers see.
   */
  list(filter: TicketFilter, order: TicketOrder, page: Page, visibility: Visibility): Promise<Slice<TicketRow>>
  /** The tickets with these ids, in that order; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (TicketRow | undefined)[]>
  /** The ids of tickets by their numbers; numbers without a ticket are omitted. */
  idsByNumber(numbers: readonly number[]): Promise<ReadonlyMap<number, string>>
  counters(): Promise<TicketCounters>
  /**
   * The number of tickets of a filter, counted up to `most`, at which counting stops; undefined for a filter with a search,
   * which would read the texts of every ticket.
   */
  count(filter: TicketFilter, most: number, visibility: Visibility): Promise<number | undefined>
}

/**
 * The part of a ticket's state that lists and headers show, for the read model and for a ticket at an earlier moment.
 * `resolvedAt` is the last resolution that is still in effect: reopening removes it, closing keeps it.
 */
export const ticketRow = (id: string, version: number, state: Ticket, publicUpdatedAt: Instant): TicketRow => ({
  id,
  version,
  publicUpdatedAt,
  ...ticketFields(state),
})

/** The fields of a ticket's row that follow from its state alone. */
export type TicketFields = Omit<TicketRow, 'id' | 'number' | 'version' | 'publicUpdatedAt'>

/**
 * The part of a ticket’s state that lists and headers show, without its id, its number, its version and its last public
 * change.
 */
export function ticketFields(state: Ticket): TicketFields {
  return {
    subject: state.subject,
    status: state.status,
    priority: state.priority,
    channel: state.channel,
    language: state.language,
    category: state.category,
    plan: state.plan,
    customer: state.customer,
    assignee: state.assignee,
    team: state.team,
    level: state.level,
    tags: state.tags,
    watchers: state.watchers,
    openedAt: state.openedAt,
    updatedAt: state.updatedAt,
    firstRespondedAt: state.firstRespondedAt,
    lastReplyAt: latest(state.lastCustomerReplyAt, state.lastAgentReplyAt ?? state.lastCustomerReplyAt),
    lastCustomerReplyAt: state.lastCustomerReplyAt,
    lastAgentReplyAt: state.lastAgentReplyAt,
    waitingSince: state.waitingSince,
    customerWaitingSince: owesAnAnswer(state) ? state.clocks.waiting[0]?.since : undefined,
    unreadSince: state.unreadSince,
    idleSince: state.status === 'in_progress' ? state.lastAgentActivityAt : undefined,
    resolvedAt: currentResolution(state),
    closedAt: state.closed?.at,
    closeReason: state.closed?.reason,
    resolutions: state.resolutions,
    reopenings: state.reopenings,
    mergedInto: state.mergedInto,
    ...(state.draft && { draft: state.draft }),
  }
}

const owesAnAnswer = ({ status }: Ticket): boolean => status === 'new' || status === 'in_progress'

function currentResolution({ status, lastResolvedAt, closed }: Ticket): Instant | undefined {
  return status === 'resolved' || closed?.from === 'resolved' ? lastResolvedAt : undefined
}

/** A filter, and all within it at any depth. */
function filtersIn(filter: TicketFilter): readonly TicketFilter[] {
  const { and = [], or = [], not } = filter
  return [filter, ...[...and, ...or, ...(not ? [not] : [])].flatMap(filtersIn)]
}

/** Whether a filter, at any depth, has conditions on SLA targets or on centres of agents, which need `slaModels`. */
export const asksSlaModels = (filter: TicketFilter): boolean =>
  filtersIn(filter).some(({ sla, centre }) => sla !== undefined || centre !== undefined)

/** Whether a filter, at any depth, has conditions on people, which need the customers' read model. */
export const asksPersons = (filter: TicketFilter): boolean =>
  filtersIn(filter).some(({ person }) => person !== undefined)

/** Whether a filter, at any depth, asks whether tickets were opened from drafts, which needs the drafts' read model. */
export const asksDrafts = (filter: TicketFilter): boolean =>
  filtersIn(filter).some(({ proactive }) => proactive !== undefined)

/** Every searched text of a filter, at any depth. */
export const searchesOf = (filter: TicketFilter): readonly string[] =>
  filtersIn(filter).flatMap(({ search }) => search ?? [])
