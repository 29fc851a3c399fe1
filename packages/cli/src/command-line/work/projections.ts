import type { ProjectionStatus } from '@guichet/projections'
import { repairStore } from '../../engine/store.ts'
import { CommandFault } from '../../fault.ts'
import { Fault } from '@guichet/desk'
import { retryWhileAway } from '@guichet/eventstore'
import type { Context } from '../context.ts'
import { environmentOf, logger } from '../context.ts'
import { table } from '../table.ts'
import { watchLag, withEngine, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type Output = { readonly json?: boolean }

/** Prints the state of each read model, and the streams that they pass over. */
export async function status({ json }: Output, context: Context): Promise<void> {
  const overview = await withEngineRepeatedly(context, async ({ runner }) => ({
    states: await runner.status(),
    lost: await runner.lostStreams(),
  }))
  if (json) return context.terminal.out(JSON.stringify({ readModels: overview.states, passedOver: overview.lost }))
  print(overview.states, json, context)
  if (overview.lost.length === 0) return
  context.terminal.out('')
  context.terminal.out(
    table(
      ['passed over', 'since', 'reason'],
      overview.lost.map(({ stream, since, reason }) => [stream, since, reason]),
    ),
  )
}

/** Resumes a stopped read model, and prints the states. */
export async function resume(name: string, { json }: Output, context: Context): Promise<void> {
  const after = await withEngineRepeatedly(context, async ({ runner }, signal) => {
    const before = await runner.status()
    assertKnown(name, before)
    await runner.resume(name)
    // The event that has stopped it may be hidden from this process for a moment: without its position, the end would come before it.
    const position = before.find((projection) => projection.name === name && projection.error)?.error?.position
    const stopped = await watchLag(runner, context.terminal, { signal, position })
    if (stopped) throw stopped
    return runner.status()
  })
  print(after, json, context)
}

/** Rebuilds read models, and prints the states. */
export async function rebuild(
  name: string | undefined,
  options: Output & { all?: boolean },
  context: Context,
): Promise<void> {
  if ((name === undefined) === (options.all !== true)) {
    throw new CommandFault('usage', 'name one read model, or give --all', {
      next: 'guichet projections status lists them',
    })
  }
  const after = await withEngine(context, async ({ runner }, signal) => {
    const states = await retryWhileAway(runner.status, { signal })
    if (name !== undefined) assertKnown(name, states)
    const startedAt = await retryWhileAway(runner.now, { signal })
    const names = new Set(states.map((projection) => projection.name))
    for (const each of name === undefined ? names : [name]) {
      const progress = context.terminal.progress(each.padEnd(16), 0)
      const onProgress = ({ events, total }: { events: number; total: number }): void => progress.update(events, total)
      const rebuilding = retryWhileAway(() => runner.rebuild(each, { onProgress, signal }), { signal })
      await rebuilding.catch(failed(each)).finally(progress.stop)
    }
    if (options.all) await retryWhileAway(() => runner.forgetLostStreams(startedAt), { signal })
    return retryWhileAway(runner.status, { signal })
  })
  print(after, options.json, context)
}

function assertKnown(name: string, states: readonly ProjectionStatus[]): void {
  const names = [...new Set(states.map((projection) => projection.name))]
  if (names.includes(name)) return
  throw new CommandFault('projection_not_found', `there is no read model ${name}`, {
    next: `there are ${names.join(', ')}`,
  })
}

const failed =
  (name: string) =>
  (cause: unknown): never => {
    if (cause instanceof Fault || !(cause instanceof Error) || !/^Rebuild/.test(cause.name)) throw cause
    throw new CommandFault('rebuild_failed', `${name}: ${cause.message}`, { cause })
  }

function print(states: readonly ProjectionStatus[], json: boolean | undefined, { terminal }: Context): void {
  if (json) return terminal.out(JSON.stringify(states))
  const rows = states.map(({ name, state, version, generation, lag, lagMilliseconds, unreadable, error }) => [
    name,
    state,
    String(version),
    String(generation),
    String(lag),
    String(Math.round(lagMilliseconds / 1_000)),
    error ? `${error.eventId}: ${error.message}` : unreadable ? `cannot read the next event: ${unreadable}` : '',
  ])
  terminal.out(
    table(['read model', 'state', 'version', 'generation', 'events behind', 'seconds behind', 'error'], rows),
  )
}

/** The options of the command. */
export type RepairOptions = { readonly json?: boolean }

/** Makes a restored dump usable, and prints whether that was necessary. */
export async function runRepair({ json }: RepairOptions, context: Context): Promise<void> {
  const environment = environmentOf(context)
  const repaired = await repairStore(environment, logger(environment, 'error'))
  const message = repaired ? 'The events are readable; everything may be started.' : 'There was nothing to repair.'
  context.terminal.out(json ? JSON.stringify({ repaired }) : message)
}
