import type { ImportState, Instant } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { AuditRow, Keyset } from '@guichet/projections'
import type { Engine } from '../engine/engine.ts'
import { runningImports } from './import-lock.ts'

/** An import that was begun, and what has become of it: one that no process is `running` and that has no end is `not_complete`. */
export type ImportEntry = {
  readonly importId: string
  readonly startedAt: Instant
} & (Begun | (Omit<Begun, 'status'> & { readonly status: 'not_complete' }))
type Begun = Exclude<ImportState, { status: 'absent' }>

type Parts = Pick<Engine, 'database' | 'desk' | 'readModels'>

const page = 100

/** The latest hundred imports and, however old, those that are not complete: newest first. */
export async function listImports(parts: Parts): Promise<readonly ImportEntry[]> {
  const { rows } = await parts.readModels.audit.list({ type: ['ImportStarted'] }, { limit: page })
  const latest = await entriesOf(
    rows.map(({ row }) => row),
    parts,
  )
  const listed = new Set(latest.map(({ importId }) => importId))
  const older = (await openImports(parts)).filter(({ importId }) => !listed.has(importId))
  return [...latest, ...older]
}

/** Every import that is not complete, newest first: the clocks of its tickets stand still. */
export async function openImports(parts: Parts): Promise<readonly ImportEntry[]> {
  const open: AuditRow[] = []
  for await (const begun of begunAndNotEnded(parts)) open.push(begun)
  return (await entriesOf(open, parts)).filter(({ status }) => isOpen.has(status))
}

const importEvents = [
  'ImportStarted',
  'ImportResumed',
  'ImportAbandoned',
  'ImportCompleted',
  'ImportWithdrawalStarted',
  'ImportWithdrawn',
]
const goesOn: ReadonlySet<string> = new Set(['ImportStarted', 'ImportResumed', 'ImportWithdrawalStarted'])
const isOpen: ReadonlySet<ImportEntry['status']> = new Set(['running', 'not_complete', 'withdrawing'])

/**
 * The beginnings of the imports whose last event is no end, newest first. The trail is read back to its beginning, page by
 * page; what is kept of it are the imports whose own beginning has not come up yet.
 */
async function* begunAndNotEnded({ readModels }: Parts): AsyncGenerator<AuditRow> {
  const lastEvents = new Map<string, string>()
  let after: Keyset | undefined
  do {
    const { rows, hasNext } = await readModels.audit.list({ type: importEvents }, { limit: 5 * page, after })
    for (const { row } of rows) {
      const last = lastEvents.get(row.stream) ?? row.type
      lastEvents.set(row.stream, last)
      if (row.type !== 'ImportStarted') continue
      lastEvents.delete(row.stream)
      if (goesOn.has(last)) yield row
    }
    after = hasNext ? rows.at(-1)?.keyset : undefined
  } while (after)
}

async function entriesOf(begun: readonly AuditRow[], { database, desk }: Parts): Promise<readonly ImportEntry[]> {
  const known = begun.map(async ({ stream, at }) => {
    const importId = parseStream(stream).id
    const { state } = await desk.read('import', importId)
    return state.status === 'absent' ? [] : [{ importId, startedAt: at, ...state }]
  })
  const entries = (await Promise.all(known)).flat()
  const open = entries.filter(({ status }) => status === 'running').map(({ importId }) => importId)
  const running = await runningImports(database.url, open)
  return entries.map((entry) =>
    entry.status === 'running' && !running.has(entry.importId) ? { ...entry, status: 'not_complete' } : entry,
  )
}
