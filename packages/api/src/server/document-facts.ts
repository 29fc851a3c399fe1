import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql'
import {
  getNamedType,
  getOperationRootType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql'

/** The measures of a document, computed once even if it is sent often. */
export type DocumentFacts = {
  readonly depth: number
  readonly aliases: number
  readonly introspects: boolean
  /** The cost of its operations, by name, for given variables. */
  readonly costs: ReadonlyMap<string | undefined, (variables: Variables) => number>
}

type Measure = {
  readonly depth: number
  readonly aliases: number
  readonly introspects: boolean
  readonly cost: CostOf
}

/** The cost of a selection that is free. */
const none: CostOf = () => 0

const nothing: Measure = { depth: 0, aliases: 0, introspects: false, cost: none }

/** Measures a document that is valid for the schema. Each fragment is measured once. */
export function factsOf(schema: GraphQLSchema, document: DocumentNode): DocumentFacts {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const node of document.definitions) {
    if (node.kind === 'FragmentDefinition') fragments.set(node.name.value, node)
    if (node.kind === 'OperationDefinition') operations.push(node)
  }
  const measured = new Map<string, Measure>()

  const ofFragment = (name: string): Measure => {
    const entry = measured.get(name)
    if (entry) return entry
    const fragment = fragments.get(name)
    const { cost, ...measure } = fragment
      ? ofSelections(fragment.selectionSet, fragment.typeCondition.name.value)
      : nothing
    const result: Measure = { ...measure, cost: (variables, once) => once(name, () => cost(variables, once)) }
    measured.set(name, result)
    return result
  }

  const ofSelections = ({ selections }: SelectionSetNode, typeName: string): Measure =>
    all(
      selections.map((selection) => {
        if (selection.kind === 'FragmentSpread') return ofFragment(selection.name.value)
        if (selection.kind === 'InlineFragment') {
          return ofSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName)
        }
        const field = fieldOf(schema, typeName, selection.name.value)
        const type = field && getNamedType(field.type)
        const inner =
          selection.selectionSet && type && isCompositeType(type)
            ? ofSelections(selection.selectionSet, type.name)
            : nothing
        return {
          depth: inner.depth + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          introspects: inner.introspects || isIntrospection(selection.name.value),
          cost: costOfField(selection, field, inner.cost),
        }
      }),
    )

  const roots = operations.map((operation) => {
    const root: GraphQLObjectType | null | undefined = getOperationRootType(schema, operation)
    const measure = root ? ofSelections(operation.selectionSet, root.name) : nothing
    return [operation.name?.value, measure, defaultsOf(operation)] as const
  })
  const { depth, aliases, introspects } = all(roots.map(([, measure]) => measure))
  return {
    depth,
    aliases,
    introspects,
    costs: new Map(roots.map(([name, { cost }, defaults]) => [name, evaluation(cost, defaults)])),
  }
}

function all(measures: readonly Measure[]): Measure {
  return {
    depth: Math.max(0, ...measures.map(({ depth }) => depth)),
    aliases: measures.reduce((total, { aliases }) => total + aliases, 0),
    introspects: measures.some(({ introspects }) => introspects),
    cost: sum(measures.map(({ cost }) => cost)),
  }
}

/** Returns an evaluator of a cost, which computes the cost of each fragment once. */
function evaluation(cost: CostOf, defaults: Variables): (variables: Variables) => number {
  return (variables) => {
    const costs = new Map<string, number>()
    return cost({ ...defaults, ...variables }, (name, compute) => {
      const value = costs.get(name) ?? compute()
      costs.set(name, value)
      return value
    })
  }
}

/** Returns the default values of variables. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  )
}

/** `__typename` reveals nothing that is hidden; `__schema` and `__type` do. */
const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type'

function fieldOf(schema: GraphQLSchema, typeName: string, name: string): GraphQLField<unknown, unknown> | undefined {
  const type = schema.getType(typeName)
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
}

type Variables = Readonly<Record<string, unknown>>

/** Computes the cost of a fragment once per operation. */
type Once = (fragment: string, compute: () => number) => number

/** The cost of a selection for given variables. */
type CostOf = (variables: Variables, once: Once) => number

/** Adds up the costs of selections. Leaves cost nothing and are left out. */
function sum(costs: readonly CostOf[]): CostOf {
  const counted = costs.filter((cost) => cost !== none)
  if (counted.length === 0) return none
  return (variables, once) => {
    let total = 0
    for (const cost of counted) total += cost(variables, once)
    return total
  }
}

const largestMultiplier = 1_000_000

/**
 * The cost of a field's arguments, with variables, besides its price. In the field's `extensions` as `costOfArguments`.
 */
type CostOfArguments = (args: Readonly<Record<string, unknown>>) => number

/**
 * Returns the cost of a field. A leaf without a price costs nothing. Any other field costs its price, or one, plus the
 * cost of its selection times the length of the requested page.
 */
function costOfField(node: FieldNode, field: GraphQLField<unknown, unknown> | undefined, inner: CostOf): CostOf {
  const price = priceOf(field)
  if (!node.selectionSet && price === undefined) return none
  const ownPrice = price ?? 1
  const rest = costOfSelection(node, inner, ownPrice)
  const ofArguments = argumentsOf(node, field)
  return ofArguments ? (variables, once) => ofArguments(variables) + rest(variables, once) : rest
}

function costOfSelection(node: FieldNode, inner: CostOf, ownPrice: number): CostOf {
  const length = lengthOf(node)
  if (length === undefined) return (variables, once) => ownPrice + inner(variables, once)
  return (variables, once) => ownPrice + Math.min(largestMultiplier, length(variables)) * inner(variables, once)
}

function priceOf(field: GraphQLField<unknown, unknown> | undefined): number | undefined {
  const cost = field?.extensions['cost']
  return typeof cost === 'number' ? cost : undefined
}

/** Returns the cost of a field's arguments, if they have one. */
function argumentsOf(
  { arguments: args = [] }: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
): ((variables: Variables) => number) | undefined {
  const cost = field?.extensions['costOfArguments'] as CostOfArguments | undefined
  if (!cost || args.length === 0) return undefined
  return (variables) =>
    cost(
      Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)] as const)),
    )
}

/** Returns the maximum length of a list by its arguments `first`, `last` or `ids`, even if given by variables. */
function lengthOf(node: FieldNode): ((variables: Variables) => number) | undefined {
  const sizes = (node.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last' || name.value === 'ids')
    .map(({ value }) => sizeOf(value))
  if (sizes.length === 0) return undefined
  return (variables) => Math.max(...sizes.map((size) => size(variables)))
}

function sizeOf(value: ValueNode): (variables: Variables) => number {
  if (value.kind === 'Variable') return (variables) => toSize(variables[value.name.value])
  const constant = value.kind === 'ListValue' ? value.values.length : toSize(valueFromASTUntyped(value))
  return () => constant
}

/** Converts a value to a size. A value that is no size (a calendar day, a string) multiplies nothing. */
function toSize(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' && value > 1 ? value : 1
}
