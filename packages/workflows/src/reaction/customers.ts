import type { CustomerEvent, CustomerRecord, Identity, OrganisationEvent, Person } from '@guichet/domain'
import {
  emailIdentity,
  engineCommandId,
  externalIdentity,
  identityActor,
  importIdOf,
  moveChat,
  moveChats,
  throwIfTransient,
  parseStream,
  phoneIdentities,
  settleClaim,
  settleCustomerMerge,
  settleRemoval,
  settleRemovalFromMerged,
  settleWithdrawal,
} from '@guichet/domain'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

/**
 * Registers the customer of each ticket and chat at the first contact, with what it says of them. Its e-mail address is
 * not verified, so that it leads to nobody. Customers of imported tickets are imported themselves.
 */
const registerCustomers = reaction({
  name: 'register_customers',
  on: ['TicketOpened', 'ChatStarted', 'VisitorIdentified'],
  react: async ({ event: { customer, at }, id, correlationId }, desk) => {
    if (importIdOf(correlationId) !== undefined) return
    const { state } = await desk.readRecent('customer', customer.id)
    if (state.status !== 'absent' && !saysMore(customer, state)) return
    const { name, firstName, email } = customer
    const outcome = await desk.engine.execute(
      'customer',
      customer.id,
      {
        type: 'register',
        ...(name !== undefined && { name }),
        ...(firstName !== undefined && { firstName }),
        ...(email !== undefined && { emails: [{ address: withLowerDomain(email) }] }),
      },
      { by: identityActor, at, commandId: engineCommandId('derived', 'customer', id), causationId: id },
    )
    throwIfTransient(outcome)
  },
})

/** Whether a ticket names a customer in a way that their record does not have. */
function saysMore(
  { name, firstName, email }: Person & { readonly firstName?: string | undefined },
  { status, details, emails }: CustomerRecord,
): boolean {
  if (status === 'merged') return false
  return (
    (name !== undefined && details.name === undefined) ||
    (firstName !== undefined && details.firstName === undefined) ||
    (email !== undefined && !emails.some(({ address }) => address.toLowerCase() === email.toLowerCase()))
  )
}

const withLowerDomain = (address: string): string => {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}${address.slice(at).toLowerCase()}`
}

/** Settles what identifies customers and organisations, in case a sender died between two streams. */
const settleIdentities = reaction({
  name: 'settle_identities',
  on: [
    'IdentityClaimed',
    'CustomerEmailRemoved',
    'CustomerPhoneRemoved',
    'CustomerExternalIdRemoved',
    'OrganisationDomainRemoved',
    'CustomerImportWithdrawn',
    'OrganisationImportWithdrawn',
  ],
  react: async ({ event, ...envelope }, desk) => {
    if (event.type === 'IdentityClaimed') return settleClaim(desk, { ...envelope, event })
    if (event.type === 'CustomerImportWithdrawn' || event.type === 'OrganisationImportWithdrawn')
      return settleWithdrawal(desk, { ...envelope, event })
    for (const identity of removedBy(event)) await settleRemoval(desk, parseStream(envelope.stream).id, identity)
    if (event.type !== 'OrganisationDomainRemoved') await settleRemovalFromMerged(desk, { ...envelope, event })
  },
})

type Removal = Extract<
  CustomerEvent | OrganisationEvent,
  {
    type: 'CustomerEmailRemoved' | 'CustomerPhoneRemoved' | 'CustomerExternalIdRemoved' | 'OrganisationDomainRemoved'
  }
>

function removedBy(event: Removal): readonly Identity[] {
  switch (event.type) {
    case 'CustomerEmailRemoved':
      return [emailIdentity(event.address)]
    case 'CustomerPhoneRemoved':
      return phoneIdentities(event.number)
    case 'CustomerExternalIdRemoved':
      return [externalIdentity(event)]
    case 'OrganisationDomainRemoved':
      return [{ kind: 'domain', value: event.domain }]
  }
}

/** Completes each merge and each split of customers, in case its sender died between two streams. */
const settleCustomerMerges = reaction({
  name: 'settle_customer_merges',
  on: ['CustomerMergeBegun', 'CustomerMerged', 'CustomerSplitBack'],
  react: (envelope, desk) => settleCustomerMerge(desk, envelope),
})

/**
 * Moves the chats of a visitor who has proved to be a customer, in case the claim died on the way; also the chat whose
 * start was under way at that moment.
 */
const settleVisitors = reaction({
  name: 'settle_visitors',
  on: ['VisitorIdentified', 'ChatStarted'],
  react: async ({ event, stream }, desk) => {
    const { category, id } = parseStream(stream)
    if (event.type === 'VisitorIdentified') return moveChats(desk, id, event)
    const visitorId = event.customer.id
    const { state } = await desk.readRecent('customer', visitorId)
    if (category !== 'chat' || state.status === 'absent' || !state.identifiedAs) return
    await moveChat(desk, id, visitorId, state.identifiedAs)
  },
})

/** The reactions of customers and organisations. */
export const customerReactions: readonly Reaction[] = [
  registerCustomers,
  settleIdentities,
  settleCustomerMerges,
  settleVisitors,
]
