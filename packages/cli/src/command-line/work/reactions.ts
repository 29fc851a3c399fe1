import { randomUUID } from 'node:crypto'
import { recordAdministration } from '@guichet/desk'
import type { ParkedEvent, ReactionStatus } from '@guichet/workflows'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { table } from '../table.ts'
import { withEngineRepeatedly } from '../with-engine.ts'
import type { Output } from './projections.ts'

/** The options of `reactions resume`. */
export type ResumeOptions = { readonly all?: boolean }

/** Prints each reaction, and the oldest hundred parked events. */
export async function status({ json }: Output, context: Context): Promise<void> {
  const { terminal } = context
  const overview = await withEngineRepeatedly(context, async ({ reactions }) => ({
    reactions: await reactions.status(),
    parked: await reactions.parked.list(100),
  }))
  if (json) return terminal.out(JSON.stringify(overview))
  terminal.out(table(['reaction', 'state', 'position', 'parked', 'error'], overview.reactions.map(reactionRow)))
  if (overview.parked.length === 0) return
  terminal.out('')
  terminal.out(
    table(
      ['parked event', 'type', 'reaction', 'attempts', 'since', 'next attempt', 'error'],
      overview.parked.map(parkedRow),
    ),
  )
}

const reactionRow = ({ name, position, owner, parked, error }: ReactionStatus): string[] => [
  name,
  error ? 'failing' : owner === undefined ? 'unfollowed' : 'live',
  position ?? '',
  String(parked),
  error?.message ?? '',
]

const parkedRow = ({ eventId, type, reaction, attempts, parkedAt, retryAt, error }: ParkedEvent): string[] => [
  eventId,
  type,
  reaction,
  String(attempts),
  parkedAt,
  retryAt ?? 'after an earlier one',
  error ?? '',
]

/** Has parked events retried at once. */
export async function resume(
  event: string | undefined,
  { all = false }: ResumeOptions,
  context: Context,
): Promise<void> {
  if ((event === undefined) !== all) {
    throw new CommandFault('usage', 'name one event, or give --all', { next: 'guichet reactions status lists them' })
  }
  const resumed = await withEngineRepeatedly(context, ({ reactions }) => reactions.parked.resume(event))
  if (event !== undefined && resumed === 0)
    throw new CommandFault('event_not_parked', `no reaction has parked the event ${event}`)
  context.terminal.out(resumed === 1 ? 'one event is retried' : `${resumed} events are retried`)
}

/** Has the reactions begin anew whose last event the log does not have. */
export async function restart(context: Context): Promise<void> {
  const restarted = await withEngineRepeatedly(context, ({ reactions }) => reactions.restart())
  context.terminal.out(
    restarted.length === 0 ? 'The log has the last event of every reaction.' : `begin anew: ${restarted.join(', ')}`,
  )
}

/** Records that a parked event is given up, and then gives it up: a crash between leaves it parked. */
export async function dismiss(event: string, { by }: ActorOption, context: Context): Promise<void> {
  const id = randomUUID()
  let [parked, dismissed] = [0, 0]
  await withEngineRepeatedly(context, async ({ desk, reactions }) => {
    parked ||= await reactions.parked.count(event)
    if (parked === 0) return
    await recordAdministration(desk.engine, { type: 'recordDismissal', eventId: event, reactions: parked }, by, id)
    dismissed += await reactions.parked.dismiss(event)
  })
  if (parked === 0) throw new CommandFault('event_not_parked', `no reaction has parked the event ${event}`)
  context.terminal.out(
    dismissed === 0 ? `the event ${event} was processed meanwhile` : `the event ${event} is given up`,
  )
}
