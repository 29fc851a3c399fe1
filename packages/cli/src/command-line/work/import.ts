import { randomUUID } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Refusal, TicketStatus } from '@guichet/domain'
import { cutTo, describeTicketEvent, ticketStatuses } from '@guichet/domain'
import type { ReadModels } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Fault } from '@guichet/desk'
import {
  findMapping,
  holdImport,
  listImports,
  importIdOf,
  importLog,
  repairsFile,
  inspectLog,
  refusedMailsFile,
  recordKindOf,
  undoRecords,
  undoImport,
} from '@guichet/import'
import type { ImportEntry, Account, ImportRequest, Sample, Mapping, Source } from '@guichet/import'
import { retryWhileAway } from '@guichet/eventstore'
import type { Context } from '../context.ts'
import { environmentOf } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { counted, table } from '../table.ts'
import { watchLag, withEngine, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type ImportOptions = ActorOption & {
  readonly mapping: readonly string[]
  readonly name?: string
  readonly keepOpen?: boolean
  readonly rejects?: string
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

/** The options of `import undo`. */
export type UndoOptions = ActorOption & { readonly json?: boolean }

/**
 * How much the heap may grow beyond what is in use before it is collected: as much again. V8 would let it grow to four
 * times, because an import keeps little and makes much garbage.
 */
const boundedHeap = '--heap-growing-percent=100'

/** Rows are imported case by case, and read models soon after: larger caches and batches would hold what has been used. */
const keepsLittle = { cachedStreams: 1_000, catchUpBatchSize: 1_000, feedBytes: 2 * 1_024 * 1_024 }

type Statuses = Readonly<Record<TicketStatus, number>>

/** Imports logs and prints the account. */
export async function runImport(files: readonly string[], options: ImportOptions, context: Context): Promise<void> {
  const { home } = environmentOf(context)
  setFlagsFromString(boundedHeap)
  const started = Date.now()
  const mappings = await mappingsOf(files, options)
  if (options.rejects !== undefined) await assertWritable(options.rejects, [...files, ...options.mapping])
  const sources = await inspected(files, mappings, context)
  const importId = options.name ?? importIdOf(sources)
  const [{ file }] = sources
  const rejectsFile = options.rejects ?? join(home, 'rejects', `${basename(file)}.${importId}.csv`)
  const request = {
    sources,
    importId,
    rejectsFile,
    now,
    by: options.by,
    keepOpen: options.keepOpen,
    strict: options.strict === true,
  }

  const { account, statuses, stopped } = options.dryRun
    ? { account: await dryRun(request, context) }
    : await withEngine(
        context,
        async ({ database, desk, runner, readModels }, signal) => {
          const work = (lockSignal: AbortSignal) => importing({ ...request, desk, signal: lockSignal }, context)
          const account = await holdImport(database.url, importId, work, signal)
          const stopped = await watchLag(runner, context.terminal, { signal, position: account.position })
          if (stopped) return { account, statuses: null, stopped }
          const statuses = await retryWhileAway(() => statusesOf(readModels, account.ticketIds), { signal })
          return { account, statuses, stopped }
        },
        keepsLittle,
      )
  const { ticketIds, importId: _id, position: _, samples, isComplete, ...counts } = account
  const summary = {
    import: importId,
    file: files.length === 1 ? file : files,
    mapping: [...new Set(mappings.map(({ name }) => name))].join(', '),
    dryRun: options.dryRun === true,
    complete: isComplete,
    tickets: ticketIds.length,
    ...counts,
    ...(statuses !== undefined && { statuses }),
    ...(options.dryRun && { samples }),
    rejects: counts.refused > 0 ? rejectsFile : null,
    mails: counts.refusedMails > 0 ? refusedMailsFile(rejectsFile) : null,
    repairs: counts.repaired > 0 ? repairsFile(rejectsFile) : null,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  }
  for (const line of options.json ? [JSON.stringify(summary)] : inWords(summary)) context.terminal.out(line)
  if (stopped) throw stopped
}

/** One mapping for all files, or one for each. */
async function mappingsOf(files: readonly string[], { mapping }: ImportOptions): Promise<readonly Mapping[]> {
  if (mapping.length > 1 && mapping.length !== files.length) {
    throw new CommandFault('mapping_unknown', `there are ${files.length} files and ${mapping.length} mappings`, {
      next: 'give --mapping once for all files, or once for each of them, in their order',
    })
  }
  const mappings = await Promise.all(mapping.map(findMapping))
  return files.flatMap((_, index) => mappings[index] ?? mappings[0] ?? [])
}

async function inspected(
  files: readonly string[],
  mappings: readonly Mapping[],
  { terminal }: Context,
): Promise<ImportRequest['sources']> {
  const checking = terminal.progress('checking ', 0)
  const sources: Source[] = []
  let rows = 0
  for (const [index, file] of files.entries()) {
    const mapping = mappings[index]
    if (!mapping) continue
    const before = rows
    const inspection = await inspectLog(file, mapping, (read) => checking.update(before + read, before + read))
    rows += inspection.rows
    sources.push({ file, mapping, inspection })
  }
  checking.stop()
  const [first, ...others] = sources
  if (!first) throw new Error('there is no file')
  return [first, ...others]
}

/** Withdraws an import and prints the result for its tickets, or for its customers. */
export async function undo(importId: string, options: UndoOptions, context: Context): Promise<void> {
  const { by, json } = options
  const { records, undone, stopped } = await withEngine(context, async ({ database, desk, runner }, signal) => {
    const progress = context.terminal.progress('taking back', 0)
    try {
      const onTickets = progress.update
      const { state } = await desk.read('import', importId)
      const kind = state.status === 'absent' ? undefined : recordKindOf(state.mapping)
      if (kind === 'articles')
        throw new CommandFault('import_refused', `${importId} is an import of articles`, {
          next: `guichet kb undo ${importId} takes it back`,
        })
      if (kind !== undefined) {
        const work = (lockSignal: AbortSignal) => undoRecords({ kind, importId, desk, now, by, signal: lockSignal })
        const { position, keptIds, passedOver, ...records } = await holdImport(database.url, importId, work, signal)
        const stopped = await watchLag(runner, context.terminal, { signal, position })
        return { records: { kind, ...records }, undone: { tickets: 0, others: [], keptIds, passedOver }, stopped }
      }
      const work = (lockSignal: AbortSignal) => undoImport({ importId, desk, now, by, signal: lockSignal, onTickets })
      const undone = await holdImport(database.url, importId, work, signal)
      return {
        records: undefined,
        undone,
        stopped: await watchLag(runner, context.terminal, { signal, position: undone.position }),
      }
    } finally {
      progress.stop()
    }
  })
  const { tickets, others, keptIds, passedOver } = undone
  const result = records ? { [records.kind]: records.removed, restored: records.restored } : { tickets, others }
  if (json) context.terminal.out(JSON.stringify({ import: importId, ...result, kept: keptIds, passedOver }))
  else {
    const count = records ? counted(records.removed, records.kind.slice(0, -1)) : counted(tickets, 'ticket')
    const restored = records ? `, ${records.restored} restored` : ''
    context.terminal.out(`${count} of ${importId} taken back${restored}`)
    if (others.length > 0) {
      context.terminal.out(
        `with what other imports had added to them: ${others.join(', ')}; run these again to bring it in`,
      )
    }
    const why = records ? 'has changed them since' : 'works on them'
    if (keptIds.length > 0) context.terminal.out(`kept, because somebody ${why}: ${keptIds.join(', ')}`)
    if (passedOver.length > 0)
      context.terminal.out(`passed over, because their streams were deleted: ${passedOver.join(', ')}`)
  }
  if (stopped) throw stopped
}

const dryRun = (request: Omit<ImportRequest, 'desk'>, context: Context): Promise<Account> =>
  context.interruption.during((signal) => importing({ ...request, desk: undefined, signal }, context))

async function importing(request: ImportRequest, { terminal }: Context): Promise<Account> {
  const rows = request.sources.reduce((sum, { inspection }) => sum + inspection.rows, 0)
  let [title, progress] = ['importing', terminal.progress('importing', rows)]
  const showing = (phase: string) => (done: number) => {
    if (phase !== title) {
      progress.stop()
      ;[title, progress] = [phase, terminal.progress(phase, rows)]
    }
    progress.update(done)
  }
  try {
    return await importLog({ ...request, onCompared: showing('comparing'), onRows: showing('importing') })
  } finally {
    progress.stop()
  }
}

const page = 500

async function statusesOf({ tickets }: ReadModels, ids: readonly string[]): Promise<Statuses> {
  const statuses = Object.fromEntries(ticketStatuses.map((status) => [status, 0])) as Record<TicketStatus, number>
  for (let start = 0; start < ids.length; start += page) {
    for (const row of await tickets.byIds(ids.slice(start, start + page))) if (row) statuses[row.status]++
  }
  return statuses
}

type Summary = Omit<Account, 'ticketIds' | 'importId' | 'position' | 'samples' | 'isComplete'> & {
  readonly import: string
  readonly dryRun: boolean
  readonly complete: boolean
  readonly samples?: readonly Sample[]
  readonly tickets: number
  /** The statuses of its tickets, if the read models show all of the import. */
  readonly statuses?: Statuses | null
  readonly rejects: string | null
  /** The mailbox of the refused mails. */
  readonly mails: string | null
  readonly repairs: string | null
  readonly seconds: number
}

function inWords(summary: Summary): string[] {
  const { rows, applied, unchanged, refused, tickets, events, statuses, rejects, repairs, repaired, seconds, dryRun } =
    summary
  return [
    `${counted(rows, 'row')} = ${applied} applied + ${unchanged} unchanged + ${refused} refused, in ${seconds} s${dryRun ? ' (nothing was stored)' : ''}`,
    `${counted(tickets, 'ticket')}, ${dryRun ? `${counted(events, 'event')} would be stored` : counted(events, 'new event')}`,
    ...(statuses
      ? [
          Object.entries(statuses)
            .map(([status, count]) => `${status} ${count}`)
            .join(', '),
        ]
      : []),
    ...(summary.complete || dryRun
      ? []
      : [`the import ${summary.import} is not complete: run it again without --keep-open`]),
    ...(summary.samples ?? []).flatMap(sampleInWords),
    ...notesInWords(summary),
    ...(rejects === null ? [] : [`the refused rows are in ${rejects}`]),
    ...(summary.mails === null ? [] : [`the refused mails are in ${summary.mails}, a mailbox`]),
    ...(repairs === null ? [] : [`${counted(repaired, 'row')} repaired: what was put right is in ${repairs}`]),
  ]
}

function notesInWords({ thirdPersons, automatic: { noted, leftOut } }: Summary): string[] {
  const people = `${counted(thirdPersons, 'row')} by third persons, kept as internal notes`
  const machines = `${counted(noted + leftOut, 'automatic message')}: ${noted} kept as internal notes, ${leftOut} left out, for want of a ticket`
  return [...(thirdPersons > 0 ? [people] : []), ...(noted + leftOut > 0 ? [machines] : [])]
}

function sampleInWords({ ticketId, events }: Sample): string[] {
  return [
    `${ticketId}:`,
    ...events.map((event) => {
      const { what, said } = describeTicketEvent(event)
      const words = said === undefined || said === '' ? '' : `: ${excerptOf(said)}`
      return `  ${event.at}  ${event.by.name ?? event.by.id}  ${what}${words}`
    }),
  ]
}

const excerptOf = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const excerpt = cutTo(line, 80)
  return excerpt === line ? line : `${excerpt}…`
}

/**
 * Checks that the folder of the rejects file exists, and that neither it nor the files beside it would replace a file that is
 * being read.
 */
async function assertWritable(rejects: string, read: readonly string[]): Promise<void> {
  const folder = dirname(resolve(rejects))
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new CommandFault('rejects_unwritable', `there is no folder ${folder} for the rejects file`)
  const real = (file: string): Promise<string> => realpath(file).catch(() => resolve(file))
  const targets = await Promise.all([rejects, repairsFile(rejects), refusedMailsFile(rejects)].map(real))
  for (const file of read) {
    if (!targets.includes(await real(file))) continue
    throw new CommandFault(
      'rejects_unwritable',
      `the rejects file ${rejects}, or one beside it, is what the import reads: name another one`,
    )
  }
}

/** The options of `imports status`. */
export type ImportsOutput = { readonly json?: boolean }

/** The options of `imports abandon`. */
export type AbandonOptions = ActorOption & ImportsOutput

/** Prints the imports. */
export async function status({ json }: ImportsOutput, context: Context): Promise<void> {
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const stopped = await watchLag(engine.runner, context.terminal, { signal })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

/** Ends an import that will not be completed, and prints all imports. */
export async function abandon(importId: string, { by, json }: AbandonOptions, context: Context): Promise<void> {
  const sender = { by, commandId: randomUUID() } as const
  const { entries, stopped } = await withEngineRepeatedly(context, async (engine, signal) => {
    const outcome = await holdImport(engine.database.url, importId, () =>
      engine.desk.engine.execute('import', importId, { type: 'abandon' }, sender),
    )
    if (!outcome.ok) throw notAbandoned(importId, outcome.refusal)
    const stopped = await watchLag(engine.runner, context.terminal, { signal, position: outcome.value.position })
    return { entries: await listImports(engine), stopped }
  })
  print(entries, json, context)
  if (stopped) throw stopped
}

function notAbandoned(importId: string, { code, message }: Refusal): Fault {
  if (code === 'import_withdrawing')
    return new CommandFault('import_withdrawing', `the import ${importId} is being taken back`)
  if (code === 'import_not_found') return new CommandFault('import_not_found', `there is no import ${importId}`)
  return new CommandFault('import_refused', message)
}

function print(entries: readonly ImportEntry[], json: boolean | undefined, { terminal }: Context): void {
  if (json) return terminal.out(JSON.stringify(entries))
  if (entries.length === 0) return terminal.out('nothing was ever imported')
  terminal.out(
    table(
      ['import', 'state', 'begun', 'source', 'mapping', 'rows', 'refused'],
      entries.map((entry) => [
        entry.importId,
        entry.status.replace('_', ' '),
        entry.startedAt,
        entry.source,
        entry.mapping,
        ...('figures' in entry ? [String(entry.figures.rows), String(entry.figures.refused)] : ['', '']),
      ]),
    ),
  )
}
