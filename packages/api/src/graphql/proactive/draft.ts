import { z } from 'zod'
import type { DraftStatus, SuspicionRule } from '@guichet/domain'
import { draftStatuses, personId, suspicionRules, withheldCauseOf } from '@guichet/domain'
import type { DraftRow } from '@guichet/projections'
import { draftRowId } from '@guichet/projections'
import { isCustomer } from '../../auth/principal.ts'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { addCustomerType } from '../customer/customer.ts'
import { addViewer } from '../desk/desk.ts'
import { list, readFilter } from '../filter.ts'
import { connectionOf, emptySlice, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { addVocabulary, enumOf } from '../vocabulary.ts'
import type { DraftView } from './draft-access.ts'
import { areSwitchedOff, idsOfPerson, idsOfViewer, loadDraft } from './draft-access.ts'
import { addWithheldCause } from './draft-outcomes.ts'
import { reasonsFor, textFor } from './draft-wording.ts'

const statusNames: Readonly<Record<DraftStatus, string>> = {
  in_review: 'It waits for its review: its customer does not see it.',
  offered: 'Its customer sees it, and may open or dismiss it.',
  withheld:
    'Its customer does not see it: a review says so, or it is in the holdout, which measures the effect of the others.',
  opened: 'It has become a ticket.',
  dismissed: 'Its customer does not need it.',
  reported: 'Another ticket was opened for its customer, which is probably about the same.',
  lapsed: 'Nobody has decided on it in time.',
}

const ruleNames: Readonly<Record<SuspicionRule, string>> = {
  repeated: 'The same trouble came again and again.',
  searches: 'Searches in the help ended without an opened article.',
  rising: 'There were many more errors than in the days before.',
}

/** Adds `Draft`. */
export function addDraftType({ builder, use }: SchemaParts) {
  const { priority } = use(addVocabulary)
  const ticket = use(addTicketType)
  const customer = use(addCustomerType)
  const evidence = use(addSuspicionEvidence)
  const withheldCause = use(addWithheldCause)
  const status = enumOf(builder, 'DraftStatus', draftStatuses, {
    description: 'What has become of a draft.',
    describe: (word) => statusNames[word],
  })
  const rule = enumOf(builder, 'SuspicionRule', suspicionRules, {
    description: 'A rule by which trouble is suspected.',
    describe: (word) => ruleNames[word],
  })
  const draft = builder.objectRef<DraftView>('Draft')
  builder.node(draft, {
    description: 'A ticket that is already written, about trouble that its customer probably has.',
    id: { description: 'The global id.', resolve: ({ id }) => id },
    loadMany: loadNodes('viewer', loadDraft),
    fields: (t) => ({
      number: t.int({
        description: 'The number among the drafts of its customer, from 1. Mutations take it.',
        resolve: ({ draft: { number } }) => number,
      }),
      status: t.field({
        type: status,
        description: 'What has become of it.',
        resolve: ({ draft: { status: word } }) => word,
      }),
      ...wordingFields(t),
      confidence: t.float({
        description: 'How certain the trouble is: the share that chance does not explain, from 0 to 0.99.',
        resolve: ({ draft: { suspicion } }) => suspicion.confidence,
      }),
      reasons: t.stringList({
        description: 'Why the trouble is suspected, in sentences, the most important first.',
        args: { language: t.arg.string({ description: 'Their language; by default yours.' }) },
        resolve: async ({ draft: each }, { language }, context) => [...(await reasonsFor(each, context, language))],
      }),
      suspectedAt: t.field({
        type: 'DateTime',
        description: 'When the trouble was suspected.',
        resolve: ({ draft: { suspectedAt } }) => suspectedAt,
      }),
      lapsesAt: t.field({
        type: 'DateTime',
        description: 'When it lapses, or would have lapsed, unless somebody decides.',
        resolve: ({ draft: { lapsesAt } }) => lapsesAt,
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket that it was opened as; null if you may not see it, too.',
        extensions: { cost: 5 },
        resolve: ({ draft: { ticket: opened } }, _, { loaders }) => (opened ? loaders.ticket.load(opened.id) : null),
      }),
      customer: t.field({
        type: customer,
        nullable: true,
        description: 'Its customer; null where nothing is recorded of them, and for customers.',
        extensions: { ...deskOnly, cost: 5 },
        resolve: ({ customerId }, _, { loaders }) => loaders.customer.load(customerId),
      }),
      customerId: t.id({
        description:
          'Whose it is, as mutations take it. For customers, their own id, or one that was merged with theirs, such as that of a visitor whom they have claimed.',
        resolve: ({ customerId }) => customerId,
      }),
      withheldCause: t.field({
        type: withheldCause,
        nullable: true,
        description: 'Why it is withheld; null for other drafts, and for customers.',
        extensions: deskOnly,
        resolve: ({ draft: each }) => withheldCauseOf(each),
      }),
      rule: t.field({
        type: rule,
        nullable: true,
        description: 'The rule by which the trouble is suspected; null for customers.',
        extensions: deskOnly,
        resolve: ({ draft: { suspicion } }) => suspicion.rule,
      }),
      priority: t.field({
        type: priority,
        nullable: true,
        description: 'The priority that its ticket gets; null for customers.',
        extensions: deskOnly,
        resolve: ({ draft: { suspicion } }) => suspicion.priority,
      }),
      analyser: t.string({
        nullable: true,
        description: 'What has analysed the activities, such as `rules`; null for customers.',
        extensions: deskOnly,
        resolve: ({ draft: { analyser } }) => analyser,
      }),
      evidence: t.field({
        type: [evidence],
        description: 'All trouble that was counted, the most frequent first; empty for customers.',
        extensions: deskOnly,
        resolve: ({ draft: { suspicion } }) => suspicion.evidence,
      }),
    }),
  })
  const [connectionName, edgeName] = namesOf('Draft')
  const connection = builder.connectionObject({ type: draft, ...connectionName }, edgeName)
  return { draft, connection, status, rule }
}

/** The wording of a draft: in a language of its reader until it is opened, then as its customer has sent it. */
const wordingFields = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, DraftView>) => ({
  subject: t.string({
    description: 'The subject of the ticket; once opened, as its customer has sent it.',
    args: { language: t.arg.string({ description: 'Its language until then; by default yours.' }) },
    resolve: async ({ draft: each }, { language }, context) => (await textFor(each, context, language)).subject,
  }),
  body: t.string({
    description: 'The message of the ticket; once opened, as its customer has sent it.',
    args: { language: t.arg.string({ description: 'Its language until then; by default yours.' }) },
    resolve: async ({ draft: each }, { language }, context) => (await textFor(each, context, language)).body,
  }),
  language: t.string({
    description: 'The language of its subject and message: the closest to yours, until it is opened.',
    resolve: async ({ draft: each }, _, context) => (await textFor(each, context)).language,
  }),
})

