import type { EventStore } from '@guichet/domain'
import type { Copied, CopyProgress } from '@guichet/eventstore'
import { copyHistory, HistoryDiffers } from '@guichet/eventstore'
import { configuredDatabase, openNamedStore } from '../../engine/named-store.ts'
import { Fault } from '../../fault/fault.ts'
import type { AddCommand, Context } from '../context.ts'
import { configurationOf, logger } from '../context.ts'
import { counted } from '../table.ts'

type Options = { readonly from: string; readonly to: string; readonly json?: boolean }

/** `guichet copy`: a whole history from one event store into another. */
export const copyCommand: AddCommand = (program, context) => {
  program
    .command('copy')
    .summary('copy the whole history from one event store into another')
    .description(
      'Copies the whole history from one event store into another, then compares\nevery stream. May be broken off and run again: what is there already is found\n' +
        'so. Stop whatever writes to the source before the last run.',
    )
    .option('--from <store>', 'database, postgres://… or esdb://…', configuredDatabase)
    .requiredOption('--to <store>', 'the same')
    .option('--json', 'print the account as one line of JSON')
    .addHelpText(
      'after',
      '\nThe store “database” is the embedded Postgres, or that of DATABASE_URL.\n\nExamples:\n  guichet copy --to "esdb://localhost:2113?tls=false"\n  guichet copy --from postgres://localhost/desk --to esdb://events.example --json',
    )
    .action((options: Options) => run(options, context))
}

async function run({ from, to, json }: Options, context: Context): Promise<void> {
  if (from === to) throw new Fault('usage', '--from and --to are the same store')
  const copied = await context.interruption.during((signal) => copy(from, to, context, signal))
  context.terminal.out(json ? JSON.stringify(copied) : told(copied))
}

async function copy(from: string, to: string, context: Context, signal: AbortSignal): Promise<Copied> {
  const configuration = configurationOf(context)
  const log = logger('error')
  const source = await openNamedStore(from, configuration, log)
  try {
    const target = await openNamedStore(to, configuration, log)
    try {
      return await watched(source.store, target.store, context, signal)
    } catch (cause) {
      throw cause instanceof HistoryDiffers ? new Fault('copy_refused', cause.message, { cause }) : cause
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function watched(from: EventStore, to: EventStore, { terminal }: Context, signal: AbortSignal): Promise<Copied> {
  let shown: CopyProgress['phase'] = 'copying'
  let bar = terminal.progress(shown, 0)
  const onProgress = ({ phase, done }: CopyProgress): void => {
    if (phase !== shown) {
      bar.stop()
      bar = terminal.progress(phase, 0)
      shown = phase
    }
    bar.update(done, done)
  }
  try {
    return await copyHistory(from, to, { signal, onProgress })
  } finally {
    bar.stop()
  }
}

const told = ({ streams, events, commands, stored }: Copied): string =>
  `${counted(events, 'event')} in ${counted(streams, 'stream')} are the same in both stores; ` +
  `${stored} of ${counted(commands, 'command')} were not there before`
