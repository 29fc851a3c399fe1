import { ImportFault } from '../../fault.ts'
import type { Mapping } from '../mapping.ts'
import { isGzip, rawBytes, textBytes } from './bytes.ts'
import { csvLog } from './csv-log.ts'
import { jsonLog, ndjsonLog } from './json-log.ts'
import type { Advice, Log } from './log-row.ts'
import type { Threads } from './threads.ts'
import { mboxLog, readThreads } from './mbox-log.ts'
import type { Shape } from './shape.ts'
import { plainShape, shapeOf } from './shape.ts'

/** The columns to read from a file, and its format. */
type FileReading = {
  readonly shape: Shape
  /** The separator of the fields of a CSV file; by default what separates them in its first line. */
  readonly delimiter?: string | undefined
  readonly advice: Advice
  /** Columns that the file may lack. */
  readonly optional?: readonly string[] | undefined
  /** The path of the list of records in a JSON document. */
  readonly records?: string | undefined
  /** The encoding; UTF-8 by default. */
  readonly encoding?: string | undefined
  /** The threads of mailboxes that are read together; those of the file by default. */
  readonly threads?: Threads | undefined
  /** The addresses and domains of the desk in a mailbox. */
  readonly desk?: readonly string[] | undefined
  readonly onBytes?: ((chunk: Buffer) => void) | undefined
}

const inMapping: Advice = {
  encoding: (name) => `say "encoding": "${name}" in the mapping`,
  delimiter: (character) =>
    `if ${JSON.stringify(character)} separates its fields, say "csv": {"delimiter": ${JSON.stringify(character)}} in the mapping`,
}

/**
 * Opens a log, `.csv`, `.ndjson`, `.jsonl`, `.json` or `.mbox`, plain or compressed by gzip. Its rows contain the
 * columns that the mapping reads.
 * @throws Fault when the file cannot be read, is not text, or lacks a column; while reading, when it is broken.
 */
export function openLog(
  file: string,
  mapping: Mapping,
  { onBytes, threads }: Pick<FileReading, 'onBytes' | 'threads'> = {},
): Promise<Log> {
  const { csv, encoding, optional, json, mail } = mapping
  const { delimiter } = csv
  const [shape, records, desk] = [shapeOf(mapping), json?.records, mail?.desk]
  return open(file, { shape, delimiter, advice: inMapping, optional, records, desk, encoding, threads, onBytes })
}

/**
 * Opens several logs as `openLog` does. Threads may span several mailboxes.
 * @throws Fault as `openLog` does.
 */
export async function openLogs(
  sources: readonly { readonly file: string; readonly mapping: Mapping }[],
): Promise<readonly Log[]> {
  const mailboxes = sources.filter(({ file }) => kindOf(file) === 'mbox')
  const desk = mailboxes.flatMap(({ mapping }) => mapping.mail?.desk ?? [])
  const bytes = await Promise.all(mailboxes.map(async ({ file }) => rawBytes(file, { gzip: await isGzip(file) })))
  const threads = mailboxes.length === 0 ? undefined : await readThreads(bytes, desk)
  return Promise.all(sources.map(({ file, mapping }) => openLog(file, mapping, { threads })))
}

/**
 * Opens a file as `openLog` does, with given columns.
 * @throws Fault as `openLog` does.
 */
export function openColumns(
  file: string,
  {
    columns,
    ...reading
  }: { readonly columns: readonly string[] } & Pick<FileReading, 'delimiter' | 'encoding' | 'optional' | 'advice'>,
): Promise<Log> {
  return open(file, { shape: plainShape(columns), ...reading })
}

async function open(file: string, reading: FileReading): Promise<Log> {
  const { shape, delimiter, advice, optional, records, desk = [], encoding, onBytes } = reading
  const gzip = await isGzip(file)
  const kind = kindOf(file)
  if (kind === undefined) {
    throw new ImportFault('file_kind_unknown', `${file} is neither .csv, .ndjson, .jsonl, .json nor .mbox`)
  }
  if (kind === 'mbox') {
    const threads = reading.threads ?? (await readThreads([rawBytes(file, { gzip })], desk))
    return mboxLog(rawBytes(file, { gzip }), { shape, threads, onBytes })
  }
  const bytes = textBytes(file, { gzip, encoding, advice, onBytes })
  if (kind === 'csv') return csvLog(bytes, { file, delimiter, advice, shape, optional })
  return kind === 'json' ? jsonLog(bytes, { file, shape, records }) : ndjsonLog(bytes, { file, shape })
}

const kindOf = (file: string): string | undefined =>
  /\.(csv|ndjson|jsonl|json|mbox)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase()
