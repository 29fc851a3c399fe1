import type { GraphQLInputObjectType, GraphQLSchema } from 'graphql'
import {
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createParts } from './builder.ts'
import type { SchemaParts } from './builder.ts'
import { buildSchema, createSchema, printedSchema, schemaParts } from './schema.ts'
import { describeSchema } from './description/describe-schema.ts'

it('matches schema.graphql: update it with `npm run schema -w packages/api`', async () => {
  const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(printedSchema()).toBe(committed)
})

it('is the same in whatever order its parts are added', () => {
  const printed = (schema: GraphQLSchema): string => printSchema(lexicographicSortSchema(schema))
  expect(printed(buildSchema(schemaParts.toReversed()))).toBe(printed(buildSchema()))
})

it('names a part that needs itself', () => {
  const addCircle = ({ use }: SchemaParts): void => use(addCircle)
  expect(() => createParts().use(addCircle)).toThrow('the part addCircle of the schema needs itself')
})

it('has a description for every type, field, argument and enum value, and no unused ones', () => {
  expect(describeSchema(buildSchema())).toEqual({ undescribed: [], unused: [] })
})

it('refers to no section of a specification that its readers do not have', () => {
  expect(printedSchema()).not.toMatch(/\(0\d\d\b/)
})

it('has the fields of every event of a ticket in an interface', () => {
  const schema = createSchema()
  const [item, event] = [schema.getType('TimelineItem'), schema.getType('TicketEvent')]
  if (!isUnionType(item) || !isInterfaceType(event)) throw new Error('no timeline')
  expect(Object.keys(event.getFields())).toEqual(expect.arrayContaining(['at', 'by', 'id', 'number', 'position']))
  expect(item.getTypes().filter((type) => !type.getInterfaces().includes(event))).toEqual([])
})

it('names the stream of each expectedVersion', () => {
  const schema = createSchema()
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType)
  const versioned = inputs.filter((input) => 'expectedVersion' in input.getFields())
  expect(versioned.length).toBeGreaterThan(40)
  for (const input of versioned) {
    const { description } = input.getFields()['expectedVersion'] ?? {}
    expect(`${input.name}: ${description}`).toContain(
      `Refuses the command when ${versionOf(schema, input)} is no longer`,
    )
  }
})

const versionsOf: Readonly<Record<string, string>> = {
  OpenTicketInput: 'the ticket, 0 before it is opened,',
  MergeTicketsInput: 'the ticket that ends',
  SplitTicketInput: 'the ticket that holds the message',
  MergeCustomersInput: 'the customer who is merged',
  StartChatInput: 'the chat, 0 before it is started,',
  DeclareIncidentInput: 'the incident, 0 before it is declared,',
  ApplyConfigurationInput: 'the configuration',
  RunMacroInput: 'the ticket or chat',
  SendArticleInput: 'the ticket or chat',
  SaveCannedReplyInput: 'the canned reply',
  RemoveCannedReplyInput: 'the canned reply',
  SaveMacroInput: 'the macro',
  AddArticleCategoryInput: 'the tree of categories',
  ChangeArticleCategoryInput: 'the tree of categories',
  MoveArticleCategoryInput: 'the tree of categories',
  RemoveArticleCategoryInput: 'the tree of categories',
  RemoveMacroInput: 'the macro',
  ChangePreferenceInput: 'your setting',
  ChooseLanguageInput: 'your setting',
}

/** The entity of the payload of the same mutation, unless it is named above. */
function versionOf(schema: GraphQLSchema, input: GraphQLInputObjectType): string | undefined {
  const payload = schema.getType(input.name.replace(/Input$/, 'Payload'))
  const [common] = isObjectType(payload) ? payload.getInterfaces() : []
  const entity = isObjectType(payload) && Object.keys(payload.getFields()).find((field) => !common?.getFields()[field])
  return versionsOf[input.name] ?? `the ${entity}`
}