/** Adds `SuspicionEvidence`. */
function addSuspicionEvidence({ builder }: SchemaParts) {
  type Evidence = DraftRow['draft']['suspicion']['evidence'][number]
  return builder.objectRef<Evidence>('SuspicionEvidence').implement({
    description: 'How often a trouble came within the time of an analysis.',
    fields: (t) => ({
      fingerprint: t.exposeString('fingerprint', { description: 'The kind and the code of the trouble.' }),
      count: t.exposeInt('count', { description: 'How often it came; repeats within a minute count once.' }),
    }),
  })
}

const filterSchema = z.object({ status: list(z.enum(draftStatuses)), customerId: personId.optional() })

/** Adds `drafts`, and the drafts of the viewer, of each customer and of each ticket. */
export function addDrafts({ builder, use }: SchemaParts): void {
  const { draft, connection, status } = use(addDraftType)
  const ticket = use(addTicketType)
  const filterInput = builder.inputType('DraftFilter', {
    description: 'Which drafts to list. A draft must meet all conditions given.',
    fields: (t) => ({
      status: t.field({ type: [status], description: 'Any of these statuses; `IN_REVIEW` are those to be reviewed.' }),
      customerId: t.id({ description: 'Those of this customer, also under the ids that they were merged with.' }),
    }),
  })
  builder.queryField('drafts', (t) =>
    t.connection(
      {
        type: draft,
        description: 'Drafts of tickets, those that were suspected last at the beginning.',
        args: { filter: t.arg({ type: filterInput, description: 'Which ones; all unless given.' }) },
        extensions: { cost: 100 },
        resolve: async (_, { filter, ...args }, context) => {
          const { customerId, status: statuses } = readFilter(filterSchema, filter)
          const customerIds = customerId === undefined ? undefined : await idsOfPerson(customerId, context)
          return connectionOf('drafts', args, async (page) =>
            (await context.read('drafts')).list({ customerIds, status: statuses }, page),
          )
        },
      },
      connection,
    ),
  )
  use(addDraftsOfPeople)
  builder.objectField(ticket, 'draft', (t) =>
    t.field({
      type: draft,
      nullable: true,
      description: 'The draft that it was opened from, with its analysis; null for other tickets, and for customers.',
      extensions: { ...deskOnly, cost: 5 },
      resolve: ({ draft: origin }, _, context) =>
        origin ? loadDraft(draftRowId(origin.customerId, origin.number), context) : null,
    }),
  )
}

/** Adds the drafts of each customer and of the viewer, and whether they are switched off. */
function addDraftsOfPeople({ builder, use }: SchemaParts): void {
  const { draft, connection } = use(addDraftType)
  const customer = use(addCustomerType)
  const viewer = use(addViewer)
  builder.objectFields(customer, (t) => ({
    drafts: t.connection(
      {
        type: draft,
        description: 'The drafts of tickets that were written for them, the latest first.',
        extensions: { cost: 10 },
        resolve: async ({ id }, args, context) =>
          draftsOf(await idsOfPerson(id, context), `drafts-of:${id}`, args, context),
      },
      connection,
    ),
    draftsSwitchedOff: t.boolean({
      description: 'Whether their activities are not analysed, and they are offered no drafts.',
      extensions: { cost: 5 },
      resolve: async ({ id }, _, context) => areSwitchedOff(await idsOfPerson(id, context), context),
    }),
  }))
  builder.objectFields(viewer, (t) => ({
    drafts: t.connection(
      {
        type: draft,
        description: 'The drafts of tickets that you were offered, the latest first.',
        extensions: { cost: 10 },
        resolve: async (bearer, args, context) =>
          isCustomer(bearer)
            ? draftsOf(await idsOfViewer(context), 'own-drafts', args, context, { areVisible: true })
            : connectionOf<DraftRow>('own-drafts', args, async () => emptySlice),
      },
      connection,
    ),
    draftsSwitchedOff: t.boolean({
      description: 'Whether your activities are not analysed, and you are offered no drafts.',
      extensions: { cost: 5 },
      resolve: async (bearer, _, context) => isCustomer(bearer) && areSwitchedOff(await idsOfViewer(context), context),
    }),
  }))
}

/** The drafts of customers, the latest first, as a list of a name. */
async function draftsOf(
  customerIds: readonly string[],
  list: string,
  args: Parameters<typeof connectionOf>[1],
  context: ApiContext,
  filter: { readonly areVisible?: true } = {},
) {
  return connectionOf(list, args, async (page) => (await context.read('drafts')).list({ customerIds, ...filter }, page))
}
