import { createHash } from 'node:crypto'
import { Fault } from '../fault/fault.ts'
import { openLog } from './log/open-log.ts'
import type { Mapping } from './mapping.ts'
import { rowReader } from './read-row.ts'

/** What a first reading of the whole file has found. */
export type Inspection = {
  /** The same for the same content under the same mapping. */
  readonly importId: string
  readonly rows: number
}

/**
 * Reads a log from end to end before anything is stored, so that a file that is broken anywhere is not imported by half.
 * @throws Fault as `openLog` does; `file_empty` without a row; `nothing_readable` when no row can be read.
 */
export async function inspectLog(
  file: string,
  mapping: Mapping,
  onRows: (rows: number) => void = () => undefined,
): Promise<Inspection> {
  const fingerprint = createHash('sha256').update(JSON.stringify(mapping))
  const log = await openLog(file, mapping, (chunk) => void fingerprint.update(chunk))
  const read = rowReader(mapping)
  let rows = 0
  let readable = 0
  let first: string | undefined
  for await (const row of log.rows) {
    if (++rows % 10_000 === 0) onRows(rows)
    if (readable > 0) continue
    const result = read(row)
    if (result.ok) readable++
    else first ??= `row ${row.row}: ${result.fault.reason}`
  }
  if (rows === 0) throw new Fault('file_empty', `${file} holds no rows`)
  if (readable === 0) {
    throw new Fault('nothing_readable', `not one row of ${file} can be read; ${first}`)
  }
  return { importId: fingerprint.digest('hex').slice(0, 24), rows }
}
