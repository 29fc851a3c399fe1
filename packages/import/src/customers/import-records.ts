import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Actor, Desk, ImportCommand, Instant, Position } from '@guichet/domain'
import {
  commandIdLength,
  importActor,
  importCorrelation,
  isTransient,
  personId,
  refusalMessages,
  unlessDeleted,
} from '@guichet/domain'
import { ImportFault } from '../fault.ts'
import { openColumns } from '../histories/log/open-log.ts'
import type { Advice, LogRow } from '../histories/log/log-row.ts'
import type { RowCode } from '../histories/repair.ts'
import type { RecordKindName } from '../histories/record-kinds.ts'
import { refuseAnotherKind } from '../histories/record-kinds.ts'
import { openRejects } from '../histories/sources.ts'
import { retryWhileAway } from '@guichet/eventstore'
import { customerKind } from './customer-row.ts'
import { organisationKind } from './organisation-row.ts'
import type { ReadRow, RecordCategory, RecordKind, RowFault } from './record-kind.ts'
import { cellsOf, columnOf, stepsOf } from './record-kind.ts'

const recordKinds = { customers: customerKind, organisations: organisationKind } as const

/** The result of the rows: `rows` = `created` + `updated` + `unchanged` + `refused`. */
type RecordsAccount = {
  readonly importId: string
  readonly rows: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly refused: number
  /** The columns of the file that no record has, such as a misspelled one. */
  readonly ignored: readonly string[]
  readonly position: Position | undefined
}

/** A file of customers or organisations to import, and how to read it. */
export type RecordsImport = {
  readonly kind: RecordKindName
  readonly file: string
  /** The name that identifies the import, to continue it and to undo it. */
  readonly importId: string
  readonly rejectsFile: string
  /** What separates the fields of a CSV file; by default what does so in its first line. */
  readonly delimiter?: string | undefined
  /** The encoding of the file, such as `windows-1252`; UTF-8 by default. */
  readonly encoding?: string | undefined
  readonly desk: Desk
  readonly now: () => Instant
  /** Who imports, for the events of the import itself; the engine's import by default. */
  readonly by?: Actor
  /** The ids of the organisations of a name. */
  readonly organisationsNamed: (name: string) => Promise<readonly string[]>
  readonly onRows?: (rows: number) => void
  /** Aborts the import between two rows; its reason is thrown. */
  readonly signal?: AbortSignal
}

const asOption: Advice = {
  encoding: (name) => `say --encoding ${name}`,
  delimiter: (character) => `if ${JSON.stringify(character)} separates its fields, say --delimiter '${character}'`,
}

/** The column of a file of customers with the name of their organisation. */
const organisationName = 'organisation'

/**
 * Imports a file of customers or organisations, CSV or NDJSON. A row about a record that is not known registers it; a row
 * about a known one, by its id or by one of its identities, changes what it says differently. May be interrupted and run
 * again: what is imported already is unchanged.
 * @throws Fault as `openColumns` does, `rejects_unwritable`, or `import_refused`.
 */
export async function importRecords(request: RecordsImport): Promise<RecordsAccount> {
  const { kind, file, importId, rejectsFile, delimiter, encoding, desk, onRows, signal } = request
  await desk.terms()
  const settings = desk.timeline.at(-1)?.customers
  const fields = (kind === 'customers' ? settings?.fields : settings?.organisationFields) ?? []
  const columns = [...recordKinds[kind].columns(fields.map(({ name }) => name)), organisationName]
  const optional = columns.filter((column) => column !== 'id')
  const log = await openColumns(file, { columns, delimiter, encoding, optional, advice: asOption })
  const rejects = await openRejects(rejectsFile, log.columns)
  const counts = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 }
  const seen = new Map<string, EarlierRow>()
  try {
    await refuseAnotherKind(request, kind)
    await recordImport(request, { type: 'start', source: basename(file), mapping: kind })
    // One row after the other: of two rows with one address, the first has it, in every run.
    for await (const row of log.rows) {
      signal?.throwIfAborted()
      const imported =
        kind === 'customers'
          ? importRow(customerKind, columns, row, request, seen)
          : importRow(organisationKind, columns, row, request, seen)
      const outcome = await unlessDeleted(imported, ({ message }) => refused('id', 'history_deleted', message))
      counts.rows++
      counts[outcome.kind]++
      if (outcome.kind === 'refused') await rejects.add(row, outcome)
      onRows?.(counts.rows)
    }
    await rejects.finish()
    const { created, updated, ...others } = counts
    const position = await recordImport(request, { type: 'complete', ...others, applied: created + updated })
    const inputColumns = log.unseen?.().seen ?? log.columns
    return { importId, ...counts, ignored: inputColumns.filter((column) => !columns.includes(column)), position }
  } catch (error) {
    await rejects.abandon()
    throw error
  }
}

type RowOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged' }
  | { readonly kind: 'refused'; readonly field: string; readonly code: RowCode; readonly reason: string }

const refused = (field: string, code: RowCode, reason: string): RowOutcome => ({ kind: 'refused', field, code, reason })

/** The row that the file has about a record already. */
type EarlierRow = { readonly row: number; readonly isRefused: boolean }

/**
 * Imports a row. Of two rows about one record the second is refused. A refused row counts for the id that it names alone,
 * not for the record that its identities lead to: in a later run they may lead to that of another row.
 */
