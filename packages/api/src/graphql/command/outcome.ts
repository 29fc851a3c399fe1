import type { DomainEvent, Executed, Outcome, Refusal, StreamCategory } from '@guichet/domain'
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
export function concluded(outcome: Outcome, context: ApiContext, category: StreamCategory = 'ticket'): CommandResult {
  if (!outcome.ok) return refused(asOfInput(outcome.refusal, category))
  const { position, stream } = outcome.value
  if (position !== undefined) context.services.acknowledged.written(position)
  context.reload(position)
  return { id: parseStream(stream).id, executed: outcome.value, userErrors: [] }
}

/** The field of the input that an id of each category stands in. */
const idFields: Partial<Readonly<Record<StreamCategory, string>>> = {
  ticket: 'ticketId',
  agent: 'agentId',
  incident: 'incidentId',
}

/** A refusal of the desk with its field named as the input of the mutation names it. */
function asOfInput({ field, message, ...rest }: Refusal, category: StreamCategory): Refusal {
  const named = field === 'id' ? idFields[category] : field?.replace(/^(?:changes|profile)\./, '')
  const told = field !== undefined && message.startsWith(`${field}: `) ? message.slice(field.length) : undefined
  return {
    ...rest,
    message: told === undefined || named === undefined ? message : `${named}${told}`,
    ...(named !== undefined && named !== 'by' && { field: named }),
  }
}

/** What a mutation answers with that was refused before the desk was asked. */
export const refused = (refusal: Refusal): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: [refusal],
})
