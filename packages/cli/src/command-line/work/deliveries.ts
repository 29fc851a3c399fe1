import type { DeliveryState, ListedDelivery } from '@guichet/workflows'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { table } from '../table.ts'
import { withEngineRepeatedly } from '../with-engine.ts'

/** The options of `deliveries`. */
export type ListOptions = { readonly state?: DeliveryState; readonly json?: boolean }
/** The options of `deliveries retry`. */
export type RetryOptions = { readonly allRefused?: boolean }

/** Prints the latest hundred deliveries. */
export async function list({ state, json }: ListOptions, context: Context): Promise<void> {
  const { terminal } = context
  const rows = await withEngineRepeatedly(context, (engine) => engine.deliveries.list({ state, limit: 100 }))
  if (json) return terminal.out(JSON.stringify(rows))
  if (rows.length === 0) return terminal.out(`nothing ${state === undefined ? 'was ever sent outside' : `is ${state}`}`)
  terminal.out(table(['delivery', 'channel', 'kind', 'state', 'tries', 'when', 'next try', 'reason'], rows.map(row)))
}

const row = ({
  id,
  channel,
  kind,
  state,
  attempts,
  createdAt,
  settledAt,
  nextTry,
  reason,
}: ListedDelivery): string[] => [
  id,
  channel,
  kind,
  state,
  String(attempts),
  settledAt ?? createdAt,
  nextTry ?? '',
  reason ?? '',
]

/** Retries deliveries that were refused or given up. */
export async function retry(
  id: string | undefined,
  { allRefused = false }: RetryOptions,
  context: Context,
): Promise<void> {
  if ((id === undefined) !== allRefused) {
    throw new CommandFault('usage', 'name one delivery, or give --all-refused', {
      next: 'guichet deliveries --state refused lists them',
    })
  }
  const retried = await withEngineRepeatedly(context, (engine) => engine.deliveries.retryRefused(id))
  if (id !== undefined && retried === 0) throw new CommandFault('delivery_not_found', `no delivery ${id} was refused`)
  context.terminal.out(retried === 1 ? 'one delivery is tried again' : `${retried} deliveries are tried again`)
}
