import { randomUUID } from 'node:crypto'
import type { Actor, Desk, Refusal, StreamCategories } from '@guichet/domain'
import { DeskFault } from './desk-faults.ts'

type Command = StreamCategories['administration']['command']

/**
 * Records what somebody does that changes no other stream: an export, a revocation, an event that is given up. The engine's own entry of a desk
 * is needed for an actor of the engine's, such as the command line.
 * @throws Fault `usage` when the desk refuses it.
 */
export async function recordAdministration(desk: Pick<Desk, 'execute'>, command: Command, by: Actor): Promise<void> {
  const refusal = await refusedAdministration(desk, command, by)
  if (refusal) throw new DeskFault('usage', refusal.message)
}

/** As `recordAdministration`, but returns why the desk refuses it; undefined once it is recorded. */
export async function refusedAdministration(
  { execute }: Pick<Desk, 'execute'>,
  command: Command,
  by: Actor,
): Promise<Refusal | undefined> {
  const id = randomUUID()
  const outcome = await execute('administration', id, command, { by, commandId: id })
  return outcome.ok ? undefined : outcome.refusal
}
