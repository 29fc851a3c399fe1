import { randomUUID } from 'node:crypto'
import type { Desk, EventEnvelope, Position, StreamCategories } from '@guichet/domain'
import {
  evolveCustomer,
  evolveOrganisation,
  importActor,
  importCorrelation,
  importIdOf,
  readHistory,
  settleWithdrawal,
  streamName,
  unlessDeleted,
} from '@guichet/domain'
import { retryWhileAway } from '@guichet/eventstore'
import { customerKind } from './customer-row.ts'
import type { RecordsImport } from './import-records.ts'
import { recordImport } from './import-records.ts'
import { organisationKind } from './organisation-row.ts'
import type { RecordCategory, RecordKind, Values } from './record-kind.ts'
import { stepsOf } from './record-kind.ts'

type RecordsUndo = Pick<RecordsImport, 'kind' | 'importId' | 'desk' | 'now' | 'by' | 'signal'>

/** What became of the records of an import. */
type RecordsUndone = {
  /** How many it had registered, and are removed. */
  readonly removed: number
  /** How many it had changed, and are as they were. */
  readonly restored: number
  /** The ids of those whom somebody has changed since: registered ones stay whole, of changed ones these values. */
  readonly keptIds: readonly string[]
  /** The ids of those whose streams, or streams that they need, were deleted: nothing more of them can be changed. */
  readonly passedOver: readonly string[]
  readonly position: Position | undefined
}

/** How many events are read at once. */
const page = 1_000

/** The beginning of the ids of commands that take an import back: what they restore is the import's no more. */
const undoing = 'undo-of-import:'

/**
 * Takes an import of customers or organisations back. Those that it registered are removed, unless somebody has changed
 * them since. Those that it changed get their former values back, but for values that somebody has changed since; both
 * are named, and so are those whose streams were deleted.
 */
export async function undoRecords(request: RecordsUndo): Promise<RecordsUndone> {
  const { kind } = request
  return kind === 'customers'
    ? undo(customerKind, evolveCustomer, request)
    : undo(organisationKind, evolveOrganisation, request)
}

async function undo<C extends RecordCategory>(
  kind: RecordKind<C>,
  evolve: Evolve<C>,
  request: RecordsUndo,
): Promise<RecordsUndone> {
  const { signal } = request
  const { ids, withdrawn } = await touched(kind.category, request)
  await recordImport(request, { type: 'startWithdrawal' })
  const [keptRecords, passedOver]: [string[], string[]] = [[], []]
  const counts = { removed: withdrawn.size, restored: 0 }
  const takeBack = async (id: string): Promise<void> => {
    const history = await historyOf(kind, evolve, id, request)
    if (history.state.status === 'absent') {
      if (withdrawn.has(id)) await settle(history, request)
      return
    }
    if (history.begunByImport) {
      if (!history.changedByOthers && (await withdraw(kind, evolve, id, history.version, request))) counts.removed++
      else keptRecords.push(id)
      return
    }
    keptRecords.push(...history.lost.map((place) => `${id} ${place}`))
    const commands = kind.restore(history.former, history.state)
    if (commands.length === 0) return
    const commandId = `${undoing}${randomUUID()}`
    const sender = { ...senderOf(request), commandId, expectedVersion: history.version }
    const outcome = await retryWhileAway(() =>
      request.desk.engine.executeTogether(kind.category, id, stepsOf(commands), sender),
    )
    if (outcome.ok) counts.restored++
    else keptRecords.push(id)
  }
  for (const id of ids) {
    signal?.throwIfAborted()
    await unlessDeleted(takeBack(id), () => void passedOver.push(id))
  }
  const tickets = counts.removed + counts.restored
  const stay = keptRecords.length + passedOver.length
  const position = await recordImport(request, { type: 'completeWithdrawal', tickets, kept: stay })
  return { ...counts, keptIds: keptRecords.sort(), passedOver: passedOver.sort(), position }
}

const senderOf = ({ importId, now }: RecordsUndo) => ({
  by: importActor,
  at: now(),
  correlationId: importCorrelation(importId),
})

/** Removes a record. One that is gone although the command was refused was removed when its answer was lost. */
async function withdraw<C extends RecordCategory>(
  kind: RecordKind<C>,
  evolve: Evolve<C>,
  id: string,
  expectedVersion: number,
  request: RecordsUndo,
): Promise<boolean> {
  const { desk, importId } = request
  const command = { type: 'withdrawImport', importId } as const
  const sender = { ...senderOf(request), commandId: `${importCorrelation(importId)}/undo`, expectedVersion }
  const outcome = await retryWhileAway(() => desk.engine.execute(kind.category, id, command, sender))
  if (outcome.ok) return true
  const history = await historyOf(kind, evolve, id, request)
  if (history.state.status !== 'absent') return false
  await settle(history, request)
  return true
}

const settle = async ({ withdrawal }: Pick<RecordHistory<RecordCategory>, 'withdrawal'>, { desk }: RecordsUndo) =>
  withdrawal && retryWhileAway(() => settleWithdrawal(desk, withdrawal))

