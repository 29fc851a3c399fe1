import type { FieldNode, GraphQLField, ValueNode } from 'graphql'
import { valueFromASTUntyped } from 'graphql'

export type Variables = Readonly<Record<string, unknown>>

/** Works out the cost of what fragments share once per operation. */
export type Once = (fragment: string, compute: () => number) => number

/** What a selection costs for given variables. */
export type CostOf = (variables: Variables, once: Once) => number

/** The cost of a selection that is free. */
export const none: CostOf = () => 0

/** The cost of several selections together; leaves cost nothing and are left out. */
export function sum(costs: readonly CostOf[]): CostOf {
  const counted = costs.filter((cost) => cost !== none)
  if (counted.length === 0) return none
  return (variables, once) => {
    let total = 0
    for (const cost of counted) total += cost(variables, once)
    return total
  }
}

const largestMultiplier = 1_000_000

/** What a field costs by its arguments, variables filled in, besides its price. Stands in the field's `extensions` as `costOfArguments`. */
export type CostOfArguments = (given: Readonly<Record<string, unknown>>) => number

/**
 * How many rows a list without pages may have: what an argument of its own says, the argument's default where it is not given, and
 * some besides. Stands in the field's `extensions` as `rows`.
 */
type RowsOfField = { readonly by: string; readonly besides: number }

/**
 * What a field costs: nothing as a leaf without a price of its own; one, or its price, and what is selected on it as
 * many times as the page it asks for is long. Of a list without pages each row costs one more, as a node of a page does.
 */
export function costOfField(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined, inner: CostOf): CostOf {
  const price = priceOf(field)
  if (!node.selectionSet && price === undefined) return none
  const own = price ?? 1
  const rest = costOfSelection(node, field, inner, own)
  const ofArguments = argumentsOf(node, field)
  return ofArguments ? (variables, once) => ofArguments(variables) + rest(variables, once) : rest
}

function costOfSelection(
  node: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
  inner: CostOf,
  own: number,
): CostOf {
  const rows = rowsOf(node, field)
  if (rows)
    return (variables, once) => own + Math.min(largestMultiplier, rows(variables)) * (1 + inner(variables, once))
  const length = lengthOf(node)
  if (length === undefined) return (variables, once) => own + inner(variables, once)
  return (variables, once) => own + Math.min(largestMultiplier, length(variables)) * inner(variables, once)
}

function priceOf(field: GraphQLField<unknown, unknown> | undefined): number | undefined {
  const cost = field?.extensions['cost']
  return typeof cost === 'number' ? cost : undefined
}

/** What a field's arguments cost, where they cost something. */
function argumentsOf(
  { arguments: given = [] }: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
): ((variables: Variables) => number) | undefined {
  const cost = field?.extensions['costOfArguments'] as CostOfArguments | undefined
  if (!cost || given.length === 0) return undefined
  return (variables) =>
    cost(
      Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)] as const)),
    )
}

/** How many elements a list may have by its arguments: `first`, `last` or `ids`, also when they come in variables. */
function lengthOf(node: FieldNode): ((variables: Variables) => number) | undefined {
  const sizes = (node.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last' || name.value === 'ids')
    .map(({ value }) => sizeOf(value))
  if (sizes.length === 0) return undefined
  return (variables) => Math.max(...sizes.map((size) => size(variables)))
}

/** How many rows a list without pages may have, also when that comes in a variable. */
function rowsOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
): ((variables: Variables) => number) | undefined {
  const rows = field?.extensions['rows'] as RowsOfField | undefined
  if (!field || !rows) return undefined
  const { by, besides } = rows
  const byDefault = field.args.find(({ name }) => name === by)?.defaultValue
  const given = node.arguments?.find(({ name }) => name.value === by)?.value
  return (variables) => {
    const asked = given && valueFromASTUntyped(given, variables)
    const size: unknown = asked ?? byDefault
    return besides + (typeof size === 'number' && size > 0 ? size : 0)
  }
}

function sizeOf(value: ValueNode): (variables: Variables) => number {
  if (value.kind === 'Variable') return (variables) => toSize(variables[value.name.value])
  const constant = value.kind === 'ListValue' ? value.values.length : toSize(valueFromASTUntyped(value))
  return () => constant
}

/** What is no size (a calendar day, a string) multiplies nothing. */
function toSize(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' && value > 1 ? value : 1
}
