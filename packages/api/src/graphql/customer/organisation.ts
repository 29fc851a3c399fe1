import type { FieldValue, SharedWith } from '@guichet/domain'
import { line, personId, sharedWith } from '@guichet/domain'
import type { OrganisationRow } from '@guichet/projections'
import { z } from 'zod'
import type { SchemaParts } from '../builder.ts'
import { readFilter } from '../filter.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { enumOf } from '../vocabulary.ts'

type OwnField = readonly [name: string, value: FieldValue]

/** Adds `OwnField`. */
export function addOwnField({ builder }: SchemaParts) {
  return builder.objectRef<OwnField>('OwnField').implement({
    description: 'The value of a field that the desk has defined in its configuration.',
    fields: (t) => ({
      name: t.string({ description: 'The name of the field.', resolve: ([name]) => name }),
      value: t.string({ description: 'The value as a text.', resolve: ([, value]) => String(value) }),
    }),
  })
}

/** Loads an organisation by its id. */
export const loadOrganisation = async (id: string, { read }: ApiContext): Promise<OrganisationRow | undefined> =>
  personId.safeParse(id).success ? (await (await read('customers')).organisationsByIds([id]))[0] : undefined

const sharedWithWhom: Readonly<Record<SharedWith, string>> = {
  nobody: 'Nobody: each member sees their own.',
  managers: 'The managers of the organisation.',
  members: 'All members.',
}

/** Adds `Organisation`, for the desk only. */
export function addOrganisationType({ builder, use }: SchemaParts) {
  const ownField = use(addOwnField)
  const sharedWithEnum = enumOf(builder, 'SharedWith', sharedWith, {
    description: 'Who sees the tickets and chats of the members of an organisation, besides their own.',
    describe: (word) => sharedWithWhom[word],
  })
  const organisation = builder.objectRef<OrganisationRow>('Organisation')
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
  return organisation
}

/** The words that customers and organisations are searched by. */
export const search = line(200).optional()

/** `organisation` and `organisations`. */
export function addOrganisationQueries({ builder, use }: SchemaParts): void {
  const organisation = use(addOrganisationType)
  builder.queryFields((t) => ({
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
