import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import type { ReadModels } from '@guichet/projections'
import { now } from '../../engine/engine.ts'
import { Fault } from '../../fault/fault.ts'
import { findMapping } from '../../import/find-mapping.ts'
import { holdImport } from '../../import/import-lock.ts'
import type { Account, ImportRequest } from '../../import/import-log.ts'
import { importLog, repairsFile } from '../../import/import-log.ts'
import { inspectLog } from '../../import/inspect-log.ts'
import { persistently } from '../../sending/persistently.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'
import { withEngine } from '../with-engine.ts'
import { counted } from '../table.ts'
import { watchLag } from '../watch-lag.ts'

/** What the command line gives. */
export type Options = {
  readonly mapping: string
  readonly rejects?: string
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}
type Statuses = Readonly<Record<TicketStatus, number>>

/** Imports a log and prints the account. */
export async function run(file: string, options: Options, context: Context): Promise<void> {
  const { home } = environmentOf(context)
  const started = Date.now()
  const mapping = await findMapping(options.mapping)
  if (options.rejects !== undefined) await assertWritable(options.rejects, [file, options.mapping])
  const checking = context.terminal.progress('checking ', 0)
  const inspection = await inspectLog(file, mapping, (rows) => checking.update(rows, rows))
  checking.stop()
  const rejectsFile = options.rejects ?? join(home, 'rejects', `${basename(file)}.${inspection.importId}.csv`)
  const request = { file, mapping, inspection, rejectsFile, now, strict: options.strict === true }

  const { account, statuses, stopped } = options.dryRun
    ? { account: await dryRun(request, context) }
    : await withEngine(
        context,
        async ({ database, desk, runner, readModels }, signal) => {
          const account = await holdImport(database.url, inspection.importId, () =>
            importing({ ...request, desk, signal }, context),
          )
          const stopped = await watchLag(runner, context.terminal, { signal, position: account.position })
          if (stopped) return { account, statuses: null, stopped }
          const statuses = await persistently(() => statusesOf(readModels, account.ticketIds), { signal })
          return { account, statuses, stopped }
        },
        { cachedStreams: 1_000 },
      )
  const { ticketIds, importId, position: _, ...counts } = account
  const summary = {
    import: importId,
    file,
    mapping: mapping.name,
    dryRun: options.dryRun === true,
    tickets: ticketIds.length,
    ...counts,
    ...(statuses !== undefined && { statuses }),
    rejects: counts.refused > 0 ? rejectsFile : null,
    repairs: counts.repaired > 0 ? repairsFile(rejectsFile) : null,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  }
  for (const line of options.json ? [JSON.stringify(summary)] : inWords(summary)) context.terminal.out(line)
  if (stopped) throw stopped
}

const dryRun = (request: Omit<ImportRequest, 'desk'>, context: Context): Promise<Account> =>
  context.interruption.during((signal) => importing({ ...request, desk: undefined, signal }, context))

async function importing(request: ImportRequest, { terminal }: Context): Promise<Account> {
  const progress = terminal.progress('importing', request.inspection.rows)
  try {
    return await importLog({ ...request, onRows: progress.update })
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

type Summary = Omit<Account, 'ticketIds' | 'importId' | 'position'> & {
  readonly dryRun: boolean
  readonly tickets: number
  /** Where the read models show all of the import: the statuses of its tickets. */
  readonly statuses?: Statuses | null
  readonly rejects: string | null
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
    ...(rejects === null ? [] : [`the refused rows are in ${rejects}`]),
    ...(repairs === null ? [] : [`${counted(repaired, 'row')} repaired: what was put right is in ${repairs}`]),
  ]
}

/** The rejects file lies in a folder that is there. It replaces what has its name: it may not be what is being read. */
async function assertWritable(rejects: string, read: readonly string[]): Promise<void> {
  const folder = dirname(resolve(rejects))
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new Fault('rejects_unwritable', `there is no folder ${folder} for the rejects file`)
  const target = await realpath(rejects).catch(() => resolve(rejects))
  for (const file of read) {
    if ((await realpath(file).catch(() => resolve(file))) !== target) continue
    throw new Fault('rejects_unwritable', `the rejects file ${rejects} is what the import reads: name another one`)
  }
}
