import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLObjectType, SelectionSetNode } from 'graphql'
import { getOperationAST } from 'graphql'

/** How one root field of an operation ended. All values come from bounded sets: none is the client's own text. */
type OperationOutcome = {
  /** `none` where nothing was executed. */
  readonly type: 'query' | 'mutation' | 'subscription' | 'none'
  /** The root field, such as `openTicket`; `other` for fields of GraphQL's own; `none` where nothing was executed. */
  readonly operation: string
  /** `ok`, or the code of the error or of the refusal, as in docs/errors.md. */
  readonly code: string
}

/** Called with the outcome of each root field of each operation, over every transport. */
export type OnOperation = (outcome: OperationOutcome) => void

/** The codes of commands that were refused, by the key of their root field in the answer. */
export type Refusals = Map<string, string>

type OperationResult = {
  readonly data?: object | null | undefined
  readonly errors?: readonly GraphQLError[] | undefined
}

/**
 * Returns the outcomes of an operation: one for each root field, whether or not the client asked for the reasons of
 * refusals. An error that voids the whole answer counts for its own field only. A subscription counts when it starts.
 * @param prepared the operation; undefined where it could not be read, or may not be executed.
 */
export function outcomesOf(
  prepared: ExecutionArgs | undefined,
  { data, errors = [] }: OperationResult,
  refusals?: Refusals,
): readonly OperationOutcome[] {
  const operation = prepared && getOperationAST(prepared.document, prepared.operationName)
  if (!prepared || !operation) return [{ type: 'none', operation: 'none', code: codeOf(errors[0]) }]
  const type = operation.operation
  const fields = prepared.schema.getRootType(type)?.getFields() ?? {}
  const outcomes: OperationOutcome[] = []
  for (const [key, name] of rootFields(operation.selectionSet, prepared.document)) {
    const error = errors.find(({ path }) => path === undefined || path[0] === key)
    if (!error && errors.length > 0 && !data) continue
    if (!error && data && !(key in data)) continue
    const code = error ? codeOf(error) : (refusals?.get(key) ?? 'ok')
    outcomes.push({ type, operation: isField(fields, name) ? name : 'other', code })
  }
  return outcomes
}

const isField = (fields: ReturnType<GraphQLObjectType['getFields']>, name: string): boolean =>
  Object.hasOwn(fields, name)

const codeOf = (error: GraphQLError | undefined): string => {
  const code = error?.extensions['code']
  return typeof code === 'string' ? code : 'internal_error'
}

/**
 * Returns the root fields of an operation, by their keys in the answer. Each fragment is visited once: a few that spread
 * each other twice would else stand for millions of fields.
 */
function rootFields(root: SelectionSetNode, { definitions }: DocumentNode): ReadonlyMap<string, string> {
  const fragments = new Map<string, SelectionSetNode>()
  for (const each of definitions)
    if (each.kind === 'FragmentDefinition') fragments.set(each.name.value, each.selectionSet)
  const fields = new Map<string, string>()
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === 'Field') fields.set((selection.alias ?? selection.name).value, selection.name.value)
      else if (selection.kind === 'InlineFragment') visit(selection.selectionSet)
      else {
        const fragment = fragments.get(selection.name.value)
        fragments.delete(selection.name.value)
        if (fragment) visit(fragment)
      }
    }
  }
  visit(root)
  return fields
}
