import type { DomainEvent, Executed, Outcome, Refusal } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { ApiContext } from '../schema/context.ts'

/** What a mutation answers with: either what became of the command or why the domain refused it. */
export type CommandResult = {
  /** The stream the command ended on: that of another ticket when a reply followed a merge. */
  readonly id: string | undefined
  readonly executed: Executed<DomainEvent> | undefined
  readonly userErrors: readonly Pick<Refusal, 'code' | 'message' | 'field'>[]
}

/** Answers as soon as a command is stored; what anybody reads here from now on is not older. */
export function concluded(outcome: Outcome, context: ApiContext): CommandResult {
  if (!outcome.ok) return refused(outcome.refusal)
  const { position, stream } = outcome.value
  if (position !== undefined) context.services.acknowledged.written(position)
  context.reload(position)
  return { id: parseStream(stream).id, executed: outcome.value, userErrors: [] }
}

export const refused = (refusal: Refusal): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: [refusal],
})
