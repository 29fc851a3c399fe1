import type { Chat, CustomerSettings } from '@guichet/domain'
import { instant, isSurvivorOf, sharesChatsOf, survivingRecordOf, versionAt } from '@guichet/domain'
import { isCustomer, isStaff } from '../auth/principal.ts'
import type { ApiContext } from './services.ts'

/** What the members of an organisation share at this desk, as far as this process knows the configuration. */
const settingsOf = ({ services: { desk } }: ApiContext): Partial<CustomerSettings> =>
  versionAt(desk.timeline, instant(new Date())).customers ?? {}

/** Whether customers who see another member's ticket may reply to it. */
const sharesReplies = (context: ApiContext): boolean => settingsOf(context).sharedReplies ?? false

/**
 * The organisation whose members' tickets and chats the viewer sees; undefined for the desk, for visitors, and for
 * customers who see their own alone.
 */
export async function sharedOrganisation(context: ApiContext): Promise<string | undefined> {
  const { principal } = context
  if (principal?.role !== 'customer') return undefined
  return (await context.read('customers')).sharedWith(principal.id, settingsOf(context).sharedWith ?? 'nobody')
}

/** Whether a customer is the viewer, was merged into them, or is a visitor whom they have claimed. */
export const isViewerThemselves = async (
  customerId: string,
  { principal, loaders }: Pick<ApiContext, 'principal' | 'loaders'>,
): Promise<boolean> =>
  principal !== undefined &&
  (principal.id === customerId || (await loaders.mergedCustomers.load(principal.id)).has(customerId))

/** Whose tickets a customer sees in a list; undefined for the desk, which sees all. */
export async function ticketsSeenBy(
  context: ApiContext,
): Promise<{ readonly memberOf: string } | { readonly customerId: readonly string[] } | undefined> {
  const { principal, loaders } = context
  if (!principal || isStaff(principal)) return undefined
  const [organisation, customerIds] = await Promise.all([
    sharedOrganisation(context),
    loaders.mergedCustomers.load(principal.id),
  ])
  return organisation === undefined ? { customerId: [...customerIds] } : { memberOf: organisation }
}

/**
 * Of these customers, those whose tickets and chats the viewer may see, being shown what is public in them: their own,
 * those of customers who were merged into them and of visitors whom they have claimed, and what is shared with them.
 */
export async function visibleCustomers(
  customerIds: readonly string[],
  context: ApiContext,
): Promise<ReadonlySet<string>> {
  const { principal } = context
  if (!principal) return new Set()
  if (isStaff(principal)) return new Set(customerIds)
  const others = customerIds.filter((id) => id !== principal.id)
  const ownIds = others.length > 0 ? await context.loaders.mergedCustomers.load(principal.id) : new Set([principal.id])
  const foreign = others.filter((id) => !ownIds.has(id))
  const organisation = foreign.length > 0 ? await sharedOrganisation(context) : undefined
  if (organisation === undefined) return ownIds
  const of = await (await context.read('customers')).organisationsOf(foreign)
  return new Set([...ownIds, ...foreign.filter((id) => of.get(id) === organisation)])
}

/** As `visibleCustomers`, for chats, whose customers act at once: a merge counts as soon as it is stored. */
export async function visibleChatCustomers(
  customerIds: readonly string[],
  context: ApiContext,
): Promise<ReadonlySet<string>> {
  const { principal, services } = context
  const visible = new Set(await visibleCustomers(customerIds, context))
  for (const id of customerIds) {
    if (principal && !visible.has(id) && (await sharesChatsOf(services.desk, principal.id, id))) visible.add(id)
  }
  return visible
}

/** Whether the viewer may see the chats of a customer. */
export const maySeeChatsOf = async (customerId: string, context: ApiContext): Promise<boolean> =>
  (await visibleChatCustomers([customerId], context)).has(customerId)

/** Reads a chat from its stream, if the viewer may see it: customers also see those that are shared with them. */
export async function readVisibleChat(id: string, context: ApiContext): Promise<Chat | undefined> {
  const { state: chat } = await context.services.desk.read('chat', id)
  return chat.status !== 'absent' && (await maySeeChatsOf(chat.customer.id, context)) ? chat : undefined
}

/** Whether the viewer may see what belongs to a customer. */
const maySeeOf = async (customerId: string, context: ApiContext): Promise<boolean> =>
  (await visibleCustomers([customerId], context)).has(customerId)

/**
 * Whether a ticket is the viewer's: any for the desk; for customers their own, those of customers who were merged into
 * them, and those of visitors whom they have claimed. A split takes them back.
 */
export async function isTicketOfViewer(ticketId: string, context: ApiContext): Promise<boolean> {
  const { desk, ownership } = context.services
  const { principal } = context
  if (!principal) return false
  if (await ownership.maySee(principal, ticketId)) return true
  const { state } = await desk.read('ticket', ticketId)
  return state.status !== 'absent' && isSurvivorOf(desk, principal.id, state.customer.id)
}

/** Whether the viewer may see a ticket: the desk any, customers their own and those that are shared with them. */
export async function maySeeTicket(ticketId: string, context: ApiContext): Promise<boolean> {
  if (await isTicketOfViewer(ticketId, context)) return true
  const { state } = await context.services.desk.read('ticket', ticketId)
  return state.status !== 'absent' && maySeeOf(state.customer.id, context)
}

/** The commands that customers may send to another member's ticket where replies are shared. */
const sharedCommands: ReadonlySet<string> = new Set(['customerReply', 'attach'])

/** Whether the viewer may send a command to a ticket of another member whom they see. */
export const mayShare = (command: string, context: ApiContext): boolean =>
  sharedCommands.has(command) && sharesReplies(context)

/** Whether the viewer is a customer or a visitor whom the desk has blocked. */
export async function isBlocked(context: ApiContext): Promise<boolean> {
  const { principal, services } = context
  if (!principal || !isCustomer(principal)) return false
  return (await survivingRecordOf(services.desk, principal.id))?.blocked !== undefined
}
