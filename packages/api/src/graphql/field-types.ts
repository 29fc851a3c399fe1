import type { OutputRef } from '@pothos/core'
import { z } from 'zod'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { leafType } from './inputs.ts'

/** The GraphQL type of a field of an event. */
export type FieldType = keyof SchemaTypes['outputShapes'] | OutputRef

/** The types of schemas that are more than a scalar or the enumeration of their words. */
type FieldTypes = z.core.$ZodRegistry<{ readonly type: FieldType }>

/** Creates an empty register of types. A type counts for its schema under any description. */
export const createFieldTypes = (): FieldTypes => z.registry<{ readonly type: FieldType }>()

/**
 * Returns the type of a field of an event by its schema.
 * @param name the event and its key, for the error.
 * @throws Error for a schema that no type follows from.
 */
export function fieldTypeOf(builder: ApiBuilder, types: FieldTypes, schema: z.ZodType, name: string): FieldType {
  const type = types.get(schema)?.type ?? leafType(builder, schema)
  if (type === undefined) throw new Error(`${name}: no type follows from this schema of the type ${schema.type}`)
  return type
}
