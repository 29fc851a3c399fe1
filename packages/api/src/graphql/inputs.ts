import type { InputFieldMap, InputObjectRef, InputShapeFromFields, InputType } from '@pothos/core'
import { z } from 'zod'
import {
  attachedFilesSchema,
  customerSchema,
  fieldValues,
  fileIdSchema,
  id,
  instantSchema,
  isInternal,
  personId,
  personSchema,
} from '@guichet/domain'
import { edgeError } from '../errors.ts'
import type { ApiBuilder, SchemaParts, SchemaTypes } from './builder.ts'
import { enumWith } from './vocabulary.ts'

/** What makes the fields of an input type. */
export type InputBuilder = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>

/** The data of a command, and the fields that its input has besides. */
type InputParts<S extends z.ZodObject, Others> = { readonly data: z.input<S>; readonly others: Others }

/** An input type that follows from the schema of a command. */
type DerivedInput<S extends z.ZodObject, Own> = {
  readonly type: InputObjectRef<SchemaTypes, Readonly<Record<string, unknown>>>
  /** Reads a value of the type: the command without fields that were left out, which the desk validates, and the fields besides. */
  read(input: Readonly<Record<string, unknown>>): InputParts<S, Own>
}

/** The GraphQL type of a value or, as a `list`, of its entries, and how it is read when the schema expects another form of it. */
type DerivedField = {
  readonly type: InputType<SchemaTypes>
  readonly list?: true
  readonly read?: ((value: never) => unknown) | undefined
}

type Field = DerivedField & {
  readonly required: boolean
  readonly nullable: boolean
  readonly description: string | undefined
}

type Reader = (value: unknown) => unknown

/**
 * Derives input types from the schemas of commands: their fields, which of them are required, and their descriptions. A field that is
 * `internal`, or a literal such as the type of a command, is not offered. Types are built with the schema of the API, once.
 */
export function createInputs({ builder }: Pick<SchemaParts, 'builder'>) {
  const registry = z.registry<DerivedField>()
  for (const schema of [id, personId, fileIdSchema]) registry.add(schema, { type: 'ID' })
  registry.add(instantSchema, { type: 'DateTime' })
  const named = new Map<string, DerivedField & { readonly fields: ReadonlyMap<string, Field> }>()

  /** The type of a value; `name` is that of a new input type. */
  function derive(schema: z.ZodType, name: string): DerivedField {
    const field = registry.get(schema)
    if (field) return field
    const leaf = leafType(builder, schema)
    if (leaf) return { type: leaf }
    if (schema instanceof z.ZodObject) return object(`${name}Input`, schema)
    if (schema instanceof z.ZodArray) {
      const { type, list, read } = derive(schema.element as z.ZodType, name)
      if (!list) return { type, list: true, read: read && ((items: readonly never[]) => items.map(read)) }
    }
    throw new Error(`${name}: no input type follows from this schema of the type ${schema.type}`)
  }

  /** The input type of an object. A second one of the same name has the type of the first, or some of its fields. */
  function object(name: string, schema: z.ZodObject): DerivedField {
    const fields = fieldsOf(schema)
    const first = named.get(name) ?? { fields, type: builder.inputType(name, { fields: (t) => toFields(t, fields) }) }
    const missing = [...fields.keys()].find((field) => !first.fields.has(field))
    if (missing) throw new Error(`${name}: another schema of this name has no field ${missing}`)
    named.set(name, first)
    return { type: first.type, read: reader(schema, fields) }
  }

  const fieldsOf = (schema: z.ZodObject): ReadonlyMap<string, Field> =>
    new Map(
      Object.entries(schema.shape)
        .map(([name, field]) => [name, unwrap(field)] as const)
        .filter(([, { inner, isOffered }]) => isOffered && constantOf(inner) === undefined)
        .map(([name, { inner, ...field }]) => [name, { ...derive(inner, capitalized(name)), ...field }]),
    )

  return {
    /** Names the input type of an object, wherever fields have it. */
    object: (name: string, schema: z.ZodObject): void => void registry.add(schema, object(name, schema)),

    /** The type of a list of pairs for a record, with the names of the fields of a pair. */
    pairs(name: string, record: z.ZodRecord, key: string, value: string): void {
      const pair = fieldsOf(z.object({ [key]: record.keyType, [value]: record.valueType as z.ZodType }))
      const type = builder.inputType(name, { fields: (t) => toFields(t, pair) })
      const read = (pairs: readonly Readonly<Record<string, unknown>>[]) => {
        const seen = new Set(['__proto__'])
        for (const { [key]: word } of pairs) {
          if (seen.has(String(word)))
            throw edgeError(
              'malformed_input',
              `${key}: ${word === '__proto__' ? 'no such name is possible' : 'a name occurs twice'}`,
            )
          seen.add(String(word))
        }
        return Object.fromEntries(pairs.map((each) => [each[key], each[value]]))
      }
      registry.add(record, { type, list: true, read })
    },

    /**
     * Adds the input type of a mutation, named after the mutation.
     * @param ownFields the fields besides those of the schema.
     * @param added what the API adds to the descriptions of the schema.
     * @param part the object in the schema whose fields the input has, in place of the object.
     */
    of<S extends z.ZodObject, Own extends InputFieldMap>(
      operation: string,
      schema: S,
      ownFields?: (t: InputBuilder) => Own,
      added: { readonly [K in keyof S['shape']]?: string } = {},
      part?: string,
    ): DerivedInput<S, InputShapeFromFields<Own>> {
      const object = part === undefined ? schema : unwrap(schema.shape[part]).inner
      if (!(object instanceof z.ZodObject)) throw new Error(`${operation}: ${part} is no object`)
      const fields = fieldsOf(object)
      const type: InputObjectRef<SchemaTypes, Readonly<Record<string, unknown>>> = builder.inputType(
        `${capitalized(operation)}Input`,
        {
          ...(schema.description !== undefined && { description: schema.description }),
          fields: (t) => ({ ...ownFields?.(t), ...toFields(t, fields, added) }),
        },
      )
      const ofObject = reader(object, fields)
      const constants = reader(schema, new Map())({})
      return {
        type,
        read: (input) => {
          const data = ofObject(input)
          const others = Object.fromEntries(Object.entries(input).filter(([name]) => !fields.has(name)))
          // GraphQL has checked the input by the type that follows from the schema.
          return { data: part === undefined ? data : { ...constants, [part]: data }, others } as InputParts<
            S,
            InputShapeFromFields<Own>
          >
        },
      }
    },
  }
}

