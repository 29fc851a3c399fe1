import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'

/**
 * The end of the training data for the deadlines: the cases opened before it are the earlier ones, about half of them.
 */
const cut = '2016-04-13T00:00:00.000Z'

/**
 * The cases of the log, each once, by its last row; read one at a time, whatever the length of the file.
 * @param file a .csv, or a .csv.gz, in which the rows of a case are contiguous.
 */
export async function* readCases(file) {
  const bytes = file.endsWith('.gz') ? [createReadStream(file), createGunzip()] : [createReadStream(file)]
  const rows = pipeline(...bytes, parse({ columns: true, bom: true }), () => undefined)
  const seen = new Set()
  let last
  for await (const row of rows) {
    if (last && last.number !== row.number) yield caseOf(last)
    if (last?.number !== row.number && seen.has(row.number)) throw new Error(`the rows of ${row.number} are scattered`)
    seen.add(row.number)
    last = row
  }
  if (last) yield caseOf(last)
}

function caseOf({ number, priority, made_sla, opened_at }) {
  const [, day, month, year, time] = /^(\d+)\/(\d+)\/(\d+) (\d+:\d+)$/.exec(opened_at)
  const openedAt = new Date(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time.padStart(5, '0')}Z`)
  return { number, priority, truth: made_sla === 'true', earlier: openedAt.toISOString() < cut }
}