/** The ids of the records with events of the import, and of those that an interrupted run has removed. */
async function touched(
  category: RecordCategory,
  { importId, desk, signal }: RecordsUndo,
): Promise<{ readonly ids: ReadonlySet<string>; readonly withdrawn: ReadonlySet<string> }> {
  const [ids, withdrawn] = [new Set<string>(), new Set<string>()]
  const prefix = `${category}-`
  const [firstEvent] = await retryWhileAway(() => desk.store.readStream(streamName('import', importId), 1, 1))
  for (let after = firstEvent?.position; after !== undefined;) {
    signal?.throwIfAborted()
    const events = await retryWhileAway(() => desk.store.readAll({ after, limit: page }))
    for (const { event, stream, correlationId } of events) {
      if (correlationId !== importCorrelation(importId)) continue
      if (event.type === 'ImportWithdrawalStarted' || event.type === 'ImportWithdrawn') withdrawn.clear()
      if (!stream.startsWith(prefix)) continue
      const id = stream.slice(prefix.length)
      ids.add(id)
      if (isWithdrawal(event)) withdrawn.add(id)
    }
    after = events.at(-1)?.position
  }
  return { ids, withdrawn }
}

type Withdrawal = Parameters<typeof settleWithdrawal>[1]

const isWithdrawal = (event: EventEnvelope['event']): event is Withdrawal['event'] =>
  event.type === 'CustomerImportWithdrawn' || event.type === 'OrganisationImportWithdrawn'

type State<C extends RecordCategory> = StreamCategories[C]['state']
type Evolve<C extends RecordCategory> = (state: State<C>, event: StreamCategories[C]['event']) => State<C>

/** A value that a place of a record has had, with the values that it had before. */
type Layer = {
  readonly value: string | undefined
  /** The correlation id of what set it. */
  readonly by: string
  readonly below: Layer | undefined
}

/** What an import has done to a record, and others since. */
type RecordHistory<C extends RecordCategory> = {
  readonly state: State<C>
  readonly version: number
  /** The last event, where it removed the record. */
  readonly withdrawal: Withdrawal | undefined
  /** Whether the import began the record's present life. */
  readonly begunByImport: boolean
  readonly changedByOthers: boolean
  /** The former values of the places that the import has changed, and nobody since. */
  readonly former: ReadonlyMap<string, string | undefined>
  /** The places that the import has changed, and somebody since. */
  readonly lost: readonly string[]
}

async function historyOf<C extends RecordCategory>(
  kind: RecordKind<C>,
  evolve: Evolve<C>,
  id: string,
  { desk, importId }: RecordsUndo,
): Promise<RecordHistory<C>> {
  const events = await retryWhileAway(() => readHistory(desk.store, kind.category, id))
  const correlation = importCorrelation(importId)
  const isOwn = ({ correlationId }: EventEnvelope): boolean => correlationId === correlation
  let state = { status: 'absent' } as State<C>
  let life: EventEnvelope[] = []
  let layers = new Map<string, Layer>()
  for (const envelope of events) {
    const before = kind.valuesOf(state)
    state = evolve(state, envelope.event)
    if (state.status === 'absent') {
      ;[life, layers] = [[], new Map()]
      continue
    }
    life.push(envelope)
    const after = kind.valuesOf(state)
    for (const place of changedPlaces(before, after))
      layers.set(place, layerAfter(layers.get(place), envelope, after.get(place)))
  }
  const former = new Map<string, string | undefined>()
  const lost: string[] = []
  for (const [place, top] of layers) {
    if (top.by === correlation) {
      const value = await formerValue(top, correlation, desk)
      if (value !== top.value) former.set(place, value)
    } else if (find(top, ({ by }) => by === correlation)) lost.push(place)
  }
  const [first] = life
  const last = events.at(-1)
  return {
    state,
    version: last?.version ?? 0,
    withdrawal: last && isWithdrawal(last.event) ? { ...last, event: last.event } : undefined,
    begunByImport: first !== undefined && isOwn(first),
    changedByOthers: life.some((each) => !isOwn(each)),
    former,
    lost,
  }
}

/** The value that an event has set, over those before it; where it takes an import back, the one that it brings back. */
function layerAfter(
  top: Layer | undefined,
  { commandId, correlationId: undone }: EventEnvelope,
  value: string | undefined,
): Layer {
  const restored = commandId.startsWith(undoing)
    ? find(top, (layer) => layer.by !== undone && layer.value === value)
    : undefined
  return restored ?? { value, by: undone, below: top }
}

/** The value before an import, and before those below it that are taken back as well. */
async function formerValue(top: Layer, correlation: string, desk: Pick<Desk, 'read'>): Promise<string | undefined> {
  let layer: Layer | undefined = top
  while (layer && (layer.by === correlation || (await isTakenBack(layer.by, desk)))) layer = layer.below
  return layer?.value
}

async function isTakenBack(correlationId: string, desk: Pick<Desk, 'read'>): Promise<boolean> {
  const importId = importIdOf(correlationId)
  if (importId === undefined) return false
  const { state } = await retryWhileAway(() => desk.read('import', importId))
  return state.status === 'withdrawn' || state.status === 'withdrawing'
}

function find(top: Layer | undefined, matches: (layer: Layer) => boolean): Layer | undefined {
  let layer = top
  while (layer && !matches(layer)) layer = layer.below
  return layer
}

const changedPlaces = (before: Values, after: Values): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((place) => before.get(place) !== after.get(place))
