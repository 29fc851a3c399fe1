import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, refusal, tooMany } from '../kernel/refusal.ts'
import { personId } from '../kernel/values.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { refuseUnknownPlan } from '../ticket/rule.ts'
import type { CustomerCommand, CustomerCommandOf, CustomerCommandType } from './commands.ts'
import { customerCommands } from './commands.ts'
import type { FieldDefinition, FieldValue, Identity } from './details.ts'
import {
  customerLimits,
  detailNames,
  emailIdentity,
  externalIdentity,
  isSameIdentity,
  phoneIdentity,
  typedFields,
} from './details.ts'
import type { CustomerDetails, CustomerEvent, CustomerEventOf, CustomerRecord, CustomerState } from './events.ts'
import { customerEvents, evolveCustomer, isImport, isSameAddress } from './events.ts'
import { isRemovedFrom } from './merged-removals.ts'

type Decision = Result<readonly CustomerEvent[]>
type CommandEnvelope<C = CustomerCommand> = C &
  CommandMetadata & {
    /** Those merged into the customer whose records list what the command removes, as the desk has read them. */
    readonly listedBy?: readonly string[] | undefined
  }

/** The plans and the own fields of a desk as of an instant. */
export type CustomerTerms = {
  readonly plans?: TicketPolicy['plans']
  readonly fields: readonly FieldDefinition[]
}

/**
 * What a merged customer takes: the rest of the merge, the way back, the reservations of their own chats, and the removal
 * of what they can be reached by, which stays theirs.
 */
const takenWhenMerged: ReadonlySet<CustomerCommandType> = new Set<CustomerCommandType>([
  'mergeInto',
  'splitBack',
  'completeMerge',
  'revertMerge',
  'splitOff',
  'keepIdentity',
  'removeEmail',
  'removePhone',
  'removeExternalId',
  'reserveChat',
  'releaseChat',
  'identify',
])

/**
 * Customers of the desk: the streams `customer-<person id>`, the id that tickets and tokens name them by. Their terms are
 * the plans and own fields of the desk.
 */
