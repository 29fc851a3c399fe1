import type { Actor } from '../kernel/actor.ts'
import type { RefusalCode } from '../kernel/refusal.ts'
import type { TicketCommandType } from './commands.ts'
import type { TicketStatus } from './vocabulary.ts'

/** Where a ticket stands in its life; `absent` is a stream that no ticket has been opened on. */
export type LifecycleStatus = TicketStatus | 'absent'

/**
 * What a status makes of a command: `to` lists the statuses it may lead to (one of them may be the same again),
 * `repeat` says that it has taken effect already and changes nothing, `refuse` says why it is rejected (`unlessDone`:
 * except that a repeat of what has taken effect changes nothing). A rule may still refuse, or find nothing to do in, what
 * a cell lets through.
 */
export type Cell =
  | { readonly to: readonly LifecycleStatus[] }
  | { readonly repeat: true }
  | { readonly refuse: RefusalCode; readonly unlessDone?: true }

const to = (...statuses: readonly TicketStatus[]): Cell => ({ to: statuses })
const toAbsent: Cell = { to: ['absent'] }
const repeat: Cell = { repeat: true }
const refuse = (code: RefusalCode): Cell => ({ refuse: code })
const refuseUnlessDone = (code: RefusalCode): Cell => ({ refuse: code, unlessDone: true })

/** In every status alike: the command changes the ticket, not its status. */
const anywhere: Row = {
  absent: refuse('ticket_not_found'),
  new: to('new'),
  in_progress: to('in_progress'),
  waiting_customer: to('waiting_customer'),
  resolved: to('resolved'),
  closed: to('closed'),
}

const untilClosed: Row = { ...anywhere, closed: refuse('ticket_closed') }

/** Ends a ticket that has not ended; whether it has ended so, its rule knows. */
const ends: Row = {
  absent: refuse('ticket_not_found'),
  new: to('closed'),
  in_progress: to('closed'),
  waiting_customer: to('closed'),
  resolved: to('closed'),
  closed: refuseUnlessDone('ticket_closed'),
}

const whileUnsolved: Row = { ...untilClosed, resolved: refuse('ticket_resolved') }

type Row = Readonly<Record<LifecycleStatus, Cell>>

/** The lifecycle of a ticket as a total table; docs/lifecycle.md explains it. A missing cell does not compile. */
export const lifecycle: Readonly<Record<TicketCommandType, Row>> = {
  open: {
    absent: to('new'),
    new: refuse('ticket_already_open'),
    in_progress: refuse('ticket_already_open'),
    waiting_customer: refuse('ticket_already_open'),
    resolved: refuse('ticket_already_open'),
    closed: refuse('ticket_already_open'),
  },
  start: {
    absent: refuse('ticket_not_found'),
    new: to('in_progress'),
    in_progress: repeat,
    waiting_customer: to('in_progress'),
    resolved: refuse('ticket_resolved'),
    closed: refuse('ticket_closed'),
  },
  agentReply: {
    absent: refuse('ticket_not_found'),
    new: to('new', 'in_progress', 'waiting_customer', 'resolved'),
    in_progress: to('in_progress', 'waiting_customer', 'resolved'),
    waiting_customer: to('in_progress', 'waiting_customer', 'resolved'),
    resolved: to('resolved'),
    closed: refuse('ticket_closed'),
  },
  customerReply: {
    absent: refuse('ticket_not_found'),
    new: to('new'),
    in_progress: to('in_progress'),
    waiting_customer: to('in_progress'),
    resolved: to('in_progress'),
    closed: to('in_progress'),
  },
  relayUpdate: whileUnsolved,
  addNote: anywhere,
  waitForCustomer: {
    absent: refuse('ticket_not_found'),
    new: to('waiting_customer'),
    in_progress: to('waiting_customer'),
    waiting_customer: repeat,
    resolved: refuse('ticket_resolved'),
    closed: refuse('ticket_closed'),
  },
  resolve: {
    absent: refuse('ticket_not_found'),
    new: to('resolved'),
    in_progress: to('resolved'),
    waiting_customer: to('resolved'),
    resolved: repeat,
    closed: refuse('ticket_closed'),
  },
  confirm: {
    absent: refuse('ticket_not_found'),
    new: refuse('ticket_not_resolved'),
    in_progress: refuse('ticket_not_resolved'),
    waiting_customer: refuse('ticket_not_resolved'),
    resolved: to('closed'),
    closed: repeat,
  },
  close: { ...ends, closed: repeat },
  reopen: {
    absent: refuse('ticket_not_found'),
    new: refuse('ticket_not_closed'),
    in_progress: repeat,
    waiting_customer: refuse('ticket_not_closed'),
    resolved: to('in_progress'),
    closed: to('in_progress'),
  },
  markSpam: ends,
  changePriority: untilClosed,
  assign: untilClosed,
  unassign: untilClosed,
  tag: anywhere,
  untag: anywhere,
  rename: anywhere,
  categorize: anywhere,
  classify: untilClosed,
  attach: anywhere,
  addWatcher: anywhere,
  removeWatcher: anywhere,
  absorb: untilClosed,
  completeAbsorption: { ...anywhere, waiting_customer: to('in_progress', 'waiting_customer') },
  revertAbsorption: anywhere,
  mergeInto: ends,
  declineMerge: anywhere,
  split: anywhere,
  link: anywhere,
  unlink: anywhere,
  escalate: whileUnsolved,
  deescalate: whileUnsolved,
  handOverToProduct: {
    absent: refuse('ticket_not_found'),
    new: to('resolved'),
    in_progress: to('resolved'),
    waiting_customer: to('resolved'),
    resolved: to('resolved'),
    closed: refuse('ticket_closed'),
  },
  changePlan: untilClosed,
  pauseClocks: whileUnsolved,
  resumeClocks: whileUnsolved,
  withdrawImport: {
    absent: repeat,
    new: toAbsent,
    in_progress: toAbsent,
    waiting_customer: toAbsent,
    resolved: toAbsent,
    closed: toAbsent,
  },
  fire: {
    absent: repeat,
    new: to('new'),
    in_progress: to('in_progress'),
    waiting_customer: to('waiting_customer', 'closed'),
    resolved: to('closed'),
    closed: repeat,
  },
  route: whileUnsolved,
  confirmRouting: whileUnsolved,
  declineRouting: whileUnsolved,
  queue: whileUnsolved,
  handOver: whileUnsolved,
}

