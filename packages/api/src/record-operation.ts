import { randomUUID } from 'node:crypto'
import type { Actor, Desk, StreamCategories } from '@guichet/domain'
import { Fault } from './fault.ts'

/**
 * Records what somebody does that changes no other stream: an export, a revocation. The engine's own entry of a desk
 * is needed for an actor of the engine's, such as the command line.
 * @throws Fault `usage` when the desk refuses it.
 */
export async function recordOperation(
  { execute }: Pick<Desk, 'execute'>,
  command: StreamCategories['operation']['command'],
  by: Actor,
): Promise<void> {
  const id = randomUUID()
  const outcome = await execute('operation', id, command, { by, commandId: id })
  if (!outcome.ok) throw new Fault('usage', outcome.refusal.message)
}
