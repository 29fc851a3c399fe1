import type { DeliveryState, ListedDelivery } from '@guichet/workflows'
import { deliveryStates } from '@guichet/workflows'
import { Option } from 'commander'
import { Fault } from '../../fault/fault.ts'
import type { AddCommand, Context } from '../context.ts'
import { withEngineRepeatedly } from '../context.ts'
import { table } from '../table.ts'

type Output = { readonly json?: boolean }

/** How many are shown. */
const shown = 100

/** `guichet deliveries` and `guichet deliveries retry`. */
export const deliveriesCommand: AddCommand = (program, context) => {
  const deliveries = program
    .command('deliveries')
    .summary('look after what is sent by e-mail, push and webhook')
    .description(`Shows the latest ${shown} notifications and daily reports that are sent outside, newest first.`)
    .addOption(new Option('--state <state>', 'those in one state only').choices([...deliveryStates]))
    .option('--json', 'print the deliveries as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet deliveries\n  guichet deliveries --state refused --json')
    .action((options: Output & { readonly state?: DeliveryState }) => list(options, context))
  deliveries
    .command('retry')
    .description('Lets what was refused, or given up, be tried again: one delivery, or all of them.')
    .argument('[id]', 'the id of the delivery')
    .option('--all-refused', 'every delivery that was refused')
    .addHelpText('after', '\nExample:\n  guichet deliveries retry --all-refused')
    .action((id: string | undefined, options: { readonly allRefused?: boolean }) => retry(id, options, context))
}

async function list({ state, json }: Output & { readonly state?: DeliveryState }, context: Context): Promise<void> {
  const { terminal } = context
  const found = await withEngineRepeatedly(context, (engine) => engine.deliveries.list({ state, limit: shown }))
  if (json) return terminal.out(JSON.stringify(found))
  if (found.length === 0)
    return terminal.out(`nothing ${state === undefined ? 'was ever sent outside' : `is ${state}`}`)
  terminal.out(table(['delivery', 'channel', 'kind', 'state', 'tries', 'when', 'next try', 'reason'], found.map(row)))
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

async function retry(
  id: string | undefined,
  { allRefused = false }: { readonly allRefused?: boolean },
  context: Context,
): Promise<void> {
  if ((id === undefined) !== allRefused) {
    throw new Fault('usage', 'name one delivery, or give --all-refused', {
      next: 'guichet deliveries --state refused lists them',
    })
  }
  const retried = await withEngineRepeatedly(context, (engine) => engine.deliveries.retryRefused(id))
  if (id !== undefined && retried === 0) throw new Fault('delivery_not_found', `no delivery ${id} was refused`)
  context.terminal.out(retried === 1 ? 'one delivery is tried again' : `${retried} deliveries are tried again`)
}