/** Commands that a merged ticket still takes; all others belong to the ticket it went into. */
export const acceptedWhenMerged: ReadonlySet<TicketCommandType> = new Set([
  'addNote',
  'mergeInto',
  'declineMerge',
  'fire',
  'completeAbsorption',
  'revertAbsorption',
])

/** Whether a ticket in this status would take a command at all: what the `viewerCan…` fields of the API ask. */
export function accepts(status: LifecycleStatus, command: TicketCommandType): boolean {
  return 'to' in lifecycle[command][status]
}

type Senders = Readonly<Record<Actor['kind'], boolean>>

const anyone: Senders = { customer: true, agent: true, system: true }
const desk: Senders = { customer: false, agent: true, system: true }
const customerOrSystem: Senders = { customer: true, agent: false, system: true }
const system: Senders = { customer: false, agent: false, system: true }

/**
 * What only the desk may say of a ticket, where a command says it: another ticket's wait, and a category that the desk does not
 * have. Undefined for every other command.
 */
export const deskOnlyField = (command: object): string | undefined =>
  ['splitFrom', 'anyCategory'].find((field) => Object.hasOwn(command, field))

/**
 * Who may send which command. `system` is whatever acts for others or for the desk itself: a clock, an import, a channel that
 * brings in what customers have written elsewhere. A missing cell does not compile.
 */
export const sentBy: Readonly<Record<TicketCommandType, Senders>> = {
  open: anyone,
  start: desk,
  agentReply: desk,
  customerReply: customerOrSystem,
  relayUpdate: system,
  addNote: desk,
  waitForCustomer: desk,
  resolve: desk,
  confirm: customerOrSystem,
  close: desk,
  reopen: desk,
  markSpam: desk,
  changePriority: desk,
  assign: desk,
  unassign: desk,
  tag: desk,
  untag: desk,
  rename: desk,
  categorize: desk,
  classify: system,
  attach: anyone,
  addWatcher: desk,
  removeWatcher: desk,
  absorb: desk,
  completeAbsorption: desk,
  revertAbsorption: desk,
  mergeInto: desk,
  declineMerge: desk,
  split: desk,
  link: desk,
  unlink: desk,
  escalate: desk,
  deescalate: desk,
  handOverToProduct: desk,
  changePlan: desk,
  pauseClocks: desk,
  resumeClocks: desk,
  withdrawImport: system,
  fire: system,
  route: system,
  confirmRouting: system,
  declineRouting: system,
  queue: system,
  handOver: system,
}
