import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Desk, ImportCommand, Instant, Position } from '@guichet/domain'
import {
  commandIdLength,
  importActor,
  importCorrelation,
  isTransient,
  refusalMessages,
  streamName,
} from '@guichet/domain'
import { Fault } from '../fault.ts'
import { openColumns } from '../import/log/open-log.ts'
import type { LogRow } from '../import/log/log-row.ts'
import type { RowCode } from '../import/repair.ts'
import { openRejects } from '../import/sources.ts'
import { retryWhileAway } from '../sending.ts'
import { customerColumns, readCustomerRow } from './customer-row.ts'

/** The mapping that an import of customers records, by which it is told from one of tickets. */
export const customersMapping = 'customers'

/** The result of the rows: `rows` = `applied` + `unchanged` + `refused`. */
type CustomersAccount = {
  readonly importId: string
  readonly rows: number
  readonly applied: number
  readonly unchanged: number
  readonly refused: number
  readonly position: Position | undefined
}

type CustomersImport = {
  readonly file: string
  /** The name that identifies the import, to continue it and to undo it. */
  readonly importId: string
  readonly rejectsFile: string
  readonly desk: Desk
  readonly now: () => Instant
  readonly onRows?: (rows: number) => void
  /** Aborts the import between two rows; its reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Imports a file of customers, CSV or NDJSON. It registers customers who are not known; a row about another is refused,
 * so that the import can be undone whole. May be interrupted and run again: rows that are imported already are
 * unchanged.
 * @throws Fault as `openColumns` does, `rejects_unwritable`, or `import_refused`.
 */
export async function importCustomers(request: CustomersImport): Promise<CustomersAccount> {
  const { file, importId, rejectsFile, desk, onRows, signal } = request
  await desk.terms()
  const fields = (desk.timeline.at(-1)?.customers?.fields ?? []).map(({ name }) => name)
  const columns = customerColumns(fields)
  const optional = columns.filter((column) => column !== 'id')
  const log = await openColumns(file, { columns, delimiter: ',', optional })
  const rejects = await openRejects(rejectsFile, log.columns)
  const counts = { rows: 0, applied: 0, unchanged: 0, refused: 0 }
  try {
    await record(request, { type: 'start', source: basename(file), mapping: customersMapping })
    // One row after the other: of two rows with one address, the first has it, in every run.
    for await (const row of log.rows) {
      signal?.throwIfAborted()
      const read = row.fault === undefined ? readCustomerRow(columns, row.values) : unreadable(row)
      const outcome: RowOutcome = read.ok
        ? await importRow(request, read.id, read.register)
        : { ...read, kind: 'refused' }
      counts.rows++
      counts[outcome.kind]++
      if (outcome.kind === 'refused') await rejects.add(row, outcome)
      onRows?.(counts.rows)
    }
    await rejects.finish()
    const position = await record(request, { type: 'complete', ...counts })
    return { importId, ...counts, position }
  } catch (error) {
    await rejects.abandon()
    throw error
  }
}

const unreadable = ({ fault }: LogRow) =>
  ({ ok: false, field: '', code: 'invalid_command', reason: fault ?? '' }) as const

type RowOutcome =
  | { readonly kind: 'applied' | 'unchanged' }
  | { readonly kind: 'refused'; readonly field: string; readonly code: RowCode; readonly reason: string }

type Registration = Extract<ReturnType<typeof readCustomerRow>, { readonly ok: true }>['register']

async function importRow(request: CustomersImport, id: string, register: Registration): Promise<RowOutcome> {
  const { desk, importId, now } = request
  const { state } = await retryWhileAway(() => desk.read('customer', id))
  if (state.status !== 'absent') {
    const [first] = await importedBy(desk, id, importId)
    if (first === undefined) return { kind: 'refused', field: 'id', ...known }
  }
  const sender = {
    by: importActor,
    at: now(),
    commandId: rowCommandId(importId, id),
    correlationId: importCorrelation(importId),
  }
  for (;;) {
    const outcome = await retryWhileAway(() => desk.engine.execute('customer', id, register, sender))
    if (outcome.ok) return { kind: outcome.value.events.length > 0 ? 'applied' : 'unchanged' }
    const { field = '', code, message } = outcome.refusal
    if (code === 'command_id_reused') return { kind: 'refused', field: 'id', ...known }
    if (!isTransient(outcome.refusal)) return { kind: 'refused', field, code, reason: message }
  }
}

const known = {
  code: 'customer_already_registered',
  reason: refusalMessages.customer_already_registered,
} as const

/** The id of the command of a row: the same whenever the import runs again. */
function rowCommandId(importId: string, id: string): string {
  const written = `import:${importId}:${id}`
  const isPrintable = /^[\x20-\x7e]*$/.test(written) && written.length <= commandIdLength
  return isPrintable ? written : `import:${createHash('sha256').update(written).digest('hex')}`
}

/** The events of an import at the beginning of a customer's present life; empty if the import did not begin it. */
async function importedBy(desk: Desk, id: string, importId: string): Promise<readonly { readonly own: boolean }[]> {
  const events = await retryWhileAway(() => desk.store.readStream(streamName('customer', id)))
  const last = events.findLastIndex(({ event }) => event.type === 'CustomerImportWithdrawn')
  const life = events
    .slice(last + 1)
    .map(({ correlationId }) => ({ own: correlationId === importCorrelation(importId) }))
  return life[0]?.own ? life : []
}

async function record({ importId, desk, now }: CustomersUndo, command: ImportCommand): Promise<Position | undefined> {
  const sender = { by: importActor, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await retryWhileAway(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) {
    throw new Fault('import_refused', `the import cannot ${command.type}: ${outcome.refusal.message}`)
  }
  return outcome.value.position
}

type CustomersUndo = Pick<CustomersImport, 'importId' | 'desk' | 'now' | 'signal'>

/** How many events are read at once. */
const page = 1_000

/**
 * Takes an import of customers back: those whom nobody has changed since are removed, and their addresses are free. The
 * others stay, and are named.
 */
export async function undoCustomers(
  request: CustomersUndo,
): Promise<{ readonly customers: number; readonly kept: readonly string[]; readonly position: Position | undefined }> {
  const { importId, desk, now, signal } = request
  const ids = new Set<string>()
  const [begun] = await desk.store.readStream(streamName('import', importId), 1, 1)
  for (let after = begun?.position; after !== undefined;) {
    signal?.throwIfAborted()
    const events = await retryWhileAway(() => desk.store.readAll({ after, limit: page }))
    for (const { stream, correlationId } of events) {
      if (correlationId === importCorrelation(importId) && stream.startsWith('customer-'))
        ids.add(stream.slice('customer-'.length))
    }
    after = events.at(-1)?.position
  }
  await record(request, { type: 'startWithdrawal' })
  const kept: string[] = []
  let customers = 0
  for (const id of ids) {
    signal?.throwIfAborted()
    const life = await importedBy(desk, id, importId)
    if (life.length === 0) continue
    const { version } = await desk.read('customer', id)
    if (life.some(({ own }) => !own)) {
      kept.push(id)
      continue
    }
    const sender = {
      by: importActor,
      at: now(),
      correlationId: importCorrelation(importId),
      expectedVersion: version,
    }
    const outcome = await retryWhileAway(() =>
      desk.engine.execute('customer', id, { type: 'withdrawImport', importId }, sender),
    )
    if (outcome.ok) customers++
    else kept.push(id)
  }
  const position = await record(request, { type: 'completeWithdrawal', tickets: customers, kept: kept.length })
  return { customers, kept: kept.sort(), position }
}
