import type { GraphQLArgument, GraphQLInputField, GraphQLInputType, GraphQLSchema } from 'graphql'
import { defaultFieldResolver, getNullableType, GraphQLID, isInputObjectType, isListType, isObjectType } from 'graphql'
import { joinIds, splitIds } from './builder.ts'

const people = ['Person', 'Agent']

/**
 * The types whose global ids an argument accepts besides the id that the desk uses, by the name of the argument or of the
 * input field, or by type and field. All others take the desk's own ids, which are those of tickets, or chosen by clients.
 */
export const globalIdsOf: Readonly<Record<string, readonly string[]>> = {
  agentId: people,
  assigneeId: people,
  customerId: people,
  watcherId: people,
  actorId: people,
  'PersonInput.id': people,
  'AffectedCustomerInput.id': people,
  'Query.agent.id': people,
  'Query.incident.id': ['Incident'],
  incidentId: ['Incident'],
  messageId: ['Message'],
}

/** Arguments and input fields that take the id of a ticket or an id of the client's choice, and those of `node`. */
export const plainIds: ReadonlySet<string> = new Set([
  'commandId',
  'attachmentId',
  'ticketId',
  'source',
  'target',
  'to',
  'Query.node.id',
  'Query.nodes.ids',
  'Query.ticket.id',
  'Subscription.ticketChanged.id',
])

type Read = (value: unknown) => unknown
type Named = GraphQLArgument | GraphQLInputField

/** Makes the fields of a schema read global ids in their arguments as the ids that the desk uses. */
export function withOwnIds(schema: GraphQLSchema): GraphQLSchema {
  const inputs = new Map<GraphQLInputType, Read | undefined>()

  /** Reads a value of a type; undefined where the type contains no such id. */
  const readerOf = (path: string, type: GraphQLInputType): Read | undefined => {
    const named = getNullableType(type)
    if (isListType(named)) {
      const read = readerOf(path, named.ofType as GraphQLInputType)
      return read && ((value) => (Array.isArray(value) ? value.map(read) : value))
    }
    if (named === GraphQLID) {
      const types = globalIdsOf[path] ?? globalIdsOf[path.slice(path.lastIndexOf('.') + 1)]
      return types && ((value) => (typeof value === 'string' ? ownIdIn(types, value) : value))
    }
    if (!isInputObjectType(named)) return undefined
    if (!inputs.has(named)) {
      inputs.set(named, (value) => fieldsIn(value))
      const fieldsIn = objectReader(named.name, Object.values(named.getFields()))
      inputs.set(named, fieldsIn.reads ? fieldsIn : undefined)
    }
    return inputs.get(named)
  }

  const objectReader = (path: string, fields: readonly Named[]): Read & { readonly reads: boolean } => {
    const readers = fields.flatMap(({ name, type }): readonly [string, Read][] => {
      const read = readerOf(`${path}.${name}`, type)
      return read ? [[name, read]] : []
    })
    const read = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value
      const given = value as Readonly<Record<string, unknown>>
      const own = readers.flatMap(([name, each]) => (given[name] == null ? [] : [[name, each(given[name])] as const]))
      return { ...given, ...Object.fromEntries(own) }
    }
    return Object.assign(read, { reads: readers.length > 0 })
  }

  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const read = objectReader(`${type.name}.${field.name}`, field.args)
      if (!read.reads) continue
      const { resolve = defaultFieldResolver, subscribe } = field
      field.resolve = (source, args, context, info) => resolve(source, read(args) as typeof args, context, info)
      if (subscribe)
        field.subscribe = (source, args, context, info) => subscribe(source, read(args) as typeof args, context, info)
    }
  }
  return schema
}

/** The id that the desk uses, given that or a global id of one of some types. */
function ownIdIn(types: readonly string[], given: string): string {
  const [typename = '', ...rest] = splitIds(given)
  if (rest.length === 0 || !types.includes(typename)) return given
  return typename === 'Message' ? (rest.at(-1) ?? given) : joinIds(...rest)
}
