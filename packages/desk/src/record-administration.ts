import { randomUUID } from 'node:crypto'
import type { Actor, Desk, StreamCategories } from '@guichet/domain'
import { DeskFault } from './desk-faults.ts'

/**
 * Records what somebody does that changes no other stream: an export, a revocation. The engine's own entry of a desk
 * is needed for an actor of the engine's, such as the command line.
 * @throws Fault `usage` when the desk refuses it.
 */
export async function recordAdministration(
  { execute }: Pick<Desk, 'execute'>,
  command: StreamCategories['administration']['command'],
  by: Actor,
): Promise<void> {
  const id = randomUUID()
  const outcome = await execute('administration', id, command, { by, commandId: id })
  if (!outcome.ok) throw new DeskFault('usage', outcome.refusal.message)
}