export const customerAggregate = defineAggregate({
  category: 'customer',
  id: personId,
  commands: customerCommands,
  events: customerEvents,
  initial: { status: 'absent' },
  begunBy: ['register', 'identify'],
  notFound: 'customer_not_found',
  generation: ({ withdrawals = 0 }) => withdrawals,
  evolve: evolveCustomer,
  first: (command, state) => {
    if (state.status === 'merged' && !takenWhenMerged.has(command.type)) return deny(mergedAway(state))
    if (state.status !== 'absent') return undefined
    if (command.type === 'releaseChat' || command.type === 'withdrawImport') return accept([])
    if (command.type === 'reserveChat') return registered(command, state, (customer) => reserveChat(command, customer))
    if (command.type === 'keepIdentity')
      return registered(command, state, (customer) => keepIdentity(command, customer))
    if (command.type === 'detectLanguage')
      return registered(command, state, (customer) => detectLanguage(command, customer))
    return undefined
  },
  rules: {
    register: (command, state, terms: CustomerTerms) => register(command, state, terms),
    identify,
    addEmail,
    addPhone,
    addExternalId,
    keepIdentity,
    reserveChat,
    detectLanguage,

    change: ({ at, by, changes: { fields = {}, ...details } }, customer, terms) => {
      const unknown = refuseUnknownPlan({ by, plan: details.plan }, terms)
      if (unknown) return unknown
      const values = typedFields(fields, terms.fields)
      if (!values.ok) return values
      const { isEmpty, data } = changed(customer, details, values.value)
      return accept(isEmpty ? [] : [{ type: 'CustomerChanged', at, by, ...data }])
    },

    removeEmail: (command, customer) => {
      const { at, by, address } = command
      const email = customer.emails.find((each) => isSameAddress(each.address, address))
      return email || concernsMerged(command, customer, emailIdentity(address))
        ? accept([{ type: 'CustomerEmailRemoved', at, by, address: email?.address ?? address }])
        : accept([])
    },

    /** In both forms of a number; the undo of an import removes the one that it has added. */
    removePhone: (command, customer) => {
      const { at, by, number } = command
      const identity = phoneIdentity(number)
      const isIt = (each: string): boolean =>
        isImport(by) ? each === number : isSameIdentity(phoneIdentity(each), identity)
      const matches = customer.phones.map((each) => each.number).filter(isIt)
      const numbers = matches.length === 0 && concernsMerged(command, customer, identity) ? [number] : matches
      return accept(numbers.map((each) => ({ type: 'CustomerPhoneRemoved', at, by, number: each })))
    },

    removeExternalId: (command, customer) => {
      const { at, by, system, id } = command
      const isKnown = customer.externalIds.some((each) => each.system === system && each.id === id)
      return accept(
        isKnown || concernsMerged(command, customer, externalIdentity({ system, id }))
          ? [{ type: 'CustomerExternalIdRemoved', at, by, system, id }]
          : [],
      )
    },

    addNote: ({ at, by, body }, { notes }) =>
      notes.length >= customerLimits.notes
        ? tooMany('a customer', 'notes', customerLimits.notes)
        : accept([{ type: 'CustomerNoteAdded', at, by, body }]),

    block: ({ at, by, reason }, { blocked }) =>
      accept(blocked?.reason === reason ? [] : [{ type: 'CustomerBlocked', at, by, reason }]),

    unblock: ({ at, by, reason }, { blocked }) =>
      accept(blocked ? [{ type: 'CustomerUnblocked', at, by, ...(reason !== undefined && { reason }) }] : []),

    beginMerge: ({ at, by, source, aggregateId }, { merging, merged }) => {
      if (source === aggregateId) return deny(refusal('customer_merge_with_itself', { field: 'source' }))
      if (merging.includes(source) || merged.includes(source)) return accept([])
      if (merging.length + merged.length >= customerLimits.merged)
        return tooMany('a customer', 'merged', customerLimits.merged)
      return accept([{ type: 'CustomerMergeBegun', at, by, source }])
    },

    /** While another customer is being merged into this one, a circle could close: see decision 63. */
    mergeInto: ({ at, by, target }, customer) => {
      if (customer.mergedInto === target) return accept([])
      if (customer.mergedInto !== undefined) return deny(mergedAway(customer))
      if (customer.merging.length > 0 || customer.merged.includes(target)) {
        return deny(refusal('customer_merge_pending'))
      }
      if (customer.reservation) return deny(refusal('customer_in_chat'))
      return accept([{ type: 'CustomerMerged', at, by, into: target }])
    },

    completeMerge: ({ at, by, source }, { merged }) =>
      accept(merged.includes(source) ? [] : [{ type: 'CustomerMergeCompleted', at, by, source }]),

    revertMerge: ({ at, by, source }, { merging }) =>
      accept(merging.includes(source) ? [{ type: 'CustomerMergeReverted', at, by, source }] : []),

    splitOff: ({ at, by, source }, { merged }) =>
      accept(merged.includes(source) ? [{ type: 'CustomerMergeReverted', at, by, source }] : []),

    splitBack: ({ at, by }, { mergedInto }) =>
      accept(mergedInto === undefined ? [] : [{ type: 'CustomerSplitBack', at, by, from: mergedInto }]),

    withdrawImport: ({ at, by, importId }) => accept([{ type: 'CustomerImportWithdrawn', at, by, importId }]),

    releaseChat: ({ at, by, chatId, reservation: number }, { reservation }) =>
      accept(
        reservation?.chatId === chatId && reservation.number <= number
          ? [{ type: 'ChatReservationReleased', at, by, chatId }]
          : [],
      ),
  },
})

const mergedAway = ({ mergedInto }: CustomerRecord): Refusal => refusal('customer_merged', { movedTo: mergedInto })

