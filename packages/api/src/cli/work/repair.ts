import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'
import { logger } from '../logger.ts'
import { repairStore } from '../../engine/repair-store.ts'

/** What the command line gives. */
export type Options = { readonly json?: boolean }

/** Makes a restored dump usable, and prints whether it had to. */
export async function run({ json }: Options, context: Context): Promise<void> {
  const environment = environmentOf(context)
  const repaired = await repairStore(environment, logger(environment, 'error'))
  const told = repaired ? 'The events are readable; everything may be started.' : 'There was nothing to repair.'
  context.terminal.out(json ? JSON.stringify({ repaired }) : told)
}
