import { activityLimits } from '@guichet/domain'
import type { Page, Slice } from '@guichet/projections'
import type { StoredActivity } from '@guichet/workflows'
import type { CodedRefusal } from '../../activities/record-activities.ts'
import { recordActivities } from '../../activities/record-activities.ts'
import { isCustomer } from '../../auth/principal.ts'
import { accessToField } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { withoutNestedNulls } from '../command.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { addCustomerType } from '../customer/customer.ts'
import { addViewer } from '../desk/desk.ts'
import { connectionOf, emptySlice, loadNodes, namesOf } from '../paging.ts'
import { addResultTypes, payloadOf } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isViewerThemselves } from '../shared-access.ts'

/** Adds `Activity`, `recordActivities`, and the activities of the viewer and of each customer. */
export function addActivities(schema: SchemaParts): void {
  const { builder, use } = schema
  const customer = use(addCustomerType)
  const viewer = use(addViewer)
  const activity = builder.objectRef<StoredActivity>('Activity')
  builder.node(activity, {
    description: 'Something that a customer did or met in a product, as the product has reported it.',
    id: { description: 'The global id.', resolve: ({ personId, id }) => `${personId}/${id}` },
    loadMany: loadNodes('viewer', loadActivity),
    fields: (t) => ({
      reportedId: t.exposeString('id', { description: 'The id that its sender chose, unique for the customer.' }),
      kind: t.exposeString('kind', {
        description: 'What happened: a kind of the product, or one that the desk has added.',
      }),
      code: t.string({
        nullable: true,
        description: 'What makes two of them the same trouble; null for kinds without codes.',
        resolve: ({ code }) => (code === '' ? undefined : code),
      }),
      at: t.expose('at', { type: 'DateTime', description: 'When it happened, by the clock of the desk.' }),
      page: t.exposeString('page', { nullable: true, description: 'The page, without its query and fragment.' }),
      version: t.exposeString('version', { nullable: true, description: 'The version of what has reported it.' }),
      browser: t.exposeString('browser', { nullable: true, description: 'The browser, such as Firefox 140.' }),
      detail: t.expose('detail', { type: 'JSON', description: 'What belongs to the kind.' }),
    }),
  })
  const [connectionName, edgeName] = namesOf('Activity')
  const connection = builder.connectionObject({ type: activity, ...connectionName }, edgeName)
  builder.objectField(customer, 'activities', (t) =>
    t.connection(
      {
        type: activity,
        nullable: true,
        description:
          'What they did and met, the latest first, for as long as the desk stores it; null if you may not read it.',
        extensions: { cost: 10 },
        resolve: ({ id }, args, context) =>
          accessToField('Customer.activities', context.principal) === 'none'
            ? null
            : connectionOf(`activities-of:${id}`, args, (page) => pageOf(id, page, context)),
      },
      connection,
    ),
  )
  builder.objectField(viewer, 'activities', (t) =>
    t.connection(
      {
        type: activity,
        description: 'What you did and met, the latest first, for as long as the desk stores it.',
        extensions: { cost: 10 },
        resolve: (bearer, args, context) =>
          connectionOf('own-activities', args, async (page) =>
            isCustomer(bearer) ? pageOf(bearer.id, page, context) : emptySlice,
          ),
      },
      connection,
    ),
  )
  addRecordActivities(schema)
}

/** An activity by the ids of its person and its own, which has no slash. */
async function loadActivity(key: string, context: ApiContext): Promise<StoredActivity | undefined> {
  const separator = key.lastIndexOf('/')
  const [personId, id] = [key.slice(0, separator), key.slice(separator + 1)]
  const mayRead = seesOwnOnly(context)
    ? await isViewerThemselves(personId, context)
    : accessToField('Customer.activities', context.principal) !== 'none'
  return mayRead ? context.services.activities?.find(personId, id) : undefined
}

/** A page of the activities of a person, under all ids that were merged. */
async function pageOf(personId: string, page: Page, { services, loaders }: ApiContext): Promise<Slice<StoredActivity>> {
  const { activities } = services
  return activities?.pageOf([...(await loaders.mergedCustomers.load(personId))], page) ?? emptySlice
}

type RecordedResult = CommandResult & {
  readonly stored?: number | undefined
  readonly refused?: readonly CodedRefusal[] | undefined
}

function addRecordActivities({ builder, use }: SchemaParts): void {
  const { payload } = use(addResultTypes)
  const activityInput = builder.inputType('ActivityInput', {
    description: 'An activity as a product reports it.',
    fields: (t) => ({
      id: t.string({
        required: true,
        description: 'Chosen by the sender: an activity that is sent again under its id is stored once.',
      }),
      kind: t.string({ required: true, description: 'What happened.' }),
      at: t.field({ type: 'DateTime', required: true, description: 'When it happened, by the clock of the sender.' }),
      page: t.string({ description: 'The page. Its query and its fragment are not stored.' }),
      version: t.string({ description: 'The version of the product that reports.' }),
      detail: t.field({ type: 'JSON', description: 'What belongs to the kind: an object.' }),
      customerId: t.id({ description: 'Whose activity it is. Only for services, which need it.' }),
    }),
  })
  const input = builder.inputType('RecordActivitiesInput', {
    description: 'A batch of activities.',
    fields: (t) => ({
      sentAt: t.field({
        type: 'DateTime',
        required: true,
        description: 'When the batch is sent, by the same clock as the activities.',
      }),
      activities: t.field({
        type: [activityInput],
        required: true,
        description: `The activities, 1 to ${activityLimits.batch}.`,
      }),
    }),
  })
  const refusedActivity = builder.objectRef<CodedRefusal>('RefusedActivity').implement({
    description: 'An activity of a batch that is not stored.',
    fields: (t) => ({
      index: t.exposeInt('index', { description: 'Its index in the batch, from 0.' }),
      code: t.exposeString('code', { description: 'The code of docs/errors.md.' }),
      message: t.exposeString('message', { description: 'Why, with the field that is at fault.' }),
    }),
  })
  const recorded = builder.objectRef<RecordedResult>(payloadOf('recordActivities')).implement({
    interfaces: [payload],
    fields: (t) => ({
      readModelsReached: t.boolean({ description: 'Always true: no read model shows it.', resolve: () => true }),
      stored: t.int({
        description: 'How many activities are stored, also those that were before.',
        resolve: ({ stored = 0 }) => stored,
      }),
      refused: t.field({
        type: [refusedActivity],
        description: 'Those that are not, each by itself.',
        resolve: ({ refused = [] }) => refused,
      }),
    }),
  })
  builder.mutationField('recordActivities', (t) =>
    t.field({
      type: recorded,
      description:
        'Reports what customers did and met in a product: your own activities or, for services, those of the customers that they name. `POST /activities` takes the same.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_, { input: { sentAt, activities } }, context): Promise<RecordedResult> => {
        const { services, userAgent, address } = context
        const batch = {
          sentAt,
          activities: activities.map(({ detail, ...rest }) => ({
            ...withoutNestedNulls(rest),
            ...(detail != null && { detail }),
          })),
        }
        const outcome = await recordActivities(batch, { principal: viewerOf(context), userAgent, address }, services)
        return { id: undefined, executed: undefined, userErrors: [], ...outcome }
      },
    }),
  )
}
