import { createHash } from 'node:crypto'
import { minutes } from '@guichet/domain'
import { ImportFault } from '../fault.ts'
import type { LogRow } from './log/log-row.ts'
import { openLog } from './log/open-log.ts'
import type { Mapping } from './mapping.ts'
import { rowReader, timeReader } from './read-row.ts'

/** The results of a first reading of the whole file. */
export type Inspection = {
  /** The id of the import: the same for the same content with the same mapping. */
  readonly importId: string
  readonly rows: number
  /** Whether the rows of cases are mostly in descending order of time. */
  readonly newestFirst: boolean
}

/**
 * Reads a whole log before anything is stored, so that a broken file is not half imported.
 * @throws Fault as `openLog` does; `file_empty` without a row; `nothing_readable` when no row can be read.
 */
export async function inspectLog(
  file: string,
  mapping: Mapping,
  onRows: (rows: number) => void = () => undefined,
): Promise<Inspection> {
  const fingerprint = createHash('sha256').update(JSON.stringify(mapping))
  const log = await openLog(file, mapping, { onBytes: (chunk) => void fingerprint.update(chunk) })
  const read = rowReader(mapping)
  const direction = directionOf(mapping)
  let rows = 0
  let readable = 0
  let first: string | undefined
  for await (const row of log.rows) {
    if (++rows % 10_000 === 0) onRows(rows)
    direction.add(row)
    if (readable > 0) continue
    const result = read(row)
    if (result.ok) readable++
    else first ??= `row ${row.row}: ${result.fault.reason}`
  }
  const { columns = [], seen = [] } = log.unseen?.() ?? {}
  const column = columns.find((name) => !mapping.optional?.includes(name))
  if (column !== undefined) {
    throw new ImportFault('column_missing', `no row of ${file} has the column ${column}`, {
      next: `its columns are ${seen.join(', ')}; name a column that may be absent under "optional" in the mapping`,
    })
  }
  if (rows === 0) throw new ImportFault('file_empty', `${file} holds no rows`)
  if (readable === 0) {
    throw new ImportFault('nothing_readable', `not one row of ${file} can be read; ${first}`)
  }
  return {
    importId: fingerprint.digest('hex').slice(0, 24),
    rows,
    newestFirst: !log.unordered && direction.newestFirst(),
  }
}

/**
 * Counts how often the next row of a case is older than its last one, and how often newer, with about 100 bytes per
 * case.
 */
function directionOf(mapping: Mapping): { add(row: LogRow): void; newestFirst(): boolean } {
  const read = timeReader(mapping)
  const latest = new Map<string, number>()
  const toleranceMs = minutes(mapping.time.toleranceMinutes)
  let [back, forth] = [0, 0]
  return {
    add: (row) => {
      const time = read(row)
      if (!time) return
      const before = latest.get(time.ticketId) ?? time.at
      if (before - time.at > toleranceMs) back++
      else if (time.at > before) forth++
      latest.set(time.ticketId, time.at)
    },
    newestFirst: () => back > forth,
  }
}