type Changes = Partial<Record<keyof CustomerDetails, string | null | undefined>>

/** The details that differ from those of a customer, and the values of own fields that do. */
function changed(
  { details, fields: before }: Pick<CustomerRecord, 'details' | 'fields'>,
  changes: Changes,
  values: Readonly<Record<string, FieldValue | null>>,
) {
  const differing = detailNames.flatMap((name) => {
    const value = changes[name]
    return value === undefined || (details[name] ?? null) === value ? [] : [[name, value] as const]
  })
  const fields = Object.entries(values).filter(([name, value]) => (before[name] ?? null) !== value)
  return {
    isEmpty: differing.length + fields.length === 0,
    data: {
      ...Object.fromEntries(differing),
      ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    } as Omit<CustomerEventOf<'CustomerChanged'>, 'type' | 'at' | 'by'>,
  }
}

/** Fills in what is missing: nothing that is known is overwritten. */
function register(
  command: CommandEnvelope<CustomerCommandOf<'register'>>,
  state: CustomerState,
  terms: CustomerTerms,
): Decision {
  const { at, by, emails, phones, externalIds, fields } = command
  const unknown = refuseUnknownPlan(command, terms)
  if (unknown) return unknown
  const values = typedFields(fields, terms.fields)
  if (!values.ok) return values
  const before: Pick<CustomerRecord, 'details' | 'fields'> =
    state.status === 'absent' ? { details: {}, fields: {} } : state
  const missing = Object.fromEntries(
    detailNames.flatMap((name) => (before.details[name] === undefined ? [[name, command[name] ?? undefined]] : [])),
  ) as Changes
  const missingValues = Object.entries(values.value).filter(([name]) => before.fields[name] === undefined)
  const { isEmpty, data } = changed(before, missing, Object.fromEntries(missingValues))
  const events: CustomerEvent[] =
    state.status === 'absent'
      ? [{ type: 'CustomerRegistered', at, by, ...data }]
      : isEmpty
        ? []
        : [{ type: 'CustomerChanged', at, by, ...data }]
  let customer = events.reduce(evolveCustomer, state) as CustomerRecord
  const additions: readonly ((record: CustomerRecord) => Decision)[] = [
    ...emails.map((each) => (record: CustomerRecord) => addEmail({ ...command, type: 'addEmail', ...each }, record)),
    ...phones.map((each) => (record: CustomerRecord) => addPhone({ ...command, type: 'addPhone', ...each }, record)),
    ...externalIds.map(
      (each) => (record: CustomerRecord) => addExternalId({ ...command, type: 'addExternalId', ...each }, record),
    ),
  ]
  for (const add of additions) {
    const decision = add(customer)
    if (!decision.ok) return decision
    events.push(...decision.value)
    customer = decision.value.reduce(evolveCustomer, customer) as CustomerRecord
  }
  return accept(events)
}

/** A visitor is one customer for ever; the chats that were theirs follow (`claimVisitor`). */
function identify(
  { at, by, customer, plan }: CommandEnvelope<CustomerCommandOf<'identify'>>,
  state: CustomerState,
): Decision {
  const record = state.status === 'absent' ? undefined : state
  const identifiedAs = record?.identifiedAs?.customer.id
  const isMerged = record?.merged.includes(customer.id) || record?.merging.includes(customer.id)
  if (identifiedAs === customer.id || isMerged) return accept([])
  if (identifiedAs !== undefined) return deny(refusal('customer_merged', { movedTo: identifiedAs }))
  return accept([{ type: 'VisitorIdentified', at, by, customer, ...(plan !== undefined && { plan }) }])
}

/**
 * What a customer does not list may be in a record merged into theirs: its removal is recorded on theirs once. The undo of
 * an import removes nothing there.
 */
const concernsMerged = (
  { by, listedBy = [] }: CommandEnvelope,
  { mergedRemovals }: CustomerRecord,
  identity: Identity,
): boolean => !isImport(by) && listedBy.some((source) => !isRemovedFrom(mergedRemovals, identity, source))

