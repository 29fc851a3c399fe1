import type { z } from 'zod'

/**
 * An error for an operator, shown in one line: a code, what is wrong, and what to do next. Only `internal` is a bug of
 * Guichet.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  /** What to do next. */
  readonly next: string
  readonly exitCode: ExitCode

  /** @param options `next` says what to do in this case, where the catalogue's advice is too general. */
  constructor(
    code: FaultCode,
    message: string,
    options: { readonly next?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.next = options.next ?? faults[code].next
    this.exitCode = faults[code].exitCode
  }
}

/**
 * One fault of the command line: the exit code of the command, and what to do next unless the thrower is more precise.
 */
export type FaultEntry = { readonly exitCode: ExitCode; readonly next: string }

/** The exit codes of the command line; docs/reference/configuration.md explains each one. */
export const exitCodes = {
  ok: 0,
  /** The object of the command does not exist, or the command was refused. */
  refused: 1,
  /** The command line, the configuration or an input file is wrong. Nothing was started. */
  usage: 2,
  /**
   * Something that the engine needs is unavailable: a database, a port, a running owner of the data folder, a read
   * model.
   */
  unavailable: 3,
  /** Interrupted by a signal. Everything acknowledged is stored. */
  interrupted: 130,
  /** A bug of Guichet. */
  internal: 70,
} as const

const { refused, usage, unavailable, interrupted, internal } = exitCodes

