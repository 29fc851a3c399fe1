import type { Actor, Desk, EventEnvelope, ImportCommand, Instant, Position, TicketEvent } from '@guichet/domain'
import {
  importActor,
  importCorrelation,
  importIdOf,
  parseStream,
  simulationActor,
  streamName,
  unlessDeleted,
} from '@guichet/domain'
import { ImportFault } from '../fault.ts'
import { createLanes, retryWhileAway } from '@guichet/eventstore'
import { isWork, readStored } from './history/case-history.ts'
import { rowPrefix } from './read-row.ts'

/** The result of withdrawing an import. */
type Undone = {
  readonly importId: string
  /** The number of withdrawn tickets, including those of earlier, interrupted runs. */
  readonly tickets: number
  /** Other imports whose rows were withdrawn too. To restore those rows, run these imports again. */
  readonly others: readonly string[]
  /** The tickets that stay because somebody has begun to work on them. */
  readonly keptIds: readonly string[]
  /** The tickets whose streams were deleted, so that nothing more can be done with them. */
  readonly passedOver: readonly string[]
  /** Read models that have passed it no longer show the import. */
  readonly position: Position | undefined
}

type UndoRequest = {
  readonly importId: string
  readonly desk: Desk
  readonly now: () => Instant
  /** Who takes it back, for the events of the import itself; the engine's import by default. */
  readonly by?: Actor
  /** Aborts it between two tickets; its reason is thrown. */
  readonly signal?: AbortSignal
  readonly onTickets?: (done: number, of: number) => void
}

/** The maximum of concurrent withdrawals. */
const maxWithdrawals = 256
/** The number of events that are read at once. */
const page = 1_000
/** The number of tickets that a refusal names. */
const named = 5

/**
 * Withdraws a whole import: an event on each of its tickets marks the ticket as removed, and frees its id. May be
 * interrupted at any moment; the next run continues. The corrected import can then run under the same name.
 * @throws Fault `import_not_found`, `import_simulated`, `import_worked_on` or `import_not_alone`; nothing is withdrawn
 * then.
 */
export async function undoImport(request: UndoRequest): Promise<Undone> {
  const { importId, desk } = request
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  if (state.status === 'absent') throw new ImportFault('import_not_found', `there is no import ${importId}`)
  const [firstEvent] = await retryWhileAway(() => desk.store.readStream(streamName('import', importId), 1, 1))
  if (firstEvent?.event.by.id === simulationActor.id) {
    throw new ImportFault('import_simulated', `${importId} is a made-up helpdesk, and no import`)
  }
  if (state.status === 'withdrawn')
    return { importId, tickets: 0, others: [], keptIds: [], passedOver: [], position: undefined }
  const extent = await survey(request, firstEvent?.position, state.status === 'withdrawing')
  if (state.status !== 'withdrawing') refuse(importId, extent)
  await record(request, { type: 'startWithdrawal' })

  const lanes = createLanes(maxWithdrawals)
  const [keptTickets, passedOver]: [string[], string[]] = [[...extent.worked], []]
  let done = 0
  try {
    for (const [id, version] of extent.tickets) {
      request.signal?.throwIfAborted()
      if (extent.worked.has(id)) continue
      await lanes.add(id, async () => {
        const withdrawn = await unlessDeleted(withdrawTicket(request, id, version), () => void passedOver.push(id))
        if (withdrawn === false) keptTickets.push(id)
        request.onTickets?.(++done, extent.tickets.size)
      })
    }
  } finally {
    await lanes.drained()
  }
  request.signal?.throwIfAborted()
  const stay = keptTickets.length + passedOver.length
  const tickets = extent.withdrawn.size + extent.tickets.size - stay
  const position = await record(request, { type: 'completeWithdrawal', tickets, kept: stay })
  const others = [...extent.others].sort()
  return { importId, tickets, others, keptIds: keptTickets.sort(), passedOver: passedOver.sort(), position }
}

