import type { CustomerRecord, LanguageSource } from '@guichet/domain'
import { customerBy, languageSources, personId } from '@guichet/domain'
import type { CustomerRow } from '@guichet/projections'
import { nameOfCustomer } from '@guichet/projections'
import { z } from 'zod'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds } from '../builder.ts'
import { readFilter } from '../filter.ts'
import { languageOfCustomerBySource } from '../customer-language.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addPeople, enumOf } from '../vocabulary.ts'
import { addIdentityInput, identityOf } from './customer-identity.ts'
import { addOrganisationType, addOwnField, loadOrganisation, search } from './organisation.ts'

const loadCustomer = async (id: string, { read }: ApiContext): Promise<CustomerRow | undefined> =>
  personId.safeParse(id).success ? (await (await read('customers')).byIds([id]))[0] : undefined

function addContacts({ builder }: SchemaParts) {
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
  return { email, phone, externalId }
}

function addNotes({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
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
  return { note, block }
}

const text = (description: string, of: (record: CustomerRecord) => string | undefined) => ({ description, of })

const sourceNames: Readonly<Record<LanguageSource, string>> = {
  stated: 'They have chosen it, or their host says so.',
  corrected: 'Somebody of the desk has recorded it.',
  browser: 'Their browser asks for it.',
  country: 'It is that of their country.',
  detected: 'Their words are in it.',
}

/** The details of a customer that are texts, by the names of their fields. */
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

/** Adds `Customer`, for the desk only. */
export function addCustomerType({ builder, use }: SchemaParts) {
  const organisation = use(addOrganisationType)
  const ownField = use(addOwnField)
  const { email, phone, externalId } = use(addContacts)
  const { note, block } = use(addNotes)
  const languageSource = enumOf(builder, 'CustomerLanguageSource', languageSources, {
    description: 'What says in which language a customer is addressed.',
    describe: (source) => sourceNames[source],
  })
  const customer = builder.objectRef<CustomerRow>('Customer')
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
      spokenLanguage: t.string({
        nullable: true,
        description:
          'The language in which they are addressed: what they have chosen or their host says, else what the desk has recorded, else that of their country, else that of their words. The last two only where the desk speaks it.',
        extensions: { cost: 2 },
        resolve: async ({ id }, _, context) => (await languageOfCustomerBySource(id, context))?.language,
      }),
      languageSource: t.field({
        type: languageSource,
        nullable: true,
        description: 'What `spokenLanguage` follows from.',
        extensions: { cost: 2 },
        resolve: async ({ id }, _, context) => (await languageOfCustomerBySource(id, context))?.source,
      }),
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
  return customer
}

const filterSchema = z.object({ search, organisationId: personId.optional() })

/** `customer`, `customers` and `customerByIdentity`. */
export function addCustomerQueries({ builder, use }: SchemaParts): void {
  const customer = use(addCustomerType)
  const identityInput = use(addIdentityInput)
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
  }))
}