/** Every fault that a command can end with; docs/errors.md explains each one. */
export const faults = {
  usage: { exitCode: usage, next: 'add --help to the command to see what it takes' },
  config_invalid: { exitCode: usage, next: 'see docs/reference/configuration.md' },
  config_missing: { exitCode: usage, next: 'set it: in production nothing is made up' },
  not_in_production: { exitCode: usage, next: 'unset NODE_ENV for a trial' },
  secret_unreadable: { exitCode: usage, next: 'delete it: another one will be made up' },
  token_unsignable: {
    exitCode: usage,
    next: 'ask your identity provider, or unset GUICHET_JWT_PUBLIC_KEY for development',
  },
  period_invalid: {
    exitCode: usage,
    next: 'choose --from and --to of at most 36525 days, or 400 days where the message says so',
  },
  ends_in_the_future: { exitCode: usage, next: 'start it earlier or make it shorter' },
  bench_unknown: { exitCode: usage, next: 'name one of the measures, or none for all of them' },

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
  customer_unknown: { exitCode: refused, next: 'guichet customers list finds customers' },
  export_unwritable: { exitCode: usage, next: 'name a file in a folder that can be written to' },
  import_not_found: { exitCode: refused, next: 'guichet imports status lists the imports' },

  configuration_invalid: { exitCode: usage, next: 'fix the errors listed above; docs/guides/configure-your-desk.md' },
  configuration_refused: { exitCode: refused, next: 'nothing was applied; see docs/errors.md' },
  calendar_not_found: { exitCode: refused, next: 'guichet calendar lists the calendars' },
  category_unknown: {
    exitCode: refused,
    next: 'guichet config export shows the categories, guichet sla those of targets',
  },
  team_unknown: {
    exitCode: refused,
    next: 'guichet config export shows the teams, guichet sla --by team those of targets',
  },
  centre_unknown: {
    exitCode: refused,
    next: 'guichet config export shows the centres, guichet sla --by centre those of targets',
  },
  configuration_not_found: { exitCode: refused, next: 'guichet config history lists the versions' },
  output_unwritable: { exitCode: usage, next: 'name another file with --output' },

  simulation_refused: { exitCode: refused, next: 'start it with another seed' },
  incident_not_found: { exitCode: refused, next: 'guichet incidents --all lists them' },
  ticket_not_found: { exitCode: refused, next: 'guichet tickets and guichet chats list list them' },
  chat_not_found: { exitCode: refused, next: 'guichet chats list lists them' },
  ticket_ambiguous: { exitCode: refused, next: 'give more of it' },
  examples_unusable: {
    exitCode: usage,
    next: 'give a column text and a column category, filled in every row, with two categories at least',
  },
  too_few_examples: { exitCode: refused, next: 'let agents give more tickets a category, then try again' },
  file_not_found: { exitCode: refused, next: 'guichet files lists them' },
  files_unavailable: {
    exitCode: unavailable,
    next: 'start the storage of the files, or correct GUICHET_FILES_BUCKET_URL',
  },
  projection_not_found: { exitCode: refused, next: 'guichet projections status lists the read models' },
  event_not_parked: { exitCode: refused, next: 'guichet reactions status lists the parked events' },
  delivery_not_found: { exitCode: refused, next: 'guichet deliveries --state refused lists what was refused' },
  copy_refused: {
    exitCode: refused,
    next: 'copy into a store that holds nothing else, and let nothing write meanwhile',
  },
  rebuild_failed: { exitCode: refused, next: 'the read model is as it was; see docs/reference/metrics.md' },

  database_unavailable: { exitCode: unavailable, next: 'start it, or unset DATABASE_URL for the embedded Postgres' },
  read_timeout: { exitCode: unavailable, next: 'ask for less, or set GUICHET_READ_TIMEOUT_MS' },
  database_refused: { exitCode: unavailable, next: 'check user, password and database name in DATABASE_URL' },
  database_not_started: { exitCode: unavailable, next: 'set DATABASE_URL to use another Postgres' },
  data_folder_in_use: {
    exitCode: unavailable,
    next: 'stop that process, or set GUICHET_HOME to another folder',
  },
  data_folder_unusable: { exitCode: unavailable, next: 'set GUICHET_HOME to a folder that this account may write to' },
  store_unusable: { exitCode: unavailable, next: 'use another database, or the version of Guichet that wrote it' },
  read_model_stopped: {
    exitCode: unavailable,
    next: 'mend the cause, then let it go on with guichet projections resume',
  },
  history_deleted: {
    exitCode: refused,
    next: 'the other streams are not affected; a backup of the events still has it',
  },
  events_hidden: { exitCode: unavailable, next: 'end the process that keeps it open, or ask again' },
  temporal_missing: {
    exitCode: unavailable,
    next: 'set TEMPORAL_ADDRESS, or put a `temporal` on the PATH',
  },
  package_missing: { exitCode: unavailable, next: 'install it' },
  temporal_not_started: { exitCode: unavailable, next: 'set TEMPORAL_ADDRESS to use another Temporal server' },
  port_unavailable: { exitCode: unavailable, next: 'set PORT or HOST to another one' },

  interrupted: { exitCode: interrupted, next: 'run the same command again to go on' },
  internal: { exitCode: internal, next: 'this is a bug; set GUICHET_DEBUG=1 for the details' },
} as const satisfies Readonly<Record<string, FaultEntry>>

export type FaultCode = keyof typeof faults

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

type Issue = z.core.$ZodIssue
type Place = Pick<Issue, 'path' | 'message'>

/**
 * Returns the faults of a value. Where the value may have one of several forms, returns the faults of the form that was
 * meant: the only one that the value fits apart from some fields.
 */
export function placesOf(issue: Issue): readonly Place[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such field' }))
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map(({ message }) => ({ path: issue.path, message }))
    case 'invalid_union': {
      const meant = formMeant(issue.errors)
      if (!meant) return [issue]
      return meant.flatMap(placesOf).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
    }
    default:
      return [issue]
  }
}

/**
 * Returns the only form whose faults are all in fields that it has, or else the only form whose faults are all in
 * fields.
 */
const formMeant = (forms: readonly Issue[][]): Issue[] | undefined =>
  onlyOne(forms.filter((form) => form.every(isInField))) ??
  onlyOne(forms.filter((form) => form.every((issue) => isInField(issue) || issue.code === 'unrecognized_keys')))

const isInField = ({ path }: Issue): boolean => path.length > 0

const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined)