/** What was verified once stays verified. */
function addEmail(
  { at, by, address, verified }: CommandEnvelope<CustomerCommandOf<'addEmail'>>,
  { emails }: CustomerRecord,
): Decision {
  const email = emails.find((each) => isSameAddress(each.address, address))
  if (email && (email.verified || !verified)) return accept([])
  if (!email && emails.length >= customerLimits.emails) return tooMany('a customer', 'emails', customerLimits.emails)
  return accept([{ type: 'CustomerEmailAdded', at, by, address, verified }])
}

function addPhone(
  { at, by, number, verified }: CommandEnvelope<CustomerCommandOf<'addPhone'>>,
  { phones }: CustomerRecord,
): Decision {
  const phone = phones.find((each) => each.number === number)
  if (phone && (phone.verified || !verified)) return accept([])
  if (!phone && phones.length >= customerLimits.phones) return tooMany('a customer', 'phones', customerLimits.phones)
  return accept([{ type: 'CustomerPhoneAdded', at, by, number, verified }])
}

function addExternalId(
  { at, by, system, id }: CommandEnvelope<CustomerCommandOf<'addExternalId'>>,
  { externalIds }: CustomerRecord,
): Decision {
  if (externalIds.some((each) => each.system === system && each.id === id)) return accept([])
  if (externalIds.length >= customerLimits.externalIds)
    return tooMany('a customer', 'externalIds', customerLimits.externalIds)
  return accept([{ type: 'CustomerExternalIdAdded', at, by, system, id }])
}

function keepIdentity(command: CommandEnvelope<CustomerCommandOf<'keepIdentity'>>, customer: CustomerRecord): Decision {
  const { kind, value } = command
  if (kind === 'email') {
    const email = customer.emails.find(({ address }) => isSameAddress(address, value))
    return addEmail({ ...command, type: 'addEmail', address: email?.address ?? value, verified: true }, customer)
  }
  if (kind === 'phone') return addPhone({ ...command, type: 'addPhone', number: value, verified: true }, customer)
  const [system = '', id = ''] = value.split('\n')
  return addExternalId({ ...command, type: 'addExternalId', system, id }, customer)
}

/** Once: a text in another language later is an exception, not another language of theirs. */
function detectLanguage(
  { at, by, language }: CommandEnvelope<CustomerCommandOf<'detectLanguage'>>,
  { details, detectedLanguage }: CustomerRecord,
): Decision {
  const isRecorded = details.language !== undefined || detectedLanguage !== undefined
  return accept(isRecorded ? [] : [{ type: 'CustomerLanguageDetected', at, by, language }])
}

/**
 * One chat at a time (004, « Live Chat »). The answer to who is late is in the state. Of customers who were merged, the
 * one who survives is asked too, and is the one whose block counts.
 */
function reserveChat(
  { at, by, chatId, reservation: number, begun: hasBegun }: CommandEnvelope<CustomerCommandOf<'reserveChat'>>,
  { reservation, reservations, blocked, mergedInto }: CustomerRecord,
): Decision {
  if (reservation?.chatId === chatId) return accept([])
  if (blocked && mergedInto === undefined && !hasBegun) return deny(refusal('customer_blocked'))
  if (reservation) return deny(refusal('chat_already_active'))
  return accept([{ type: 'ChatReserved', at, by, chatId, reservation: number ?? reservations + 1 }])
}

/** The decision of a rule for a customer who is registered by its command. */
function registered(
  { at, by }: CommandEnvelope,
  state: CustomerState,
  rule: (customer: CustomerRecord) => Decision,
): Decision {
  const event: CustomerEvent = { type: 'CustomerRegistered', at, by }
  const decision = rule(evolveCustomer(state, event) as CustomerRecord)
  return decision.ok ? accept([event, ...decision.value]) : decision
}