/** The input types of the schema that follow from schemas of commands; each is made once, by its name. */
export type Inputs = ReturnType<typeof createInputs>

/** Adds the input types that several parts of the schema share. */
export function addInputs(schema: SchemaParts): Inputs {
  const inputs = createInputs(schema)
  inputs.object('PersonInput', customerSchema)
  inputs.object('PersonInput', personSchema)
  inputs.pairs('OwnFieldInput', fieldValues, 'name', 'value')
  inputs.object('AttachedFileInput', attachedFilesSchema.unwrap().element)
  return inputs
}

/** The GraphQL type of a schema that has no parts: a scalar, or the enumeration of its values; undefined for others. */
export function leafType(builder: ApiBuilder, schema: z.ZodType) {
  if (schema.type === 'string') return 'String'
  if (schema instanceof z.ZodBoolean) return 'Boolean'
  if (schema instanceof z.ZodNumber) return schema instanceof z.ZodNumberFormat ? 'Int' : 'Float'
  if (schema instanceof z.ZodLiteral && [...schema.values].every(Number.isInteger)) return 'Int'
  if (schema instanceof z.ZodEnum) return enumWith(builder, schema.options.map(String))
  return undefined
}

const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** The schema of a field without what makes it optional, with the description of the field and whether it is offered. */
export function unwrap(field: z.ZodType) {
  let inner = field
  let [description, required, nullable, isOffered] = [inner.description, true, false, !isInternal(inner)]
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  ) {
    required = false
    nullable ||= inner instanceof z.ZodNullable
    inner = inner.unwrap() as z.ZodType
    description ??= inner.description
    isOffered &&= !isInternal(inner)
  }
  return { inner, description, required, nullable, isOffered }
}

/** The value of a field that can only have one, such as the type of a command. */
function constantOf(schema: z.ZodType): string | undefined {
  const [value] = schema instanceof z.ZodLiteral ? schema.values : []
  return typeof value === 'string' ? value : undefined
}

const toFields = (
  t: InputBuilder,
  fields: ReadonlyMap<string, Field>,
  added: Readonly<Record<string, string | undefined>> = {},
): InputFieldMap =>
  Object.fromEntries(
    Array.from(fields, ([name, { type: each, list, required, description: ownDescription }]) => {
      const type: InputType<SchemaTypes> | [InputType<SchemaTypes>] = list ? [each] : each
      const description = [ownDescription, added[name]].filter(Boolean).join(' ')
      return [name, t.field({ type, required, ...(description && { description }) })]
    }),
  )

/** Reads an object of a schema: its constants, and what was given of its fields. Null counts only where the schema takes it. */
function reader(schema: z.ZodObject, fields: ReadonlyMap<string, Field>) {
  const constants = Object.entries(schema.shape).flatMap(([name, field]) => {
    const value = constantOf(field)
    return value === undefined ? [] : [[name, value] as const]
  })
  return (input: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const data: Record<string, unknown> = Object.fromEntries(constants)
    for (const [name, { nullable, read }] of fields) {
      const value = input[name]
      if (value === undefined || (value === null && !nullable)) continue
      data[name] = read && value !== null ? (read as Reader)(value) : value
    }
    return data
  }
}
