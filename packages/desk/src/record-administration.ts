import { randomUUID } from 'node:crypto'
import type { Actor, Desk, Refusal, StreamCategories } from '@guichet/domain'
import { DeskFault } from './desk-faults.ts'

type Command = StreamCategories['administration']['command']

/**
 * Records what somebody does that changes no other stream: an export, a revocation, an event that is given up. The
 * engine's own entry of a desk is needed for an actor of the engine's, such as the command line.
 * @param id of the record: a repeat under the same one records nothing.
 * @throws Fault `usage` when the desk refuses it.
 */
export async function recordAdministration(
  desk: Pick<Desk, 'execute'>,
  command: Command,
  by: Actor,
  id?: string,
): Promise<void> {
  const refusal = await refusedAdministration(desk, command, by, id)
  if (refusal) throw new DeskFault('usage', refusal.message)
}

/** As `recordAdministration`, but returns why the desk refuses it; undefined once it is recorded. */
export async function refusedAdministration(
  { execute }: Pick<Desk, 'execute'>,
  command: Command,
  by: Actor,
  id: string = randomUUID(),
): Promise<Refusal | undefined> {
  const outcome = await execute('administration', id, command, { by, commandId: id })
  return outcome.ok ? undefined : outcome.refusal
}
