import type { FaultCatalogue, FaultOptions } from '@guichet/desk'
import { deskFaults, exitCodes, Fault } from '@guichet/desk'
import { importFaults } from '@guichet/import/faults'

const { refused, usage, unavailable, interrupted, internal } = exitCodes

/** Every fault that a command can end with; docs/errors.md explains each one. */
export const faults = {
  ...deskFaults,
  ...importFaults,

  config_invalid: { exitCode: usage, next: 'see docs/reference/configuration.md' },
  config_missing: { exitCode: usage, next: 'set it: in production nothing is made up' },
  not_in_production: { exitCode: usage, next: 'unset NODE_ENV for a trial' },
  secret_unreadable: { exitCode: usage, next: 'delete it: another one will be made up' },
  token_unsignable: {
    exitCode: usage,
    next: 'ask your identity provider, or unset GUICHET_JWT_PUBLIC_KEY for development',
  },
  period_invalid: { exitCode: usage, next: 'choose a --from that is not after --to' },
  ends_in_the_future: { exitCode: usage, next: 'start it earlier or make it shorter' },

  customer_unknown: { exitCode: refused, next: 'guichet customers list finds customers' },
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
  queries_invalid: {
    exitCode: usage,
    next: 'give JSON with queries, each with a language, a query and the id of an article',
  },
  links_being_checked: { exitCode: refused, next: 'wait for it to end; what it has found is stored already' },
  embeddings_failed: {
    exitCode: unavailable,
    next: 'start the service at GUICHET_EMBEDDINGS_URL, or correct the variables that say how it is asked',
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
  store_unusable: {
    exitCode: unavailable,
    next: 'give the modules of the desk (GUICHET_WITH), if it has any; else use the version of Guichet that wrote it, or another database',
  },
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
} as const satisfies FaultCatalogue

/** The code of a fault, as `docs/errors.md` lists it. */
export type FaultCode = keyof typeof faults

/** A fault of the command line, of which it knows every code. */
export class CommandFault extends Fault<FaultCode> {
  constructor(code: FaultCode, message: string, options?: FaultOptions) {
    super(faults, code, message, options)
  }
}