/** The tickets of an import. */
type ImportExtent = {
  /** The existing tickets that it opened, with the versions of their streams. */
  readonly tickets: ReadonlyMap<string, number>
  /** Those that somebody has worked on since. */
  readonly worked: ReadonlySet<string>
  /** The tickets of other imports that it continued. */
  readonly continued: ReadonlySet<string>
  /** The other imports that continued its tickets. */
  readonly others: ReadonlySet<string>
  /** The tickets that an interrupted run has withdrawn. */
  readonly withdrawn: ReadonlySet<string>
}

/** Reads the history from the beginning of the import. Holds the id of each of its tickets in memory. */
async function survey(
  { desk, importId, signal }: UndoRequest,
  from: Position | undefined,
  isResumed: boolean,
): Promise<ImportExtent> {
  const [tickets, worked, continued] = [new Map<string, number>(), new Set<string>(), new Set<string>()]
  const [others, withdrawn] = [new Map<string, ReadonlySet<string>>(), new Set<string>()]
  for (let after = from; after !== undefined;) {
    signal?.throwIfAborted()
    const events: readonly EventEnvelope[] = await retryWhileAway(() => desk.store.readAll({ after, limit: page }))
    for (const { event, stream, version, correlationId, commandId } of events) {
      const { category, id } = parseStream(stream)
      const by = importIdOf(correlationId)
      const isOwn = by === importId
      if (isOwn && event.type === 'ImportWithdrawalStarted') withdrawn.clear()
      if (category !== 'ticket') continue
      const { type } = event as TicketEvent
      if (type === 'TicketImportWithdrawn') {
        for (const ids of [tickets, worked, continued, others]) ids.delete(id)
        if (isOwn) withdrawn.add(id)
      } else if (isOwn && (type === 'TicketOpened' || tickets.has(id))) tickets.set(id, version)
      else if (isOwn) continued.add(id)
      else if (tickets.has(id)) {
        tickets.set(id, version)
        if (isWork(event, correlationId)) worked.add(id)
        if (by !== undefined && commandId.startsWith(rowPrefix))
          others.set(id, new Set([...(others.get(id) ?? []), by]))
      }
    }
    after = events.at(-1)?.position
  }
  if (!isResumed) withdrawn.clear()
  return { tickets, worked, continued, others: new Set([...others.values()].flatMap((ids) => [...ids])), withdrawn }
}

function refuse(importId: string, { worked, continued }: ImportExtent): void {
  if (worked.size > 0) {
    throw new ImportFault(
      'import_worked_on',
      `somebody has worked on ${inWords(worked)} since ${importId} brought them in`,
    )
  }
  if (continued.size > 0) {
    throw new ImportFault(
      'import_not_alone',
      `${importId} went on with ${inWords(continued)}, which another import began`,
    )
  }
}

/** Formats the number of tickets, with the ids of the first ones. */
export function inWords(ids: ReadonlySet<string>): string {
  const first = [...ids].sort().slice(0, named).join(', ')
  const tickets = ids.size === 1 ? '1 ticket' : `${ids.size} tickets`
  return ids.size > named ? `${tickets} (${first}, …)` : `${tickets} (${first})`
}

/** Withdraws one ticket, unless somebody has begun to work on it. */
export async function withdrawTicket(
  { desk, importId, now }: Pick<UndoRequest, 'desk' | 'importId' | 'now'>,
  id: string,
  version: number,
): Promise<boolean> {
  for (let expectedVersion = version; ;) {
    const sender = {
      by: importActor,
      at: now(),
      correlationId: importCorrelation(importId),
      commandId: `${importCorrelation(importId)}/undo`,
      expectedVersion,
    }
    const outcome = await retryWhileAway(() =>
      desk.engine.execute('ticket', id, { type: 'withdrawImport', importId }, sender),
    )
    if (outcome.ok) return true
    if (outcome.refusal.code !== 'version_conflict') throw new ImportFault('import_refused', outcome.refusal.message)
    const stored = await readStored(desk, id)
    if (stored.events.length === stored.from) return true
    if (stored.workedOn) return false
    expectedVersion = stored.events.length
  }
}

async function record(
  { desk, importId, now, by = importActor }: UndoRequest,
  command: ImportCommand,
): Promise<Position | undefined> {
  const sender = { by, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await retryWhileAway(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) throw new ImportFault('import_refused', outcome.refusal.message)
  return outcome.value.position
}
