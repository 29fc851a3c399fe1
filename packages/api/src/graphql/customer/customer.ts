import type { CustomerIdentity, CustomerRecord, FieldValue, Result, SharedWith } from '@guichet/domain'
import { accept, customerBy, deny, instant, line, personId, refusal, sharedWith } from '@guichet/domain'
import type { CustomerFigures, CustomerRow, OrganisationRow } from '@guichet/projections'
import { nameOfCustomer, projectionsBehind, slaModels } from '@guichet/projections'
import { z } from 'zod'
import { normalEmail, normalPhone } from '@guichet/desk/contacts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds } from '../builder.ts'
import type { ChatView } from '../chat/chat.ts'
import { addChatType } from '../chat/chat.ts'
import { visibilityOf } from '../context.ts'
import { readFilter } from '../filter.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import type { TicketView } from '../ticket/ticket.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { addPeople, enumOf } from '../vocabulary.ts'

type OwnField = readonly [name: string, value: FieldValue]

const loadCustomer = async (id: string, { read }: ApiContext): Promise<CustomerRow | undefined> =>
  personId.safeParse(id).success ? (await (await read('customers')).byIds([id]))[0] : undefined

const loadOrganisation = async (id: string, { read }: ApiContext): Promise<OrganisationRow | undefined> =>
  personId.safeParse(id).success ? (await (await read('customers')).organisationsByIds([id]))[0] : undefined

const sharedWithWhom: Readonly<Record<SharedWith, string>> = {
  nobody: 'Nobody: each member sees their own.',
  managers: 'The managers of the organisation.',
  members: 'All members.',
}