async function importRow<C extends RecordCategory>(
  kind: RecordKind<C>,
  columns: readonly string[],
  row: LogRow,
  request: RecordsImport,
  seen: Map<string, EarlierRow>,
): Promise<RowOutcome> {
  if (row.fault !== undefined) return refused('', 'invalid_command', row.fault)
  const { desk } = request
  const rowId = cellsOf(columns, row.values).cell('id')
  if (rowId !== undefined && !personId.safeParse(rowId).success) return refused('id', 'invalid_command', 'is no id')
  const values = await withOrganisation(columns, row.values, request)
  const read = 'ok' in values ? values : kind.read(columns, values)
  const isOfId =
    rowId !== undefined && (await retryWhileAway(() => desk.read(kind.category, rowId))).state.status !== 'absent'
  const matchId = read.ok && !isOfId ? await retryWhileAway(() => read.match(desk)) : undefined
  const id = matchId ?? rowId
  const ids = [rowId, id].filter((each) => each !== undefined)
  const earlier = ids.map((each) => seen.get(each)).find((each) => each !== undefined)
  if (earlier) {
    const which = `row ${earlier.row} of the file${earlier.isRefused ? ', which was refused,' : ''}`
    return refused('id', `${kind.category}_already_registered`, `${which} is about the same one`)
  }
  let outcome: RowOutcome
  if (!read.ok) outcome = { kind: 'refused', ...read }
  else if (id === undefined)
    outcome = refused('id', 'invalid_command', 'is missing, and no identity leads to a known one')
  else outcome = await (isOfId || matchId !== undefined ? update : create)(kind, id, read, request)
  const isRefused = outcome.kind === 'refused'
  for (const each of isRefused ? ids.filter((one) => one === rowId) : ids) seen.set(each, { row: row.row, isRefused })
  return outcome
}

/** The values of a row whose organisation is named in place of its id. */
async function withOrganisation(
  columns: readonly string[],
  values: LogRow['values'],
  { organisationsNamed }: RecordsImport,
): Promise<LogRow['values'] | RowFault> {
  const name = values[columns.indexOf(organisationName)]?.trim()
  const index = columns.indexOf('organisationId')
  if (!name || index < 0 || values[index]?.trim()) return values
  const [organisationId, another] = await organisationsNamed(name)
  if (organisationId === undefined || another !== undefined) {
    const reason =
      another === undefined ? refusalMessages.organisation_not_found : 'several organisations have this name'
    return { ok: false, field: organisationName, code: 'organisation_not_found', reason }
  }
  return values.map((value, column) => (column === index ? organisationId : value))
}

async function create<C extends RecordCategory>(
  kind: RecordKind<C>,
  id: string,
  { register }: ReadRow<C>,
  request: RecordsImport,
): Promise<RowOutcome> {
  return send(kind, id, register, request, 'created', rowCommandId(request.importId, id))
}

/**
 * A change that is there already stores nothing, so that it needs no command id of its own to be repeated. What leads to
 * the record through one that is merged into it is there, too, and is taken nevertheless.
 */
async function update<C extends RecordCategory>(
  kind: RecordKind<C>,
  id: string,
  { update: commands, leadsTo }: ReadRow<C>,
  request: RecordsImport,
): Promise<RowOutcome> {
  const outcome = await send(kind, id, commands, request, 'updated')
  if (outcome.kind !== 'refused' || outcome.code !== 'identity_taken') return outcome
  const lead = await retryWhileAway(() => Promise.all(commands.map((each) => leadsTo(each, id, request.desk))))
  const others = commands.filter((_, index) => !lead[index])
  return others.length < commands.length ? send(kind, id, others, request, 'updated') : outcome
}

async function send<C extends RecordCategory>(
  { category }: RecordKind<C>,
  id: string,
  commands: ReadRow<C>['register'],
  { desk, importId, now }: RecordsImport,
  kind: 'created' | 'updated',
  commandId?: string,
): Promise<RowOutcome> {
  const sender = { by: importActor, at: now(), commandId, correlationId: importCorrelation(importId) }
  for (;;) {
    const outcome = await retryWhileAway(() => desk.engine.executeTogether(category, id, stepsOf(commands), sender))
    if (outcome.ok) return { kind: outcome.value.events.length > 0 ? kind : 'unchanged' }
    const { code, message, movedTo, step = 0 } = outcome.refusal
    const command = commands[step]
    if (!command || isTransient(outcome.refusal)) continue
    const reason = movedTo === undefined ? message : `${message}: ${movedTo}`
    return refused(code === 'customer_merged' ? 'id' : columnOf(command, outcome.refusal), code, reason)
  }
}

/** The id of the command that registers a row: the same whenever the import runs again. */
export function rowCommandId(importId: string, id: string): string {
  const written = `import:${importId}:${id}`
  const isPrintable = /^[\x20-\x7e]*$/.test(written) && written.length <= commandIdLength
  return isPrintable ? written : `import:${createHash('sha256').update(written).digest('hex')}`
}

/** Records a step of an import on its stream. @throws Fault `import_refused`. */
export async function recordImport(
  { importId, desk, now, by = importActor }: Pick<RecordsImport, 'importId' | 'desk' | 'now' | 'by'>,
  command: ImportCommand,
): Promise<Position | undefined> {
  const sender = { by, at: now(), correlationId: importCorrelation(importId) }
  const outcome = await retryWhileAway(() => desk.engine.execute('import', importId, command, sender))
  if (!outcome.ok) {
    throw new ImportFault('import_refused', `the import cannot ${command.type}: ${outcome.refusal.message}`)
  }
  return outcome.value.position
}
