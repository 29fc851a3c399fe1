import type { MergedCustomers } from '@guichet/domain'
import { customersSharedWith, draftsOfPerson, isVisibleDraft, sharesChatsOf } from '@guichet/domain'
import type { DraftRow } from '@guichet/projections'
import { draftRowId } from '@guichet/projections'
import { seesOwnOnly, viewerOf } from '../context.ts'
import type { ApiContext } from '../services.ts'

/** A draft, and whose it is. */
export type DraftView = Pick<DraftRow, 'id' | 'customerId' | 'draft'>

/** A customer, and all who were merged into them. */
export const idsOfPerson = async (customerId: string, { loaders }: ApiContext): Promise<readonly string[]> => [
  ...(await loaders.mergedCustomers.load(customerId)),
]

/** The customers whose drafts somebody has, whoever survives their merges first. */
export const idsSharedWith = (id: string, context: ApiContext): Promise<readonly string[]> =>
  customersSharedWith({ read: context.services.desk.readRecent }, id, mergedCustomersIn(context))

/** The customers whose drafts the viewer has, the viewer's survivor first. */
export const idsOfViewer = (context: ApiContext): Promise<readonly string[]> =>
  idsSharedWith(viewerOf(context).id, context)

/** Who was merged into customers or claimed by them, by the read model. */
const mergedCustomersIn = (context: ApiContext): MergedCustomers => ({
  withMerged: async (id) => [...(await context.loaders.mergedCustomers.load(id))],
})

/**
 * Whether what may solve the trouble of a draft is read as its customer reads it: by customers, and by services, which show
 * drafts to them.
 */
export const readsAsCustomer = (context: ApiContext): boolean =>
  seesOwnOnly(context) || viewerOf(context).role === 'service'

/** The customers whose tickets may solve the trouble of a draft; undefined for those of everybody. */
export async function idsOfSolutions(
  { customerId }: DraftView,
  context: ApiContext,
): Promise<readonly string[] | undefined> {
  if (seesOwnOnly(context)) return idsOfViewer(context)
  return readsAsCustomer(context) ? idsSharedWith(customerId, context) : undefined
}

/** Whether any of customers who share their drafts has switched them off: then none of them has any. */
export const areSwitchedOff = async (ids: readonly string[], { services }: ApiContext): Promise<boolean> =>
  (await draftsOfPerson({ read: services.desk.readRecent }, ids)).isOff

/** A draft as its stream has it now, if the viewer may see it. */
export async function readDraft(
  customerId: string,
  number: number,
  context: ApiContext,
): Promise<DraftView | undefined> {
  const { state } = await context.services.desk.read('draft', customerId)
  const draft = state.drafts.find((each) => each.number === number)
  if (!draft || (seesOwnOnly(context) && !isVisibleDraft(draft))) return undefined
  return { id: draftRowId(customerId, number), customerId, draft }
}

/** A draft by its id, for the desk; for customers, one of their own that they were offered. */
export async function loadDraft(id: string, context: ApiContext): Promise<DraftView | undefined> {
  const [row] = await (await context.read('drafts')).byIds([id])
  if (!row || !seesOwnOnly(context)) return row
  if (!isVisibleDraft(row.draft)) return undefined
  return (await sharesChatsOf(context.services.desk, viewerOf(context).id, row.customerId)) ? row : undefined
}

/**
 * The ids of the customer of a draft whose activities the viewer may read: the viewer's own, if they see only theirs. An
 * account that was merged has the drafts of the survivor, but not the activities.
 */
export const idsOfActivities = ({ customerId }: DraftView, context: ApiContext): Promise<readonly string[]> =>
  idsOfPerson(seesOwnOnly(context) ? viewerOf(context).id : customerId, context)