/** Adds `Customer` and `Organisation`, for the desk only. */
export function addCustomerTypes({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const { chat } = use(addChatType)
  const { actor } = use(addPeople)
  const customer = builder.objectRef<CustomerRow>('Customer')
  const organisation = builder.objectRef<OrganisationRow>('Organisation')
  const ownField = builder.objectRef<OwnField>('OwnField').implement({
    description: 'The value of a field that the desk has defined in its configuration.',
    fields: (t) => ({
      name: t.string({ description: 'The name of the field.', resolve: ([name]) => name }),
      value: t.string({ description: 'The value as a text.', resolve: ([, value]) => String(value) }),
    }),
  })
  const sharedWithEnum = enumOf(builder, 'SharedWith', sharedWith, {
    description: 'Who sees the tickets and chats of the members of an organisation, besides their own.',
    describe: (word) => sharedWithWhom[word],
  })
  const email = builder.objectRef<CustomerRecord['emails'][number]>('CustomerEmail').implement({
    description: 'An e-mail address of a customer.',
    fields: (t) => ({
      address: t.exposeString('address', { description: 'The address; its domain is in lower case and ASCII.' }),
      verified: t.exposeBoolean('verified', { description: 'Whether it is known to be theirs.' }),
    }),
  })
  const phone = builder.objectRef<CustomerRecord['phones'][number]>('CustomerPhone').implement({
    description: 'A telephone number of a customer.',
    fields: (t) => ({
      number: t.exposeString('number', { description: 'The number in E.164.' }),
      verified: t.exposeBoolean('verified', { description: 'Whether it is known to be theirs.' }),
    }),
  })
  const externalId = builder.objectRef<CustomerRecord['externalIds'][number]>('CustomerExternalId').implement({
    description: 'The id of a customer in another system.',
    fields: (t) => ({
      system: t.exposeString('system', { description: 'The other system.' }),
      value: t.exposeString('id', { description: 'The id there.' }),
    }),
  })
  const note = builder
    .objectRef<CustomerRecord['notes'][number] & { readonly customerId: string; readonly number: number }>(
      'CustomerNote',
    )
    .implement({
      description: 'A note of the desk about a customer.',
      fields: (t) => ({
        id: t.id({
          description: 'The global id, unique across all types.',
          resolve: ({ customerId, number }) => globalId('CustomerNote', joinIds(number, customerId)),
        }),
        at: t.expose('at', { type: 'DateTime', description: 'When it was written.' }),
        by: t.expose('by', { type: actor, description: 'Who wrote it.' }),
        body: t.exposeString('body', { description: 'The note.' }),
      }),
    })
  const block = builder.objectRef<NonNullable<CustomerRecord['blocked']>>('CustomerBlock').implement({
    description: 'Why a customer is blocked.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', description: 'Since when.' }),
      by: t.expose('by', { type: actor, description: 'Who blocked them.' }),
      reason: t.exposeString('reason', { description: 'The reason, for the desk.' }),
    }),
  })
  const figures = builder.objectRef<CustomerFigures>('CustomerFigures').implement({
    description: 'What the desk has done for a customer, and for those who were merged into them.',
    fields: (t) => ({
      open: t.exposeInt('open', { description: 'The number of open tickets.' }),
      past: t.exposeInt('past', { description: 'The number of resolved and closed tickets.' }),
      lastThirtyDays: t.exposeInt('lastThirtyDays', {
        description: 'The number of tickets that were opened in the last 30 days.',
      }),
      openChats: t.exposeInt('openChats', { description: 'The number of chats that wait or are under way.' }),
      pastChats: t.exposeInt('pastChats', { description: 'The number of closed chats.' }),
      chatsLastThirtyDays: t.exposeInt('chatsLastThirtyDays', {
        description: 'The number of chats that were started in the last 30 days.',
      }),
      promisesOpen: t.exposeInt('promisesOpen', { description: 'The number of SLA targets that still run.' }),
      promisesKept: t.exposeInt('promisesKept', { description: 'The number of SLA targets that were met.' }),
      promisesMissed: t.exposeInt('promisesMissed', { description: 'The number of SLA targets that were missed.' }),
    }),
  })
  const text = (description: string, of: (record: CustomerRecord) => string | undefined) => ({ description, of })
  const details = {
    name: text('The whole name.', (record) => nameOfCustomer(record)),
    firstName: text('The first name.', ({ details }) => details.firstName),
    lastName: text('The family name.', ({ details }) => details.lastName),
    language: text('The language that they prefer.', ({ details }) => details.language),
    country: text('The country where they are.', ({ details }) => details.country),
    timeZone: text('The IANA time zone where they are.', ({ details }) => details.timeZone),
    plan: text('The plan that they have.', ({ details }) => details.plan),
    segment: text('The segment of customers that they belong to.', ({ details }) => details.segment),
  }
  builder.node(customer, {
    description: 'A customer of the desk.',
    id: { description: 'The global id. Queries and mutations take it as well as `userId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('customer', loadCustomer),
    fields: (t) => ({
      userId: t.exposeID('id', { description: 'The id by which the desk and its tokens identify the person.' }),
      version: t.exposeInt('version', { description: 'The version of the record.' }),
      ...Object.fromEntries(
        Object.entries(details).map(([name, { description, of }]) => [
          name,
          t.string({ nullable: true, description, resolve: ({ customer: record }) => of(record) }),
        ]),
      ),
      emails: t.field({
        type: [email],
        description: 'The e-mail addresses.',
        resolve: ({ customer: { emails } }) => emails,
      }),
      phones: t.field({
        type: [phone],
        description: 'The telephone numbers.',
        resolve: ({ customer: { phones } }) => phones,
      }),
      externalIds: t.field({
        type: [externalId],
        description: 'The ids of the customer in other systems.',
        resolve: ({ customer: { externalIds } }) => externalIds,
      }),
      fields: t.field({
        type: [ownField],
        description: 'The values of own fields.',
        resolve: ({ customer: { fields } }) => Object.entries(fields),
      }),
      notes: t.field({
        type: [note],
        description: 'The notes of the desk.',
        resolve: ({ id, customer: { notes } }) =>
          notes.map((each, index) => ({ ...each, customerId: id, number: index + 1 })),
      }),
      blocked: t.field({
        type: block,
        nullable: true,
        description: 'Why the customer is blocked; null for one who is not.',
        resolve: ({ customer: { blocked } }) => blocked,
      }),
      mergedInto: t.field({
        type: customer,
        nullable: true,
        description: 'The customer that this one was merged into.',
        extensions: { cost: 10 },
        resolve: ({ customer: { mergedInto } }, _, context) =>
          mergedInto === undefined ? undefined : loadCustomer(mergedInto, context),
      }),
      merged: t.field({
        type: ['ID'],
        description: 'The ids of all customers who were merged into this one, over any number of merges.',
        extensions: { cost: 10 },
        resolve: async ({ id }, _, { read }) =>
          (await (await read('customers')).withMerged(id)).filter((each) => each !== id),
      }),
      organisation: t.field({
        type: organisation,
        nullable: true,
        description: 'The organisation that they belong to: their own, else that of the domain of a verified address.',
        extensions: { cost: 10 },
        resolve: async ({ id }, _, context) => {
          const organisationId = await (await context.read('customers')).organisationOf(id)
          return organisationId === undefined ? undefined : loadOrganisation(organisationId, context)
        },
      }),
      figures: t.field({
        type: figures,
        description: 'What the desk has done for them.',
        extensions: { cost: 100 },
        resolve: async ({ id }, _, { read }) => {
          const models = [
            ...projectionsBehind.customers,
            ...projectionsBehind.tickets,
            ...projectionsBehind.chats,
            ...slaModels,
          ]
          const [row] = await (await read('customers', models)).figures([{ id, now: instant(new Date()) }])
          if (!row) throw new Error(`there are no figures of ${id}`)
          return row
        },
      }),
      tickets: t.connection(
        {
          type: ticket,
          description: 'Their tickets, and those of customers who were merged into them, the newest first.',
          extensions: { cost: 10 },
          resolve: ({ id }, args, context) =>
            connectionOf<TicketView>(`tickets-of:${id}`, args, async (page) => {
              const ids = await (await context.read('customers')).withMerged(id)
              const order = { by: 'openedAt', direction: 'desc' } as const
              return (await context.read('tickets')).list({ customerId: ids }, order, page, visibilityOf(context))
            }),
        },
        { name: 'CustomerTicketsConnection' },
        { name: 'CustomerTicketsEdge' },
      ),
      chats: t.connection(
        {
          type: chat,
          description: 'Their chats, and those of customers who were merged into them, the newest first.',
          extensions: { cost: 10 },
          resolve: ({ id }, args, context) =>
            connectionOf<ChatView>(`chats-of:${id}`, args, async (page) => {
              const customerId = await (await context.read('customers')).withMerged(id)
              const order = { by: 'startedAt', direction: 'desc' } as const
              return (await context.read('chats')).list({ customerId }, order, page, visibilityOf(context))
            }),
        },
        { name: 'CustomerChatsConnection' },
        { name: 'CustomerChatsEdge' },
      ),
      registeredAt: t.field({
        type: 'DateTime',
        description: 'When they became known.',
        resolve: ({ customer: { registeredAt } }) => registeredAt,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When the record last changed.',
        resolve: ({ customer: { updatedAt } }) => updatedAt,
      }),
    }),
  })
  builder.node(organisation, {
    description: 'An organisation that customers belong to.',
    id: { description: 'The global id. Queries and mutations take it as well as `key`.', resolve: ({ id }) => id },
    loadMany: loadNodes('organisation', loadOrganisation),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'The id in commands and on the command line.' }),
      version: t.exposeInt('version', { description: 'The version of the record.' }),
      name: t.string({ description: 'The name.', resolve: (row) => row.organisation.name }),
      plan: t.string({ nullable: true, description: 'The plan that it has.', resolve: (row) => row.organisation.plan }),
      industry: t.string({
        nullable: true,
        description: 'The industry.',
        resolve: (row) => row.organisation.industry,
      }),
      size: t.int({
        nullable: true,
        description: 'The number of people who work there.',
        resolve: (row) => row.organisation.size,
      }),
      customerSince: t.field({
        type: 'Date',
        nullable: true,
        description: 'The day since which it has been a customer.',
        resolve: (row) => row.organisation.customerSince,
      }),
      domains: t.stringList({
        description: 'The domains of e-mail addresses by which customers belong to it.',
        resolve: (row) => row.organisation.domains,
      }),
      sharedWith: t.field({
        type: sharedWithEnum,
        nullable: true,
        description: 'Who sees the tickets and chats of its members; null where the configuration says so.',
        resolve: (row) => row.organisation.sharedWith,
      }),
      managers: t.idList({
        description: 'The ids of the members who are its managers.',
        resolve: (row) => row.organisation.managers,
      }),
      fields: t.field({
        type: [ownField],
        description: 'The values of own fields.',
        resolve: (row) => Object.entries(row.organisation.fields),
      }),
    }),
  })
  builder.objectField(chat, 'customerRecord', (t) =>
    t.field({
      type: customer,
      nullable: true,
      description:
        'What the desk knows of its customer, merges followed; null for a visitor of whom nothing is recorded, and for customers.',
      extensions: { ...deskOnly, cost: 5 },
      resolve: ({ customer: { id } }, _, { loaders }) => loaders.customer.load(id),
    }),
  )
  const identityInput = builder.inputType('CustomerIdentityInput', {
    description: 'What identifies one customer: exactly one of the fields.',
    fields: (t) => ({
      email: t.string({ description: 'A verified e-mail address.' }),
      phone: t.string({ description: 'A verified telephone number, with its country code.' }),
      externalId: t.field({ type: externalIdInput, description: 'The id in another system.' }),
    }),
  })
  const externalIdInput = builder.inputType('CustomerExternalIdInput', {
    fields: (t) => ({
      system: t.string({ required: true, description: 'The other system.' }),
      value: t.string({ required: true, description: 'The id there.' }),
    }),
  })
  return { customer, organisation, identityInput }
}

