import type { FollowerReports } from '@guichet/eventstore'
import { isDatabaseAway, unheardReports } from '@guichet/eventstore'
import type { OnError } from '../../supervision/on-error.ts'
import type { RepeatedWork } from '../../supervision/repeat-with-back-off.ts'
import { SearchAttributesUnusable } from './register-attributes.ts'
import type { TemporalAddress } from './temporal-connection.ts'
import type { TroubleKind } from './trouble.ts'
import { sayTrouble, troubleOf } from './trouble.ts'
import type { Log, Watch } from './watch.ts'

export type ReportsOptions = {
  readonly address: TemporalAddress
  readonly watch: Watch
  readonly log: Log
  readonly onError: OnError
  /** Hears of failures that are not the server's. */
  readonly health?: FollowerReports | undefined
}

const passing: ReadonlySet<TroubleKind> = new Set(['unreachable', 'namespace_missing', 'failing'])

/**
 * How work on the server waits for it and tells of failures: what is wrong with the server itself is left to the watch; anything else is
 * told once, and once that it goes well again. What passes by itself is told of when it has not: a call that broke off, or a namespace
 * that is so new that not every part of the server knows it. Of a database that is away the end is told by whoever watches it.
 */
export function reportsOf(
  context: string,
  { address, watch, log, onError, health = unheardReports }: ReportsOptions,
): Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'> {
  let reported = false
  let databaseAway = false
  let failingSince: number | undefined
  return {
    ready: watch.untilWell,
    failed: async (error) => {
      failingSince ??= Date.now()
      if (troubleOf(error) === undefined) health.failed(context, error)
      if (isDatabaseAway(error)) {
        if (!databaseAway) onError(error, context)
        databaseAway = true
        return
      }
      if (reported || (await watch.look())) return
      const unlabelled = error instanceof SearchAttributesUnusable
      const trouble = troubleOf(unlabelled ? error.cause : error)
      if (trouble && passing.has(trouble.kind) && Date.now() - failingSince < watch.patienceMs) return
      reported = true
      if (unlabelled) log('warn', error.message)
      else if (trouble) log('warn', `${context}: ${sayTrouble(trouble, address)}. It is tried again`)
      else onError(error, context)
    },
    recovered: () => {
      health.succeeded(context)
      if (reported) log('warn', `${context}: goes well again`)
      reported = false
      databaseAway = false
      failingSince = undefined
    },
  }
}
