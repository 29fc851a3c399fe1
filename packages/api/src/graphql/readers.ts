import type { GraphQLNamedType, GraphQLObjectType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { defaultFieldResolver, getNamedType, isAbstractType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { Role } from '../auth/principal.ts'
import { isCustomer, roles } from '../auth/principal.ts'
import type { Access } from '../auth/rights.ts'
import { fieldRights, rights } from '../auth/rights.ts'
import { seesOwnOnly } from './context.ts'
import type { ApiContext } from './services.ts'

/**
 * The extensions of a field that only people of the desk and services read: customers and visitors get null, or an empty
 * list, and its resolver is not called. Of a type, they say that customers are never sent one.
 */
export const deskOnly = { deskOnly: true } as const

const isDeskOnly = ({ extensions }: { readonly extensions: Readonly<Record<string, unknown>> }): boolean =>
  extensions['deskOnly'] === true

/**
 * Hides the fields of the desk from customers.
 * @throws Error for such a field that can be neither null nor empty.
 */
export function hideFromCustomers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of objectTypesOf(schema)) {
    for (const field of Object.values(type.getFields()).filter(isDeskOnly)) {
      const { resolve = defaultFieldResolver } = field
      const none = emptyOf(field.type)
      if (none === undefined) throw new Error(`${type.name}.${field.name} can be neither null nor empty for customers`)
      field.resolve = (source, args, context: ApiContext, info): unknown =>
        seesOwnOnly(context) ? none : resolve(source, args, context, info)
    }
  }
  return schema
}

const nothing = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }

/** What customers get in place of a value of a type: null, an empty list, or a connection without edges. */
function emptyOf(type: GraphQLOutputType): unknown {
  if (!isNonNullType(type)) return null
  if (isListType(type.ofType)) return []
  return isConnection(getNamedType(type)) ? { edges: [], pageInfo: nothing } : undefined
}

const isConnection = ({ name }: GraphQLNamedType): boolean => name.endsWith('Connection')

/** The object types of a schema, without those of introspection. */
export const objectTypesOf = (schema: GraphQLSchema): readonly GraphQLObjectType[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))

type Rows = Readonly<Record<string, Readonly<Record<Role, Access>>>>

const operations: Rows = rights
const restricted: Rows = fieldRights

/** The roles that may read a field, by `Type.field`. */
type Readers = ReadonlyMap<string, ReadonlySet<Role>>

/**
 * Who may read which field. It follows from the operations that a role may use and the types that these lead to, without
 * the fields of the desk. `Node` leads nowhere: it answers what other operations answer.
 */
export function readersOf(schema: GraphQLSchema): Readers {
  const readers = new Map<string, Set<Role>>()
  const visited = new Set<string>()
  const add = (field: string, role: Role): void => void readers.set(field, (readers.get(field) ?? new Set()).add(role))
  const visit = (named: GraphQLNamedType, role: Role): void => {
    if (isAbstractType(named)) {
      if (named.name !== 'Node') for (const type of schema.getPossibleTypes(named)) visit(type, role)
      return
    }
    if (!isObjectType(named) || visited.has(`${role} ${named.name}`) || isHidden(named, role)) return
    visited.add(`${role} ${named.name}`)
    for (const field of Object.values(named.getFields())) {
      const key = `${named.name}.${field.name}`
      const type = getNamedType(field.type)
      if (restricted[key]?.[role] === 'none') continue
      if (!isHidden(field, role)) {
        add(key, role)
        visit(type, role)
      } else if (isNonNullType(field.type) && isConnection(type)) {
        add(key, role)
        add(`${type.name}.pageInfo`, role)
      }
    }
  }
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const { name, type } of Object.values(root?.getFields() ?? {})) {
      for (const role of roles) if (operations[name]?.[role] !== 'none') visit(getNamedType(type), role)
    }
  }
  return readers
}

const isHidden = (of: Parameters<typeof isDeskOnly>[0], role: Role): boolean => isDeskOnly(of) && isCustomer({ role })
