import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql'
import {
  getNamedType,
  getOperationRootType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql'
import type { CostOf, Variables } from './cost.ts'
import { costOfField, none, sum } from './cost.ts'

/** What a document is measured by, worked out once however often it is sent. */
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

const nothing: Measure = { depth: 0, aliases: 0, introspects: false, cost: none }

/** Measures a document that is valid for the schema. Every fragment is measured once. */
export function factsOf(schema: GraphQLSchema, document: DocumentNode): DocumentFacts {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const node of document.definitions) {
    if (node.kind === 'FragmentDefinition') fragments.set(node.name.value, node)
    if (node.kind === 'OperationDefinition') operations.push(node)
  }
  const measured = new Map<string, Measure>()

  const ofFragment = (name: string): Measure => {
    const known = measured.get(name)
    if (known) return known
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

/** Evaluates a cost; what a fragment costs is worked out once. */
function evaluation(cost: CostOf, defaults: Variables): (variables: Variables) => number {
  return (variables) => {
    const known = new Map<string, number>()
    return cost({ ...defaults, ...variables }, (name, compute) => {
      const value = known.get(name) ?? compute()
      known.set(name, value)
      return value
    })
  }
}

/** The values that variables have when they are not given. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  )
}

/** `__typename` tells nothing that the schema hides; `__schema` and `__type` do. */
const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type'

function fieldOf(schema: GraphQLSchema, typeName: string, name: string): GraphQLField<unknown, unknown> | undefined {
  const type = schema.getType(typeName)
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
}
