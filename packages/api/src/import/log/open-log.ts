import { Fault } from '../../fault/fault.ts'
import type { Mapping } from '../mapping.ts'
import { mappedColumns } from '../mapping.ts'
import { isGzip, textBytes } from './bytes.ts'
import { csvLog } from './csv-log.ts'
import type { Log } from './log-row.ts'
import { ndjsonLog } from './ndjson-log.ts'

/** What is read of a file, and how. */
export type FileReading = {
  readonly columns: readonly string[]
  /** Between the fields of a CSV file. */
  readonly delimiter: string
  /** Those of the columns that the file may lack. */
  readonly optional?: readonly string[] | undefined
  /** UTF-8 unless it is given. */
  readonly encoding?: string | undefined
  readonly onBytes?: ((chunk: Buffer) => void) | undefined
}

/**
 * Opens a log, `.csv`, `.ndjson` or `.jsonl`, plain or compressed by gzip. Its rows hold the columns that the mapping reads.
 * @throws Fault when the file cannot be read, is no text, or lacks a column; while reading, when it is broken.
 */
export function openLog(file: string, mapping: Mapping, onBytes?: (chunk: Buffer) => void): Promise<Log> {
  const { csv, encoding, optional } = mapping
  return openColumns(file, { columns: mappedColumns(mapping), delimiter: csv.delimiter, optional, encoding, onBytes })
}

/**
 * Opens a file as `openLog` does, for some of its columns.
 * @throws Fault as `openLog` does.
 */
export async function openColumns(
  file: string,
  { columns, delimiter, optional, encoding, onBytes }: FileReading,
): Promise<Log> {
  const gzip = await isGzip(file)
  const kind = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase()
  if (kind === undefined) {
    throw new Fault('file_kind_unknown', `${file} is neither .csv nor .ndjson nor .jsonl`)
  }
  const bytes = textBytes(file, { gzip, encoding, onBytes })
  return kind === 'csv' ? csvLog(bytes, { file, delimiter, columns, optional }) : ndjsonLog(bytes, { file, columns })
}
