import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import type { Instant } from '@guichet/domain'
import type { ApiContext } from './context.ts'
import { globalId, readGlobalId } from './global-id.ts'

type ApiTypes = {
  Context: ApiContext
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Instant; Output: string }
    JSON: { Input: unknown; Output: unknown }
    Date: { Input: string; Output: string }
    ID: { Input: string; Output: string }
  }
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
}

export type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<ApiTypes>

/** Builds the schema; each folder beside this one adds its own part. */
export type ApiBuilder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>

/** An empty schema with the conventions of all its parts: fields are never null unless they say so, and lists are Relay connections. */
export function createBuilder(): ApiBuilder {
  return new SchemaBuilder<ApiTypes>({
    plugins: [RelayPlugin],
    defaultFieldNullability: false,
    relay: {
      nodesOnConnection: true,
      edgesFieldOptions: { nullable: false },
      nodeFieldOptions: { nullable: false },
      clientMutationId: 'omit',
      cursorType: 'String',
      encodeGlobalID: (typename, id) => globalId(typename, String(id)),
      decodeGlobalID: readGlobalId,
    },
  })
}
