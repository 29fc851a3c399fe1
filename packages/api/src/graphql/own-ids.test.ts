import { getNamedType, GraphQLID, graphql, isInputObjectType, isObjectType, buildSchema } from 'graphql'
import { expect, it } from 'vitest'
import { idsOfPeople, plainIds, typesOfId, withOwnIds } from './own-ids.ts'
import { createSchema } from './schema.ts'

it('says of every argument of an id which global ids it accepts', () => {
  const paths = Object.values(createSchema().getTypeMap()).flatMap((type) => {
    if (isInputObjectType(type)) {
      return Object.values(type.getFields())
        .filter((field) => getNamedType(field.type) === GraphQLID)
        .map(({ name }) => `${type.name}.${name}`)
    }
    if (!isObjectType(type)) return []
    return Object.values(type.getFields()).flatMap((field) =>
      field.args
        .filter((arg) => getNamedType(arg.type) === GraphQLID)
        .map(({ name }) => `${type.name}.${field.name}.${name}`),
    )
  })
  const schema = createSchema()
  const isPlain = (path: string) => plainIds.has(path) || plainIds.has(path.slice(path.lastIndexOf('.') + 1))
  expect(paths.filter((path) => !isPlain(path) && !typesOfId(schema, path))).toEqual([])
  const names = paths.flatMap((path) => [path, path.slice(path.lastIndexOf('.') + 1)])
  expect([...idsOfPeople, ...plainIds].filter((name) => !names.includes(name))).toEqual([])
})

it.each([
  ['Query.incident.id', ['Incident']],
  ['ReopenIncidentInput.incidentId', ['Incident']],
  ['AgentReplyInput.messageId', ['Message']],
  ['Query.agent.id', ['Person', 'Agent', 'Customer']],
  ['TicketFilter.customerId', ['Person', 'Agent', 'Customer']],
  ['AgentReplyInput.ticketId', undefined],
  ['MoveArticleCategoryInput.parentId', ['ArticleCategory']],
  ['SaveMacroInput.parentId', undefined],
])('reads the global ids of %s as those of %j', (path, types) => {
  expect(typesOfId(createSchema(), path)).toEqual(types)
})

it('reads the global id of a message of the ticket that is named beside it, and of no other one', async () => {
  const schema = withOwnIds(
    buildSchema(`
      type Message { id: ID }
      input Input { source: ID!, messageId: ID }
      type Query { echo(input: Input!): String }`),
  )
  const echo = ({ input }: { input: { messageId: string } }) => input.messageId
  const read = async (messageId: string) => {
    const variableValues = { input: { source: 't', messageId } }
    const source = 'query ($input: Input!) { echo(input: $input) }'
    return (await graphql({ schema, source, rootValue: { echo }, variableValues })).data?.['echo']
  }
  expect(await Promise.all(['m', 'Message~t~m', 'Message~other~m'].map(read))).toEqual(['m', 'm', 'Message~other~m'])
})

it.each([
  ['a person’s id as it is', 'zoe', 'zoe'],
  ['the global id of a person', 'Person~zoe', 'zoe'],
  ['the global id of an agent', 'Agent~auth0|5~x', 'auth0|5~x'],
  ['the global id of something else', 'Incident~zoe', 'Incident~zoe'],
])('reads %s in lists and nested inputs', async (_, given, own) => {
  const schema = withOwnIds(
    buildSchema(`
      input PersonInput { id: ID!, friends: [PersonInput!] }
      input Input { commandId: ID!, watcherId: [ID], person: PersonInput }
      type Query { echo(input: Input!, ticketId: ID): String }`),
  )
  const echo = (args: unknown) => JSON.stringify(args)
  const source = 'query ($input: Input!, $ticketId: ID) { echo(input: $input, ticketId: $ticketId) }'
  const variableValues = {
    input: { commandId: given, watcherId: [given, null], person: { id: given, friends: [{ id: given }] } },
    ticketId: given,
  }
  const { data, errors } = await graphql({ schema, source, rootValue: { echo }, variableValues })
  expect(errors).toBeUndefined()
  expect(JSON.parse(String(data?.['echo']))).toEqual({
    input: { commandId: given, watcherId: [own, null], person: { id: own, friends: [{ id: own }] } },
    ticketId: given,
  })
})
