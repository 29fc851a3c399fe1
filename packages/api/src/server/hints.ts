import { GraphQLError } from 'graphql'
import type { Principal } from '../auth/index.ts'
import { isStaff } from '../auth/index.ts'

/** Whether somebody may be told the names that the schema has. */
export type MayInspect = (principal: Principal | undefined) => boolean

/** In development everybody, otherwise staff. */
export const mayInspectWhere =
  (development: boolean): MayInspect =>
  (principal) =>
    development || isStaff(principal)

const beginning = 'Did you mean '

/** An error as somebody may see it: suggestions are for whoever may inspect the schema, and in no mode for customers. */
export const shownTo = (error: GraphQLError, principal: Principal | undefined, mayInspect: MayInspect): GraphQLError =>
  principal?.role !== 'customer' && mayInspect(principal) ? error : withoutHints(error)

/** The same error without the suggestion at its end, which would tell the schema bit by bit to whoever may not read it. */
export function withoutHints(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, originalError, extensions } = error
  const start = message.endsWith('?') ? message.lastIndexOf(beginning) : -1
  if (start < 0) return error
  return new GraphQLError(message.slice(0, start).trimEnd(), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    ...(originalError && { originalError }),
    extensions,
  })
}