type IdentityInput = {
  readonly email?: string | null | undefined
  readonly phone?: string | null | undefined
  readonly externalId?: { readonly system: string; readonly value: string } | null | undefined
}

/** An identity in its normal form. @throws `malformed_input` unless exactly one field is given. */
export function identityOf({ email, phone, externalId }: IdentityInput): Result<CustomerIdentity> {
  if ([email, phone, externalId].filter((each) => each != null).length !== 1)
    throw edgeError('malformed_input', 'identity: give exactly one of email, phone and externalId')
  if (externalId) return accept({ externalId: { system: externalId.system, id: externalId.value } })
  if (email != null) {
    const address = normalEmail(email)
    return address === undefined
      ? deny(refusal('email_invalid', { field: 'identity.email' }))
      : accept({ email: address })
  }
  const number = normalPhone(phone ?? '')
  return number === undefined ? deny(refusal('phone_invalid', { field: 'identity.phone' })) : accept({ phone: number })
}

const search = line(200).optional()
const filterSchema = z.object({ search, organisationId: personId.optional() })

/** `customer`, `customers`, `customerByIdentity`, `organisation` and `organisations`. */
export function addCustomerQueries({ builder, use }: SchemaParts): void {
  const { customer, organisation, identityInput } = use(addCustomerTypes)
  const filterInput = builder.inputType('CustomerFilter', {
    description: 'Which customers to list. A customer must meet all conditions given.',
    fields: (t) => ({
      search: t.string({
        description:
          'Words that names, addresses, ids and own fields begin with, all of which must be found, or digits of a telephone number. Accents, case and the spelling of umlauts (ü, ue) make no difference; Chinese, Japanese and Korean match by any part. Also finds customers who were merged.',
      }),
      organisationId: t.id({ description: 'Members of this organisation.' }),
    }),
  })
  builder.queryFields((t) => ({
    customer: t.field({
      type: customer,
      nullable: true,
      description: 'A customer by id; null if there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, context) => loadCustomer(id, context),
    }),
    customers: t.connection(
      {
        type: customer,
        description: 'Customers by name.',
        args: { filter: t.arg({ type: filterInput }) },
        resolve: (_, { filter, ...args }, { read }) =>
          connectionOf('customers', args, async (page) =>
            (await read('customers')).list(readFilter(filterSchema, filter), page),
          ),
      },
      ...namesOf('Customer'),
    ),
    customerByIdentity: t.field({
      type: customer,
      nullable: true,
      description:
        'The customer whom a verified address or number, or an id in another system, leads to, merges followed; null if it leads to nobody.',
      args: { identity: t.arg({ type: identityInput, required: true, description: 'What identifies them.' }) },
      resolve: async (_, { identity }, context) => {
        const by = identityOf(identity)
        const customerId = by.ok ? await customerBy(context.services.desk, by.value) : undefined
        return customerId === undefined ? undefined : loadCustomer(customerId, context)
      },
    }),
    organisation: t.field({
      type: organisation,
      nullable: true,
      description: 'An organisation by id; null if there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, context) => loadOrganisation(id, context),
    }),
    organisations: t.connection(
      {
        type: organisation,
        description: 'Organisations by name.',
        args: { search: t.arg.string({ description: 'Words that names, industries and domains begin with.' }) },
        resolve: (_, { search: query, ...args }, { read }) =>
          connectionOf('organisations', args, async (page) =>
            (await read('customers')).organisations(readFilter(z.object({ search }), { search: query }), page),
          ),
      },
      ...namesOf('Organisation'),
    ),
  }))
}
