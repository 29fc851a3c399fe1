import type { Executed, Outcome, Refusal } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import { ticketModels } from '@guichet/projections'
import type { ApiContext } from '../schema/context.ts'

/** What a mutation answers with: either what became of the command or why the domain refused it. */
export type CommandResult = {
  /** The stream the command ended on: that of another ticket when a reply followed a merge. */
  readonly id: string | undefined
  readonly executed: Executed<never> | undefined
  readonly readModelsReached: boolean
  readonly userErrors: readonly Pick<Refusal, 'code' | 'message' | 'field'>[]
}

/** Waits, within bounds, until the read models show what a command wrote: its sender reads what they just wrote. */
export async function concluded(outcome: Outcome, context: ApiContext): Promise<CommandResult> {
  if (!outcome.ok) return refused(outcome.refusal)
  const { position, stream } = outcome.value
  const { runner, reachTimeoutMs } = context.services
  const readModelsReached = position === undefined || (await runner.reached(position, reachTimeoutMs, ticketModels))
  context.reload(position)
  return {
    id: parseStream(stream).id,
    executed: outcome.value as Executed<never>,
    readModelsReached,
    userErrors: [],
  }
}

export const refused = (refusal: Refusal): CommandResult => ({
  id: undefined,
  executed: undefined,
  readModelsReached: true,
  userErrors: [refusal],
})
