import type { EventStore } from '@guichet/domain'
import type { CopyResult, CopyProgress } from '@guichet/eventstore'
import { CommandTooLarge, copyHistory, HistoryDiffers, isDatabaseAway, retryWhileAway } from '@guichet/eventstore'
import { configuredDatabase } from '../../engine/configured-database.ts'
import type { NamedStore } from '../../engine/store.ts'
import { openNamedStore } from '../../engine/store.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { environmentOf, logger } from '../context.ts'
import { counted } from '../table.ts'

/** The options of the command. */
export type CopyOptions = { readonly from?: string; readonly to?: string; readonly json?: boolean }

/** Copies a history and prints the account. */
export async function runCopy({ json, ...options }: CopyOptions, context: Context): Promise<void> {
  const { copy: variables } = environmentOf(context)
  const { from = variables.from ?? configuredDatabase, to = variables.to } = options
  if (to === undefined)
    throw new CommandFault('usage', 'the store to copy to is missing: give --to, or GUICHET_COPY_TO')
  if (from === to) throw new CommandFault('usage', '--from and --to are the same store')
  for (const option of ['from', 'to'] as const) {
    if (!showsPassword(options[option])) continue
    const instead = `give ${variableOf(option)} instead`
    context.terminal.err(`warning password_visible: others see the password in --${option} (${instead})`)
  }
  const source = (option: 'from' | 'to'): string => (options[option] === undefined ? variableOf(option) : `--${option}`)
  const stores = { from: { name: from, source: source('from') }, to: { name: to, source: source('to') } }
  const copied = await context.interruption.during((signal) => copy(stores, context, signal))
  context.terminal.out(json ? JSON.stringify(copied) : summary(copied))
}

const variableOf = (option: 'from' | 'to'): string => `GUICHET_COPY_${option.toUpperCase()}`

type Stores = { readonly from: NamedStore; readonly to: NamedStore }

async function copy({ from, to }: Stores, context: Context, signal: AbortSignal): Promise<CopyResult> {
  const environment = environmentOf(context)
  const log = logger(environment, 'error')
  const source = await openNamedStore(from, environment, log)
  try {
    const target = await openNamedStore(to, environment, log)
    try {
      return await watched(
        patient(source.store, 'the store that is copied from', signal),
        patient(target.store, 'the store that is copied into', signal),
        context,
        signal,
      )
    } catch (cause) {
      if (cause instanceof CommandTooLarge)
        throw new CommandFault('copy_refused', cause.message, { next: enlarge, cause })
      throw cause instanceof HistoryDiffers ? new CommandFault('copy_refused', cause.message, { cause }) : cause
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

const enlarge =
  'start an EventStoreDB with a larger --max-append-size, then run the same command again: nothing is copied twice'

/** Returns the same store, which is retried while it is away: everything that a copy does is idempotent. */
function patient(store: EventStore, called: string, signal: AbortSignal): EventStore {
  const waiting =
    <P extends readonly unknown[], R>(call: (...parameters: P) => Promise<R>) =>
    async (...parameters: P): Promise<R> => {
      try {
        return await retryWhileAway(() => call(...parameters), { signal })
      } catch (cause) {
        if (!isDatabaseAway(cause)) throw cause
        throw new CommandFault('database_unavailable', `${called} cannot be reached any more (${messageOf(cause)})`, {
          next: 'run the same command again when it is back: nothing is copied twice',
          cause,
        })
      }
    }
  return {
    ...store,
    append: waiting(store.append),
    readStream: waiting(store.readStream),
    readAll: waiting(store.readAll),
    findCommand: waiting(store.findCommand),
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function watched(
  from: EventStore,
  to: EventStore,
  { terminal }: Context,
  signal: AbortSignal,
): Promise<CopyResult> {
  let currentPhase: CopyProgress['phase'] = 'copying'
  let bar = terminal.progress(currentPhase, 0)
  const onProgress = ({ phase, done }: CopyProgress): void => {
    if (phase !== currentPhase) {
      bar.stop()
      bar = terminal.progress(phase, 0)
      currentPhase = phase
    }
    bar.update(done, done)
  }
  try {
    return await copyHistory(from, to, { signal, onProgress })
  } finally {
    bar.stop()
  }
}

/** Returns whether an address on the command line contains a password, which every process of the machine can read. */
const showsPassword = (address = ''): boolean => /^[a-z+]+:\/\/[^/?#@]*:[^/?#]*@|[?&]password=/i.test(address)

const summary = ({ streams, events, commands, stored }: CopyResult): string =>
  `${counted(events, 'event')} in ${counted(streams, 'stream')} are the same in both stores; ` +
  `${stored} of ${counted(commands, 'command')} were not there before`
