import type { Aggregate } from '../kernel/decider.ts'
import type { DomainEvent } from '../kernel/event.ts'
import type { Dispatch, Execute, Executed, Sent } from '../kernel/execute.ts'
import { refusedAt } from '../kernel/execute.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { accept, deny } from '../kernel/result.ts'

type Numbered<C> = { readonly step: number; readonly command: Sent<C> }

/**
 * Carries out commands that follow merges: what a merged ticket refuses goes to the one it was merged into, over however
 * many merges, whatever version of it the sender has seen. What a ticket on the way holds already is a repeat, and stays there.
 */
export async function followMerges<C, E extends DomainEvent, S>(
  carryOut: Execute,
  aggregate: Aggregate<C, E, S>,
  id: string,
  commands: readonly Sent<C>[],
  dispatch: Dispatch,
): Promise<Result<Executed<E, S>>> {
  const onTheWay: Dispatch = { ...dispatch, expectedVersion: undefined }
  const seen = new Set([id])
  let at = id
  let left = commands.map((command, step): Numbered<C> => ({ step, command }))
  let outcome = await carryOut(aggregate, id, commands, dispatch)
  for (;;) {
    if (outcome.ok) return outcome
    const { movedTo } = outcome.refusal
    if (movedTo === undefined || seen.has(movedTo)) return deny(asNumbered(outcome.refusal, left, commands.length))
    if (left.length > 1) {
      const moving = await notHeld(left, async ({ command }) => carryOut(aggregate, at, [command], onTheWay))
      if (!moving.ok) return deny(asNumbered(moving.refusal, left, commands.length))
      left = moving.value
    }
    seen.add(movedTo)
    at = movedTo
    outcome = await carryOut(
      aggregate,
      at,
      left.map(({ command }) => command),
      onTheWay,
    )
  }
}

/** What a merged ticket sends on, one command after the other; the first that it refuses for itself is refused. */
async function notHeld<C>(
  commands: readonly Numbered<C>[],
  tried: (command: Numbered<C>) => Promise<Result<unknown>>,
): Promise<Result<Numbered<C>[]>> {
  const moving: Numbered<C>[] = []
  for (const [index, command] of commands.entries()) {
    const outcome = await tried(command)
    if (outcome.ok) continue
    if (outcome.refusal.movedTo === undefined) return deny(refusedAt(index, commands.length, outcome.refusal))
    moving.push(command)
  }
  return accept(moving)
}

/** A refusal that names its command by its place among all that were sent. */
function asNumbered(refused: Refusal, left: readonly Numbered<unknown>[], of: number): Refusal {
  return refusedAt(left[refused.step ?? 0]?.step ?? 0, of, refused)
}
