import type { FaultCatalogue, FaultOptions } from '@guichet/desk'
import { exitCodes, Fault } from '@guichet/desk'

const { refused, usage } = exitCodes

/** The faults of an import and of an export; docs/errors.md explains each one. */
export const importFaults = {
  mapping_unknown: { exitCode: usage, next: 'use servicenow, or a .json file' },
  mapping_unreadable: { exitCode: usage, next: 'give a mapping in JSON that this account may read' },
  mapping_invalid: { exitCode: usage, next: 'see docs/reference/mapping.md' },
  file_unreadable: { exitCode: usage, next: 'give a file that this account may read' },
  file_kind_unknown: {
    exitCode: usage,
    next: 'name it as what it is, with .gz behind when compressed',
  },
  file_not_text: {
    exitCode: usage,
    next: 'export it as CSV or NDJSON in UTF-8, or say in the mapping which encoding it has',
  },
  file_damaged: { exitCode: usage, next: 'compress it, or fetch it, again' },
  file_empty: { exitCode: usage, next: 'give a file with at least one row' },
  column_missing: { exitCode: usage, next: 'give it that column, or change the mapping' },
  column_repeated: { exitCode: usage, next: 'rename one of the two, in the file and in the mapping' },
  csv_broken: { exitCode: usage, next: 'nothing was imported; mend the file and start again' },
  row_too_long: { exitCode: usage, next: 'nothing was imported; mend the file and start again' },
  nothing_readable: { exitCode: usage, next: 'check the mapping: docs/reference/mapping.md' },
  rejects_unwritable: { exitCode: usage, next: 'name another file with --rejects' },
  import_refused: { exitCode: refused, next: 'nothing more was imported; see docs/errors.md' },
  import_running: { exitCode: refused, next: 'wait for it to end; guichet imports status shows it' },
  import_withdrawing: { exitCode: refused, next: 'guichet import undo takes back the rest' },
  import_correcting: {
    exitCode: refused,
    next: 'give all files of the import again under its name, or take it back: guichet import undo',
  },
  import_worked_on: {
    exitCode: refused,
    next: 'nothing was taken back; what came in stays, and more can be imported under another name',
  },
  import_not_alone: { exitCode: refused, next: 'nothing was taken back; take back the one that began them' },
  import_simulated: {
    exitCode: refused,
    next: 'nothing was taken back; begin anew in another data folder (GUICHET_HOME) or database: only an empty desk is filled',
  },
  export_unwritable: { exitCode: usage, next: 'name a file in a folder that can be written to' },
  folder_unreadable: { exitCode: usage, next: 'name a folder that this account may read' },
  folder_too_large: {
    exitCode: usage,
    next: 'nothing was imported; import its folders one by one, each under a name of its own',
  },
  import_not_found: { exitCode: refused, next: 'guichet imports status lists the imports' },
} as const satisfies FaultCatalogue

/** A fault of importFaults. */
export class ImportFault extends Fault<keyof typeof importFaults> {
  constructor(code: keyof typeof importFaults, message: string, options?: FaultOptions) {
    super(importFaults, code, message, options)
  }
}
