import type { GraphQLInputObjectType } from 'graphql'
import { isInputObjectType, isInterfaceType, isUnionType } from 'graphql'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildSchema, createSchema, printedSchema } from './schema.ts'
import { describeSchema } from './description/describe-schema.ts'

it('matches schema.graphql: update it with `npm run schema -w packages/api`', async () => {
  const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(printedSchema()).toBe(committed)
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
  const inputs = Object.values(createSchema().getTypeMap()).filter(isInputObjectType)
  const versioned = inputs.filter((input) => 'expectedVersion' in input.getFields())
  expect(versioned.length).toBeGreaterThan(40)
  for (const input of versioned) {
    const { description } = input.getFields()['expectedVersion'] ?? {}
    expect(`${input.name}: ${description}`).toContain(`Refuses the command when ${versionOf(input)} is no longer`)
  }
})

const versionsOf: Readonly<Record<string, string>> = {
  AttachToTicketInput: 'the ticket',
  OpenTicketInput: 'the ticket, 0 before it is opened,',
  MergeTicketsInput: 'the ticket that ends',
  SplitTicketInput: 'the ticket that holds the message',
  MergeCustomersInput: 'the customer who is merged',
  StartChatInput: 'the chat, 0 before it is started,',
  AddOrganisationManagerInput: 'the organisation',
  RemoveOrganisationManagerInput: 'the organisation',
  LeaveChatInput: 'the chat',
  DeclareIncidentInput: 'the incident, 0 before it is declared,',
  ApplyConfigurationInput: 'the configuration',
  RunMacroInput: 'the ticket or chat',
  SaveCannedReplyInput: 'the canned reply',
  RemoveCannedReplyInput: 'the canned reply',
  SaveMacroInput: 'the macro',
  RemoveMacroInput: 'the macro',
  ChangePreferenceInput: 'your setting',
  ChooseLanguageInput: 'your setting',
}

function versionOf(input: GraphQLInputObjectType): string | undefined {
  const [, subject] =
    Object.keys(input.getFields())
      .join(' ')
      .match(/\b(ticket|agent|incident|customer|organisation|file|chat)Id\b/) ?? []
  return versionsOf[input.name] ?? `the ${subject}`
}
