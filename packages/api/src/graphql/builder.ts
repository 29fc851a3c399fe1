import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import type { ValueNode } from 'graphql'
import { valueFromASTUntyped } from 'graphql'
import type { Instant } from '@guichet/domain'
import { id, instantSchema } from '@guichet/domain'
import { isCalendarDay } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { ApiContext } from './services.ts'
import { UploadedContent } from './stored-content.ts'

type ApiTypes = {
  Context: ApiContext
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Instant; Output: string }
    JSON: { Input: unknown; Output: unknown }
    Date: { Input: string; Output: string }
    Upload: { Input: UploadedContent; Output: never }
    ID: { Input: string; Output: string }
  }
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
}

/** The types by which Pothos infers resolvers: the context, the scalars, and fields that are not null unless they say so. */
export type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<ApiTypes>

/** The builder of the schema. */
export type ApiBuilder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>

/** Creates an empty schema with the conventions of all parts: fields are not null by default, and lists are Relay connections. */
export function createBuilder(): ApiBuilder {
  const builder: ApiBuilder = new SchemaBuilder<ApiTypes>({
    plugins: [RelayPlugin],
    defaultFieldNullability: false,
    relay: {
      nodesOnConnection: true,
      edgesFieldOptions: { nullable: false },
      nodeFieldOptions: { nullable: false },
      clientMutationId: 'omit',
      cursorType: 'String',
      encodeGlobalID: (typename, id) => globalId(typename, String(id)),
      decodeGlobalID: (text) => {
        const named = readGlobalId(text)
        return isNode(builder, named.typename) ? named : noNode
      },
    },
  })
  return builder
}

const isNode = ({ configStore }: ApiBuilder, typename: string): boolean =>
  configStore.hasConfig(typename) && 'loadMany' in configStore.getTypeConfig(typename).pothosOptions

type NodeName = { readonly typename: string; readonly id: string }

/** The name of no node: no ticket has an empty id. */
const noNode: NodeName = { typename: 'Ticket', id: '' }

/** A character that no id of a ticket contains. */
const separator = '~'

/**
 * Returns the global id of a node. A ticket has its own id, as in commands, on the command line and in the audit trail. Any other node
 * has its type as a prefix.
 */
export const globalId = (typename: string, id: string): string =>
  typename === 'Ticket' ? id : `${typename}${separator}${id}`

/** Reads a global id: without the prefix of a type it names a ticket. */
function readGlobalId(text: string): NodeName {
  if (text.includes('\0')) return noNode
  const at = text.indexOf(separator)
  if (at < 0) return { typename: 'Ticket', id: text }
  const typename = text.slice(0, at)
  return typename === 'Ticket' ? noNode : { typename, id: text.slice(at + 1) }
}

/** Joins several ids into one. */
export const joinIds = (...ids: readonly (string | number)[]): string => ids.join(separator)

/** The inverse of `joinIds`. */
export const splitIds = (id: string): readonly string[] => id.split(separator)

/** A part of the schema: adds types and fields, and returns what other parts need of them. */
export type SchemaPart<T> = (schema: SchemaParts) => T

/** The schema while its parts are added. */
export type SchemaParts = {
  readonly builder: ApiBuilder
  /** Adds a part unless it was added before. Returns what the part gives to others. @throws Error when it needs itself. */
  use<T>(part: SchemaPart<T>): T
}

/** Creates an empty schema, to which parts are added in any order: each adds first what it needs. */
export function createParts(): SchemaParts {
  const added = new Map<SchemaPart<unknown>, { readonly result: unknown } | undefined>()
  const parts: SchemaParts = {
    builder: createBuilder(),
    use<T>(part: SchemaPart<T>): T {
      if (!added.has(part)) {
        added.set(part, undefined)
        added.set(part, { result: part(parts) })
      }
      const entry = added.get(part)
      if (!entry) throw new Error(`the part ${part.name} of the schema needs itself`)
      return entry.result as T
    },
  }
  return parts
}

/** Adds the scalars `JSON`, `DateTime`, `Date` and `Upload`. */
export function addScalars({ builder }: Pick<SchemaParts, 'builder'>): void {
  builder.scalarType('DateTime', {
    description:
      'An instant: an ISO 8601 date-time with an offset, such as 2026-03-29T00:30:00Z, in the years 1000 to 8999. Results are in UTC.',
    serialize: (value) => value,
    parseValue: (value) => toInstant(value),
    parseLiteral: (node) => toInstant(valueFromASTUntyped(node), node),
  })
  builder.scalarType('Upload', {
    description:
      'A file that comes with the operation in a multipart request, as the GraphQL multipart request specification has it.',
    serialize: notUploaded,
    parseValue: (value) => (value instanceof UploadedContent ? value : notUploaded()),
    parseLiteral: notUploaded,
  })
  builder.scalarType('JSON', {
    description: 'Data of any shape: objects, lists, strings, numbers, true, false and null.',
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  })
  builder.scalarType('Date', {
    description: 'A calendar day, such as 2026-03-29, in the desk’s time zone.',
    serialize: (value) => value,
    parseValue: (value) => toCalendarDay(value),
    parseLiteral: (node) => toCalendarDay(valueFromASTUntyped(node), node),
  })
}

function notUploaded(): never {
  throw edgeError('malformed_input', 'Upload: must be a file of a multipart request')
}

function toInstant(value: unknown, node?: ValueNode): Instant {
  const parsed = instantSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw edgeError('malformed_input', `DateTime: ${parsed.error.issues[0]?.message}`, node)
}

function toCalendarDay(value: unknown, node?: ValueNode): string {
  if (typeof value === 'string' && isCalendarDay(value)) return value
  throw edgeError('malformed_input', 'Date: must be a calendar day such as 2026-03-29', node)
}

/** The form of a ticket's id; a text of any other form names no ticket. */
export const ticketIdSchema = id
