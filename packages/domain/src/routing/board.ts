import { workChannels } from '../agent/commands.ts'
import { holdsTickets } from '../history-import.ts'
import { isOfCategory } from '../history.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { Roster } from './roster.ts'
import { createRoster } from './roster.ts'
import type { WorkItem } from './work-item.ts'
import {
  evolveWorkItem,
  heldBy,
  inQueueOrder,
  isOngoing,
  isWaiting,
  offerOf,
  takesPlace,
  workChannelOf,
} from './work-item.ts'

/**
 * The router's view of the desk: the agents, and the tickets that are open or take a place. It is folded from the
 * events in global order, and may lag behind: the streams themselves make the final decisions.
 */
export type Board = {
  readonly roster: Roster
  /**
   * Records an event of any stream. Returns `unknown_ticket` when the ticket must be read from its stream first: it has
   * come back after it was dropped.
   */
  apply(envelope: EventEnvelope): 'applied' | 'unknown_ticket'
  /** Records a ticket that was folded elsewhere. */
  updateTicket(item: WorkItem): void
  /** Records the end of an import that is known from elsewhere: its tickets, also later ones, are not held. */
  endImport(id: string): void
  ticket(id: string): WorkItem | undefined
  /** The tickets to offer that are not recorded as queued yet, in the order of the queue. */
  readonly arrived: readonly WorkItem[]
  /** The tickets that are recorded as queued, in the order of the queue. */
  readonly queued: readonly WorkItem[]
  /** Whether a place is free of a channel that a queued ticket waits for. */
  readonly hasPlaceForQueued: boolean
  /** The tickets that are offered to an agent who has neither taken nor declined them. */
  offered(): ReadonlySet<string>
  /** The tickets whose places do not match their assignment. */
  unsettled(): ReadonlySet<string>
}

/** An empty board: the events applied to it fill it. */
export function createBoard(): Board {
  const roster = createRoster((id, before, changed) => {
    for (const work of changed) review(parseStream(work).id)
    if (roster.at(id)?.state.status !== before.status)
      for (const item of items.values()) if (item.assignee?.id === id) review(item.id)
  })
  const items = new Map<string, WorkItem>()
  const arrived = createSortedList<WorkItem>(inQueueOrder)
  const queued = createSortedList<WorkItem>(inQueueOrder)
  const listed = new Map<string, WorkItem>()
  const queuedOn = { ticket: 0, chat: 0, phone: 0 }
  const offered = new Set<string>()
  const unsettled = new Set<string>()
  const endedImports = new Set<string>()
  const holds = (importId: string): boolean => !endedImports.has(importId)

  const mark = (set: Set<string>, id: string, belongs: boolean): void => void (belongs ? set.add(id) : set.delete(id))

  const list = (id: string, item: WorkItem | undefined): void => {
    const before = listed.get(id)
    if (before === item) return
    if (before?.routing.queued) queuedOn[workChannelOf(before)]--
    if (item?.routing.queued) queuedOn[workChannelOf(item)]++
    if (before) (before.routing.queued ? queued : arrived).remove(before)
    if (item) (item.routing.queued ? queued : arrived).add(item)
    if (item) listed.set(id, item)
    else listed.delete(id)
  }
  const review = (id: string): void => {
    const item = items.get(id)
    const holders = roster.holders(streamName('ticket', id))
    list(id, item !== undefined && isWaiting(item) ? item : undefined)
    mark(offered, id, item !== undefined && offerOf(item) !== undefined)
    mark(unsettled, id, !isSettled(item, holders, roster))
    if (item && !isOngoing(item) && holders.size === 0) items.delete(id)
  }

  /** The tickets of an import are released when it has ended, and held again when it resumes. */
  const holdImport = (id: string, isHeld: boolean | undefined): void => {
    if (isHeld === undefined) return
    mark(endedImports, id, !isHeld)
    for (const item of items.values()) {
      if (item.importedBy !== id || item.held === isHeld) continue
      items.set(item.id, { ...item, held: isHeld })
      review(item.id)
    }
  }

  const updateTicket = (item: WorkItem): void => {
    if (item.version <= (items.get(item.id)?.version ?? 0)) return
    items.set(item.id, item.held ? heldBy(item, holds) : item)
    review(item.id)
  }

  return {
    roster,
    apply: (envelope) => {
      const { id } = parseStream(envelope.stream)
      if (isOfCategory(envelope, 'agent')) roster.apply(envelope)
      if (isOfCategory(envelope, 'import')) holdImport(id, holdsTickets(envelope.event))
      if (!isOfCategory(envelope, 'ticket')) return 'applied'
      const entry = items.get(id)
      if (!entry && envelope.event.type === 'TicketReopened') return 'unknown_ticket'
      const item = evolveWorkItem(entry, envelope)
      if (item) updateTicket(item)
      return 'applied'
    },
    updateTicket,
    endImport: (id) => holdImport(id, false),
    ticket: (id) => items.get(id),
    arrived: arrived.all,
    queued: queued.all,
    get hasPlaceForQueued() {
      return workChannels.some((channel) => queuedOn[channel] > 0 && roster.hasPlace(channel))
    },
    offered: () => offered,
    unsettled: () => unsettled,
  }
}

/** Whether a ticket takes no place of another agent, and takes one of its own agent, unless they have retired. */
function isSettled(item: WorkItem | undefined, holders: ReadonlySet<string>, roster: Roster): boolean {
  const owner = item && isOngoing(item) ? item.assignee?.id : undefined
  const due = item && takesPlace(item) ? owner : undefined
  const offer = item && offerOf(item)
  for (const holder of holders) if (holder !== due && holder !== offer?.agent.id) return false
  if (owner === undefined || item?.held) return true
  const status = roster.at(owner)?.state.status ?? 'absent'
  return status === 'absent' || (status === 'active' && (due === undefined || holders.has(due)))
}

/** Items in sorted order, each once; adding and removing takes the time of a search. */
type SortedList<T> = {
  readonly all: readonly T[]
  add(one: T): void
  /** Removes the item that is equal in the order. */
  remove(one: T): void
}

/** An empty list; `compare` is never 0 for two different items. */
function createSortedList<T>(compare: (a: T, b: T) => number): SortedList<T> {
  const all: T[] = []
  const indexOf = (one: T): number => {
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = all[middle]
      if (there !== undefined && compare(there, one) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    all,
    add: (one) => void all.splice(indexOf(one), 0, one),
    remove: (one) => {
      const index = indexOf(one)
      const there = all[index]
      if (there !== undefined && compare(there, one) === 0) all.splice(index, 1)
    },
  }
}
