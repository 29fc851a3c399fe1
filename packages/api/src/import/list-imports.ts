import type { ImportState, Instant } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { AuditRow, Keyset } from '@guichet/projections'
import type { Engine } from '../engine/engine.ts'

/** An import that was begun, and what has become of it. */
export type ImportEntry = {
  readonly importId: string
  readonly startedAt: Instant
} & Exclude<ImportState, { status: 'absent' }>

type Parts = Pick<Engine, 'desk' | 'readModels'>

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
  return (await entriesOf(open, parts)).filter(({ status }) => status === 'running')
}

const importEvents = ['ImportStarted', 'ImportResumed', 'ImportAbandoned', 'ImportCompleted']
const goesOn: ReadonlySet<string> = new Set(['ImportStarted', 'ImportResumed'])

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

async function entriesOf(begun: readonly AuditRow[], { desk }: Parts): Promise<readonly ImportEntry[]> {
  const entries = begun.map(async ({ stream, at }): Promise<ImportEntry[]> => {
    const importId = parseStream(stream).id
    const { state } = await desk.read('import', importId)
    return state.status === 'absent' ? [] : [{ importId, startedAt: at, ...state }]
  })
  return (await Promise.all(entries)).flat()
}
