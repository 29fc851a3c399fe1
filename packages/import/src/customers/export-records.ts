import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import type { Keyset, ReadModels, Slice } from '@guichet/projections'
import { ImportFault } from '../fault.ts'
import { customerColumns, customerRow } from './customer-row.ts'
import { organisationKind, organisationRow } from './organisation-row.ts'

/** How many customers are read at once. */
const page = 500

async function* all<Row>(list: (page: { limit: number; after?: Keyset }) => Promise<Slice<Row>>): AsyncGenerator<Row> {
  for (let after: Keyset | undefined; ;) {
    const slice = await list({ limit: page, ...(after && { after }) })
    for (const { row } of slice.rows) yield row
    after = slice.rows.at(-1)?.keyset
    if (!slice.hasNext || after === undefined) return
  }
}

type ExportTable = { readonly columns: readonly string[]; rows(): AsyncGenerator<Readonly<Record<string, string>>> }

/** All customers, those who were merged excepted, as rows of a file. */
export function exportedCustomers(fields: readonly string[], customers: ReadModels['customers']): ExportTable {
  const columns = customerColumns(fields)
  return {
    columns,
    rows: async function* () {
      for await (const { id, customer } of all((page) => customers.list({}, page)))
        yield customerRow(id, customer, columns)
    },
  }
}

/** All organisations as rows of a file. */
export function exportedOrganisations(fields: readonly string[], customers: ReadModels['customers']): ExportTable {
  const columns = organisationKind.columns(fields)
  return {
    columns,
    rows: async function* () {
      for await (const { id, organisation } of all((page) => customers.organisations({}, page)))
        yield organisationRow(id, organisation, columns)
    },
  }
}

/**
 * Writes customers or organisations to a CSV or NDJSON file that can be imported. Cells that a
 * spreadsheet would take for a formula are escaped, and a CSV file begins with the byte order mark, by which spreadsheets
 * know UTF-8. The file has its name when it is complete and the export is recorded.
 * @returns how many.
 * @throws Fault `file_kind_unknown`, `export_unwritable`; as `record` does, without a file then.
 */
export async function exportRecords(
  file: string,
  { columns, rows: exported }: ExportTable,
  {
    delimiter = ',',
    record,
  }: {
    readonly delimiter?: string | undefined
    /** Records the export, of so many rows in a format, before the file has its name. */
    readonly record: (made: { readonly rows: number; readonly format: string }) => Promise<void>
  },
): Promise<number> {
  const [, kind] = /\.(csv|ndjson|jsonl)$/i.exec(file) ?? []
  if (kind === undefined) throw new ImportFault('file_kind_unknown', `${file} is neither .csv, .ndjson nor .jsonl`)
  let written = 0
  const rows = async function* () {
    for await (const row of exported()) {
      written++
      yield row
    }
  }
  const isCsv = kind.toLowerCase() === 'csv'
  const lines = async function* () {
    for await (const row of rows()) {
      const filled = Object.entries(row).filter(([, value]) => value !== '')
      yield `${JSON.stringify(Object.fromEntries(filled))}\n`
    }
  }
  const part = `${file}.${process.pid}.part`
  try {
    const output = createWriteStream(part, { mode: 0o600 })
    if (isCsv) {
      const csv = stringify({ bom: true, header: true, columns: [...columns], delimiter, escape_formulas: true })
      await pipeline(Readable.from(rows()), csv, output)
    } else await pipeline(Readable.from(lines()), output)
    await record({ rows: written, format: isCsv ? 'csv' : 'ndjson' })
    await rename(part, file)
  } catch (cause) {
    await rm(part, { force: true })
    if (cause instanceof Error && 'syscall' in cause)
      throw new ImportFault('export_unwritable', `${file} cannot be written: ${cause.message}`, { cause })
    throw cause
  }
  return written
}
