import type { GraphQLInputObjectType } from 'graphql'
import { isInputObjectType } from 'graphql'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildSchema, createSchema, printedSchema } from './schema.ts'
import { describeSchema } from './description/describe-schema.ts'

it('is printed in schema.graphql: review a change with `npm run schema -w packages/api`', async () => {
  const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(printedSchema()).toBe(committed)
})

it('describes every type, field, argument and value of an enumeration, and nothing that there is not', () => {
  expect(describeSchema(buildSchema())).toEqual({ undescribed: [], unused: [] })
})

it('says of each expectedVersion what it is a version of', () => {
  const inputs = Object.values(createSchema().getTypeMap()).filter(isInputObjectType)
  const versioned = inputs.filter((input) => 'expectedVersion' in input.getFields())
  expect(versioned.length).toBeGreaterThan(40)
  for (const input of versioned) {
    const { description } = input.getFields()['expectedVersion'] ?? {}
    expect(`${input.name}: ${description}`).toContain(`Refuses the command when ${versionOf(input)} is no longer`)
  }
})

const versionsOf: Readonly<Record<string, string>> = {
  OpenTicketInput: 'the ticket, 0 before it is opened,',
  MergeTicketsInput: 'the ticket that ends',
  SplitTicketInput: 'the ticket that holds the message',
  DeclareIncidentInput: 'the incident, 0 before it is declared,',
  ApplyConfigurationInput: 'the configuration',
  ChangePreferenceInput: 'what you chose',
  ChooseLanguageInput: 'what you chose',
}

function versionOf(input: GraphQLInputObjectType): string | undefined {
  const [, subject] =
    Object.keys(input.getFields())
      .join(' ')
      .match(/\b(ticket|agent|incident)Id\b/) ?? []
  return versionsOf[input.name] ?? `the ${subject}`
}
