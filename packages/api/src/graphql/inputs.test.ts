import { printType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { personSchema, ticketAggregate } from '@guichet/domain'
import { addScalars, createBuilder } from './builder.ts'
import type { InputBuilder, Inputs } from './inputs.ts'
import { createInputs } from './inputs.ts'
import { enumOf } from './vocabulary.ts'

const own = (t: InputBuilder) => ({ commandId: t.id({ required: true }) })

/** An empty schema with the enumeration of colours, and its inputs. */
function emptySchema() {
  const builder = createBuilder()
  addScalars({ builder })
  enumOf(builder, 'Colour', ['red', 'dark_blue'])
  builder.queryType({ fields: (t) => ({ now: t.string({ resolve: () => '' }) }) })
  return { builder, inputs: createInputs({ builder }) }
}

/** Prints a type of a schema with these inputs. */
function printed(name: string, add: (inputs: Inputs) => void): string {
  const { builder, inputs } = emptySchema()
  add(inputs)
  const type = builder.toSchema().getType(name)
  return type ? printType(type).replaceAll(/\n\s*\n/g, '\n') : ''
}

const person = personSchema.describe('Who paints.')

const paint = z.strictObject({
  type: z.literal('paint'),
  colour: z.enum(['red', 'dark_blue']).default('red').describe('The colour; red unless given.'),
  person,
  layers: z.array(z.strictObject({ thickness: z.number(), dry: z.boolean().optional() })),
  coats: z.literal([1, 2]),
  rooms: z.int().min(1).nullable(),
  names: z.record(z.string(), z.int()).optional(),
})

const addPaint = (inputs: Inputs) => {
  inputs.object('PersonInput', personSchema)
  inputs.pairs('NameInput', paint.shape.names.unwrap(), 'label', 'value')
  return inputs.of('paint', paint, own, { colour: 'Painters choose it.' })
}

describe('an input type', () => {
  it('has the fields of the schema, and what is required', () => {
    expect(printed('PaintInput', addPaint)).toBe(`input PaintInput {
  coats: Int!
  """The colour; red unless given. Painters choose it."""
  colour: Colour
  commandId: ID!
  layers: [LayersInput!]!
  names: [NameInput!]
  """Who paints."""
  person: PersonInput!
  rooms: Int
}`)
    expect(printed('LayersInput', addPaint)).toBe('input LayersInput {\n  dry: Boolean\n  thickness: Float!\n}')
    expect(printed('NameInput', addPaint)).toBe('input NameInput {\n  label: String!\n  value: Int!\n}')
    expect(printed('PersonInput', addPaint)).toContain('  id: ID!\n')
  })

  it('has no field that is internal', () => {
    const add = (inputs: Inputs) => inputs.of('tag', ticketAggregate.schemas.unassign, own)
    expect(printed('TagInput', add)).toContain('  reason: String\n')
    expect(printed('TagInput', add)).not.toContain('reasonOwed')
  })

  it.each([
    ['an enumeration that the API does not have', z.enum(['red', 'green'])],
    ['a list of lists', z.array(z.array(z.string()))],
    ['a flag', z.literal(true)],
    ['either of two types', z.union([z.string(), z.int()])],
  ])('cannot have %s', (_, field) => {
    const { inputs } = emptySchema()
    expect(() => inputs.of('mix', z.strictObject({ field }), own)).toThrow(/^Field: no input type|^no enumeration/)
  })

  it('is not that of another object of the same name', () => {
    const { inputs } = emptySchema()
    inputs.of('mix', z.strictObject({ part: z.strictObject({ a: z.string() }) }), own)
    const other = z.strictObject({ part: z.strictObject({ b: z.string() }) })
    expect(() => inputs.of('stir', other, own)).toThrow('PartInput: another schema of this name has no field b')
  })
})

describe('an input', () => {
  it('becomes a command, without what was left out; null counts where the schema takes it', () => {
    const { data } = addPaint(emptySchema().inputs).read({
      colour: null,
      person: { id: 'ana', name: null, email: 'ana@desk.example' },
      layers: [{ thickness: 0.5, dry: null }],
      coats: 2,
      rooms: null,
      names: [{ label: 'a', value: 1 }],
    })
    expect(data).toEqual({
      type: 'paint',
      person: { id: 'ana', email: 'ana@desk.example' },
      layers: [{ thickness: 0.5 }],
      coats: 2,
      rooms: null,
      names: { a: 1 },
    })
    expect(Object.keys(data)).not.toContain('colour')
    expect(paint.parse(data).colour).toBe('red')
  })

  it('has the fields of one object of the command, if that is said', () => {
    const order = z.strictObject({ type: z.literal('order'), colours: z.strictObject({ wall: z.string() }) })
    const add = (inputs: Inputs) => inputs.of('order', order, own, {}, 'colours')
    expect(printed('OrderInput', add)).toBe('input OrderInput {\n  commandId: ID!\n  wall: String!\n}')
    const given = { commandId: 'c-1', wall: 'red' }
    const { data, others } = add(emptySchema().inputs).read(given)
    expect(data).toEqual({ type: 'order', colours: { wall: 'red' } })
    expect(others.commandId).toBe('c-1')
  })

  it.each([
    ['a name that occurs twice', ['a', 'b', 'a'], 'label: a name occurs twice'],
    ['a name that no record can hold', ['__proto__'], 'label: no such name is possible'],
  ])('is refused for %s, so that no value is lost', (_, labels, message) => {
    const { read } = addPaint(emptySchema().inputs)
    const names = labels.map((label, value) => ({ label, value }))
    const person = { id: 'ana', name: null, email: null }
    expect(() => read({ person, layers: [], coats: 1, rooms: null, names })).toThrow(message)
  })
})
