import type { GraphQLArgument, GraphQLInputField, GraphQLInputType, GraphQLSchema } from 'graphql'
import { defaultFieldResolver, getNullableType, GraphQLID, isInputObjectType, isListType, isObjectType } from 'graphql'
import { joinIds, splitIds } from './builder.ts'

const people = ['Person', 'Agent', 'Customer']

/**
 * Arguments and input fields that accept the global ids of people besides the id that the desk uses, by name, or by type and
 * field. `agentId` and `Query.agent.id` do too.
 */
export const idsOfPeople: ReadonlySet<string> = new Set([
  'agentId',
  'assigneeId',
  'customerId',
  'intoCustomerId',
  'watcherId',
  'actorId',
  'PersonInput.id',
  'ChatAgentInput.id',
  'AffectedCustomerInput.id',
])

/** Those that take the id of a ticket, which is the same everywhere, or an id of the client's choice, and those of `node`. */
export const plainIds: ReadonlySet<string> = new Set([
  'commandId',
  'sessionId',
  'ticketId',
  'source',
  'actionId',
  'cardId',
  'callId',
  'signalId',
  'target',
  'to',
  'RateTranslationInput.of',
  'Query.node.id',
  'Query.nodes.ids',
  'Query.ticket.id',
  'Subscription.ticketChanged.id',
])

/** Arguments and fields about articles that take the id of one, or of a category of theirs, and are not named after its type. */
const idsOfKnowledge: ReadonlyMap<string, string> = new Map([
  ['relatedIds', 'Article'],
  ['relatedTo', 'Article'],
  ['replacedBy', 'Article'],
  ['Query.articleReplacement.id', 'Article'],
  ['categoryId', 'ArticleCategory'],
  ['parentId', 'ArticleCategory'],
])

/** The messages of chats in the inputs of commands. */
const messageOfChat = /^[a-zA-Z]{0,40}Chat[a-zA-Z]{0,40}Input\.(messageId|inReplyTo)$/

/** Types whose global ids name what they belong to first. */
const parts: ReadonlySet<string> = new Set(['Message', 'Attachment', 'ChatMessage'])

/**
 * The types whose global ids an argument accepts: those of people, or of the type that it is named after, as `incidentId`
 * `Query.incident.id` and `Subscription.chatChanged.id` are. Undefined for plain ids, and for names that say no type.
 */
export function typesOfId(schema: GraphQLSchema, path: string): readonly string[] | undefined {
  const [owner = '', field = '', name = field] = path.split('.')
  if (plainIds.has(path) || plainIds.has(name)) return undefined
  if (idsOfPeople.has(path) || idsOfPeople.has(name)) return people
  const ofKnowledge = idsOfKnowledge.get(path) ?? idsOfKnowledge.get(name)
  if (ofKnowledge !== undefined && /article/i.test(path)) return [ofKnowledge]
  if (messageOfChat.test(path)) return ['ChatMessage']
  const ofField = (owner === 'Query' || owner === 'Subscription') && name === 'id'
  const word = ofField ? field.replace(/Changed$/, '') : (/^(.+)Id$/.exec(name)?.[1] ?? '')
  const type = `${word.charAt(0).toUpperCase()}${word.slice(1)}`
  if (!isObjectType(schema.getType(type))) return undefined
  return people.includes(type) ? people : [type]
}

/** Reads a value of an object, whose other values may name what it belongs to. */
type IdReader = (value: unknown, owner: Values) => unknown
type Values = Readonly<Record<string, unknown>>
type NamedInput = GraphQLArgument | GraphQLInputField

/** Makes the fields of a schema read global ids in their arguments as the ids that the desk uses. */
export function withOwnIds(schema: GraphQLSchema): GraphQLSchema {
  const inputs = new Map<GraphQLInputType, IdReader | undefined>()

  /** Reads a value of a type; undefined where the type contains no such id. */
  const readerOf = (path: string, type: GraphQLInputType): IdReader | undefined => {
    const named = getNullableType(type)
    if (isListType(named)) {
      const read = readerOf(path, named.ofType)
      return read && ((value, owner) => (Array.isArray(value) ? value.map((each) => read(each, owner)) : value))
    }
    if (named === GraphQLID) {
      const types = typesOfId(schema, path)
      return types && ((value, owner) => (typeof value === 'string' ? ownIdIn(types, value, owner) : value))
    }
    if (!isInputObjectType(named)) return undefined
    if (!inputs.has(named)) {
      inputs.set(named, (value, owner) => fieldsIn(value, owner))
      const fieldsIn = objectReader(named.name, Object.values(named.getFields()))
      inputs.set(named, fieldsIn.reads ? fieldsIn : undefined)
    }
    return inputs.get(named)
  }

  const objectReader = (path: string, fields: readonly NamedInput[]): IdReader & { readonly reads: boolean } => {
    const readers = fields.flatMap(({ name, type }): readonly [string, IdReader][] => {
      const read = readerOf(`${path}.${name}`, type)
      return read ? [[name, read]] : []
    })
    const read = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value
      const values = value as Values
      const ids = readers.flatMap(([name, each]) =>
        values[name] == null ? [] : [[name, each(values[name], values)] as const],
      )
      return { ...values, ...Object.fromEntries(ids) }
    }
    return Object.assign(read, { reads: readers.length > 0 })
  }

  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const read = objectReader(`${type.name}.${field.name}`, field.args)
      if (!read.reads) continue
      const { resolve = defaultFieldResolver, subscribe } = field
      field.resolve = (source, args, context, info) => resolve(source, read(args, args) as typeof args, context, info)
      if (subscribe)
        field.subscribe = (source, args, context, info) =>
          subscribe(source, read(args, args) as typeof args, context, info)
    }
  }
  return schema
}

/** The id that the desk uses for a person, given that or a global id. */
export const ownIdOfPerson = (id: string): string => ownIdIn(people, id, {})

/** The id that the desk uses, given that or a global id of one of some types. A part of another ticket or chat has none. */
function ownIdIn(types: readonly string[], id: string, owner: Values): string {
  const { ticketId, source = ticketId ?? owner['chatId'] } = owner
  const [typename = '', ...rest] = splitIds(id)
  if (rest.length === 0 || !types.includes(typename)) return id
  if (!parts.has(typename)) return joinIds(...rest)
  return source === undefined || source === rest[0] || source === joinIds('Chat', rest[0] ?? '')
    ? (rest.at(-1) ?? id)
    : id
}
