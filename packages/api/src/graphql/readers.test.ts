import type { GraphQLSchema } from 'graphql'
import { graphql } from 'graphql'
import { describe, expect, it } from 'vitest'
import { isCustomer, roles } from '../auth/principal.ts'
import { createBuilder } from './builder.ts'
import { deskOnly, hideFromCustomers, objectTypesOf, readersOf } from './readers.ts'
import { createSchema } from './schema.ts'

type Thing = { readonly label: string; readonly secret: string; readonly tags: readonly string[] }

/** A schema with one type that has fields of the desk, one of them with a resolver that counts its calls. */
function schemaOfThings(onSecret: () => void): GraphQLSchema {
  const builder = createBuilder()
  const thing = builder.objectRef<Thing>('Thing').implement({
    fields: (t) => ({
      label: t.exposeString('label'),
      tags: t.exposeStringList('tags', { extensions: deskOnly }),
      secret: t.string({
        nullable: true,
        extensions: deskOnly,
        resolve: ({ secret }) => {
          onSecret()
          return secret
        },
      }),
    }),
  })
  builder.queryType({
    fields: (t) => ({
      thing: t.field({ type: thing, resolve: () => ({ label: 'a', secret: 'b', tags: ['c'] }) }),
    }),
  })
  return hideFromCustomers(builder.toSchema())
}

const source = '{ thing { label secret tags } }'

describe('a field of the desk', () => {
  it.each(roles)(
    'is null or empty for customers and visitors, and resolved for nobody but the desk: %s',
    async (role) => {
      let resolved = 0
      const schema = schemaOfThings(() => resolved++)
      const { data } = await graphql({ schema, source, contextValue: { principal: { id: 'p', role, expiresAt: 0 } } })
      const hidden = { label: 'a', secret: null, tags: [] }
      expect(data).toEqual({ thing: isCustomer({ role }) ? hidden : { label: 'a', secret: 'b', tags: ['c'] } })
      expect(resolved).toBe(isCustomer({ role }) ? 0 : 1)
    },
  )

  it('is hidden from callers without a token', async () => {
    const { data } = await graphql({ schema: schemaOfThings(() => undefined), source, contextValue: {} })
    expect(data).toEqual({ thing: { label: 'a', secret: null, tags: [] } })
  })

  it('has to be nullable or a list', () => {
    const builder = createBuilder()
    builder.queryType({ fields: (t) => ({ secret: t.string({ extensions: deskOnly, resolve: () => 'b' }) }) })
    expect(() => hideFromCustomers(builder.toSchema())).toThrow('Query.secret can be neither null nor empty')
  })
})

describe('the readers of a field', () => {
  const schema = createSchema()
  const readers = readersOf(schema)
  const of = (field: string): string => [...(readers.get(field) ?? [])].toSorted().join(' ')

  it.each([
    ['Ticket.subject', 'admin agent auditor customer service supervisor visitor'],
    ['Ticket.tags', 'admin agent auditor service supervisor'],
    ['Chat.lastMessage', 'admin agent auditor customer service supervisor visitor'],
    ['Chat.participants', 'admin agent auditor service supervisor'],
    ['Customer.notes', 'admin agent auditor service supervisor'],
    ['AuditEntry.reason', 'admin auditor supervisor'],
    ['Agent.timeInAvailability', 'admin agent auditor service supervisor'],
    ['CustomerReplied.body', 'admin agent auditor customer service supervisor visitor'],
    ['InternalNoteAdded.body', 'admin agent auditor service supervisor'],
    ['SlaTargetRecordConnection.pageInfo', 'admin agent auditor customer service supervisor visitor'],
    ['SlaTargetRecordConnection.nodes', 'admin agent auditor service supervisor'],
  ])('follow from the operations that lead to it: %s', (field, roles) => expect(of(field)).toBe(roles))

  it('are somebody, but for versions that only customers would be sent', () => {
    const fields = objectTypesOf(schema)
      .filter((type) => ![schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type))
      .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
    expect(fields.filter((field) => !readers.has(field))).toEqual([
      'LeaveChatMessagePayload.version',
      'RecordDeflectionPayload.version',
      'SubscribeToPushPayload.version',
      'UnsubscribeFromPushPayload.version',
      'ViewArticlePayload.version',
    ])
  })
})
