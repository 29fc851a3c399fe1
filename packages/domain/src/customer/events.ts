import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { importActor } from '../kernel/actor.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { customerDetails, ExternalId, FieldValue, Identity } from './details.ts'
import { emailIdentity, externalIdentity, forEachDetail, phoneIdentities, phoneIdentity } from './details.ts'
import { withoutNulls } from '../kernel/fields.ts'
import type { MergedRemoval } from './merged-removals.ts'
import { withoutRemoval, withoutSource, withRemoval } from './merged-removals.ts'

/** History is parsed more leniently than commands: limits may tighten over the years, but old events stay readable. */
const text = z.string()
const detail = text.nullable().optional()

const details = {
  ...forEachDetail(detail),
  /** Typed as the configuration of that moment says; null removes a value. */
  fields: z.record(text, z.union([text, z.number(), z.boolean(), z.null()])).optional(),
}

const personalDetails = { ...forEachDetail('customer' as const), fields: 'customer' } as const

const email = z.object({ address: text, verified: z.boolean() })
const phone = z.object({ number: text, verified: z.boolean() })
const externalId = z.object({ system: text, id: text })

/** The definition of every event of a customer: the customer's part of the event catalogue. */
export const customerEvents = {
  CustomerRegistered: defineEvent({ schema: z.object(details), personal: personalDetails }),
  /** Only the changed details; null for one that was removed. */
  CustomerChanged: defineEvent({ schema: z.object(details), personal: personalDetails }),
  /** The language that all their words were found to be in: for when nobody says another one. */
  CustomerLanguageDetected: defineEvent({ schema: z.object({ language: text }), personal: { language: 'customer' } }),
  /** Also when an address that was there is verified. */
  CustomerEmailAdded: defineEvent({ schema: email, personal: { address: 'customer' } }),
  CustomerEmailRemoved: defineEvent({ schema: z.object({ address: text }), personal: { address: 'customer' } }),
  CustomerPhoneAdded: defineEvent({ schema: phone, personal: { number: 'customer' } }),
  CustomerPhoneRemoved: defineEvent({ schema: z.object({ number: text }), personal: { number: 'customer' } }),
  CustomerExternalIdAdded: defineEvent({ schema: externalId, personal: { id: 'customer' } }),
  CustomerExternalIdRemoved: defineEvent({ schema: externalId, personal: { id: 'customer' } }),
  CustomerNoteAdded: defineEvent({ schema: z.object({ body: text }), personal: { body: ['customer', 'author'] } }),
  CustomerBlocked: defineEvent({ schema: z.object({ reason: text }), personal: { reason: ['customer', 'author'] } }),
  CustomerUnblocked: defineEvent({
    schema: z.object({ reason: text.optional() }),
    personal: { reason: ['customer', 'author'] },
  }),
  /** On the one who survives: another customer is being merged into them. */
  CustomerMergeBegun: defineEvent({ schema: z.object({ source: text }), personal: { source: 'customer' } }),
  CustomerMergeCompleted: defineEvent({ schema: z.object({ source: text }), personal: { source: 'customer' } }),
  /** The merge was given up, or taken back. */
  CustomerMergeReverted: defineEvent({ schema: z.object({ source: text }), personal: { source: 'customer' } }),
  /** On the one who was merged. Their details and identities stay theirs, for a split. */
  CustomerMerged: defineEvent({ schema: z.object({ into: text }), personal: { into: 'customer' } }),
  CustomerSplitBack: defineEvent({ schema: z.object({ from: text }), personal: { from: 'customer' } }),
  /** The import that registered the customer was taken back: there is no such customer any more. */
  CustomerImportWithdrawn: defineEvent({ schema: z.object({ importId: text }), personal: {} }),
  /** A visitor has proved to be a customer, by a token of the host: their chats are that customer's. */
  VisitorIdentified: defineEvent({
    schema: z.object({
      customer: z.object({ id: text, name: text.optional(), firstName: text.optional(), email: text.optional() }),
      plan: text.optional(),
    }),
    personal: { customer: 'customer', plan: 'customer' },
  }),
  /**
   * The customer begins a chat, or reopens one: no other one can begin before the reservation is released. Its number
   * grows with every reservation of the customer whose chat it is; without one, it is the next.
   */
  ChatReserved: defineEvent({
    schema: z.object({ chatId: text, reservation: z.int().positive().optional() }),
    personal: {},
  }),
  ChatReservationReleased: defineEvent({ schema: z.object({ chatId: text }), personal: {} }),
} as const

type Definitions = typeof customerEvents
type CustomerEventType = keyof Definitions

/** An event of a customer by its type. */
export type CustomerEventOf<T extends CustomerEventType> = EventOf<Definitions, T>

/** Every event of a customer. */
export type CustomerEvent = EventOf<Definitions>

/** A stream on which no customer was registered. */
type AbsentCustomer = {
  readonly status: 'absent'
  readonly withdrawals?: number
  readonly reservations?: number
}

/** The details of a customer that have a value. */
export type CustomerDetails = { readonly [K in keyof typeof customerDetails]?: string }

type CustomerNote = { readonly at: Instant; readonly by: Actor; readonly body: string }

/** The facts of a customer that the rules need: their history, folded. */
export type CustomerRecord = {
  readonly status: 'known' | 'merged'
  /** How often an import of the customer was taken back. */
  readonly withdrawals?: number
  readonly details: CustomerDetails
  /** Whether somebody of the desk has set the language of the details; otherwise a host or an import has. */
  readonly isLanguageCorrected?: boolean | undefined
  /** The language that their words are in. */
  readonly detectedLanguage?: string | undefined
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly emails: readonly { readonly address: string; readonly verified: boolean }[]
  /** Addresses that the desk has removed, the latest last: nothing is sent to them any more. */
  readonly removedEmails?: readonly string[] | undefined
  /** What was removed from this customer, for the records of those who were merged into them by then. */
  readonly mergedRemovals?: readonly MergedRemoval[] | undefined
  readonly phones: readonly { readonly number: string; readonly verified: boolean }[]
  readonly externalIds: readonly ExternalId[]
  readonly notes: readonly CustomerNote[]
  readonly blocked: { readonly reason: string; readonly at: Instant; readonly by: Actor } | undefined
  /** The customer that this one was merged into. */
  readonly mergedInto: string | undefined
  /** The customer whom a visitor has proved to be, by a token of the host. */
  readonly identifiedAs?: Omit<CustomerEventOf<'VisitorIdentified'>, 'type' | 'at' | 'by'> | undefined
  /** The customers that were merged into this one, and those whose merge is under way. */
  readonly merged: readonly string[]
  readonly merging: readonly string[]
  /** The chat that the customer has now, or begins, and the number of its reservation. */
  readonly reservation: { readonly chatId: string; readonly number: number } | undefined
  /** The highest number of a reservation so far. */
  readonly reservations: number
  readonly registeredAt: Instant
  readonly updatedAt: Instant
}

/** The state of the record of a customer; `absent` before they are registered. */
export type CustomerState = AbsentCustomer | CustomerRecord

/** What identifies a customer now: their verified addresses and numbers, and their ids elsewhere. */
export const identitiesOfCustomer = (state: CustomerState): readonly Identity[] =>
  listedIdentities(state, ({ verified }) => verified)

/** What the record of a customer lists, as identities: all of it, or of addresses and numbers those that count. */
export const listedIdentities = (
  state: CustomerState,
  counts: (each: { readonly verified: boolean }) => boolean = () => true,
): readonly Identity[] =>
  state.status === 'absent'
    ? []
    : [
        ...state.emails.filter(counts).map(({ address }) => emailIdentity(address)),
        ...state.phones.filter(counts).flatMap(({ number }) => phoneIdentities(number)),
        ...state.externalIds.map(externalIdentity),
      ]

/** The customer after one more event; an event before the registration leaves the state unchanged. */
export function evolveCustomer(state: CustomerState, event: CustomerEvent): CustomerState {
  if (event.type === 'CustomerRegistered') {
    const { withdrawals, reservations = 0 } = state
    const again = { ...(withdrawals !== undefined && { withdrawals }), reservations }
    return { ...blank, ...again, ...withDetails(blank, event), registeredAt: event.at, updatedAt: event.at }
  }
  if (event.type === 'VisitorIdentified' && state.status === 'absent') {
    return { ...blank, ...identified(blank, event), registeredAt: event.at, updatedAt: event.at }
  }
  if (state.status === 'absent') return state
  if (event.type === 'CustomerImportWithdrawn') {
    const { withdrawals = 0, reservations } = state
    return { status: 'absent', withdrawals: withdrawals + 1, ...(reservations > 0 && { reservations }) }
  }
  return { ...state, updatedAt: event.at, ...changes(state, event) }
}

const blank: Omit<CustomerRecord, 'registeredAt' | 'updatedAt'> = {
  status: 'known',
  details: {},
  fields: {},
  emails: [],
  phones: [],
  externalIds: [],
  notes: [],
  blocked: undefined,
  mergedInto: undefined,
  merged: [],
  merging: [],
  reservation: undefined,
  reservations: 0,
}

function withDetails(
  { details: before, fields: valuesBefore }: Pick<CustomerRecord, 'details' | 'fields'>,
  event: CustomerEventOf<'CustomerRegistered' | 'CustomerChanged'>,
): Pick<CustomerRecord, 'details' | 'fields' | 'isLanguageCorrected'> {
  const { type: _type, at: _at, by, fields: values = {}, ...details } = event
  return {
    details: withoutNulls({ ...before, ...details }),
    fields: withoutNulls({ ...valuesBefore, ...values }),
    ...(details.language !== undefined && { isLanguageCorrected: by.kind === 'agent' || undefined }),
  }
}

/** A visitor who is a customer is as merged into that one; who was merged by hand before stays so. */
const identified = (
  { mergedInto }: Pick<CustomerRecord, 'mergedInto'>,
  { customer, plan }: CustomerEventOf<'VisitorIdentified'>,
) =>
  ({
    status: 'merged',
    identifiedAs: { customer, ...(plan !== undefined && { plan }) },
    mergedInto: mergedInto ?? customer.id,
  }) as const

const without = (ids: readonly string[], id: string): readonly string[] => ids.filter((each) => each !== id)

/** How many removed addresses are remembered. */
const mostRemoved = 50

/**
 * What a removal, or an addition after it, means beyond the lists of a customer. An import means none of it: what the desk
 * has removed stays so when the import, or its undo, lists it for a while.
 */
const removed = (customer: CustomerRecord, { by }: CustomerEvent, identity: Identity): Partial<CustomerRecord> =>
  isImport(by)
    ? {}
    : { mergedRemovals: withRemoval(customer.mergedRemovals, identity, [...customer.merged, ...customer.merging]) }

const added = (customer: CustomerRecord, { by }: CustomerEvent, identity: Identity): Partial<CustomerRecord> =>
  isImport(by) ? {} : { mergedRemovals: withoutRemoval(customer.mergedRemovals, identity) }

/** Whether something was done by an import, or by its undo. */
export const isImport = ({ kind, id }: Actor): boolean => kind === importActor.kind && id === importActor.id

function changes(
  customer: CustomerRecord,
  event: Exclude<CustomerEvent, CustomerEventOf<'CustomerRegistered' | 'CustomerImportWithdrawn'>>,
): Partial<CustomerRecord> {
  const { emails, phones, externalIds, notes, merged, merging } = customer
  switch (event.type) {
    case 'CustomerChanged':
      return withDetails(customer, event)
    case 'CustomerLanguageDetected':
      return { detectedLanguage: event.language }
    case 'CustomerEmailAdded': {
      const { address, verified, by } = event
      const stillRemoved = customer.removedEmails?.filter((each) => isImport(by) || !isSameAddress(each, address))
      return {
        emails: [...emails.filter((each) => !isSameAddress(each.address, address)), { address, verified }],
        removedEmails: stillRemoved?.length ? stillRemoved : undefined,
        ...added(customer, event, emailIdentity(address)),
      }
    }
    case 'CustomerEmailRemoved': {
      const { address, by } = event
      return {
        emails: emails.filter((each) => !isSameAddress(each.address, address)),
        ...(!isImport(by) && { removedEmails: [...(customer.removedEmails ?? []), address].slice(-mostRemoved) }),
        ...removed(customer, event, emailIdentity(address)),
      }
    }
    case 'CustomerPhoneAdded': {
      const { number, verified } = event
      return {
        phones: [...phones.filter((each) => each.number !== number), { number, verified }],
        ...added(customer, event, phoneIdentity(number)),
      }
    }
    case 'CustomerPhoneRemoved':
      return {
        phones: phones.filter(({ number }) => number !== event.number),
        ...removed(customer, event, phoneIdentity(event.number)),
      }
    case 'CustomerExternalIdAdded':
      return {
        externalIds: [...externalIds, { system: event.system, id: event.id }],
        ...added(customer, event, externalIdentity(event)),
      }
    case 'CustomerExternalIdRemoved':
      return {
        externalIds: externalIds.filter(({ system, id }) => system !== event.system || id !== event.id),
        ...removed(customer, event, externalIdentity(event)),
      }
    case 'CustomerNoteAdded':
      return { notes: [...notes, { at: event.at, by: event.by, body: event.body }] }
    case 'CustomerBlocked':
      return { blocked: { reason: event.reason, at: event.at, by: event.by } }
    case 'CustomerUnblocked':
      return { blocked: undefined }
    case 'CustomerMergeBegun':
      return { merging: [...merging, event.source] }
    case 'CustomerMergeCompleted':
      return {
        merging: without(merging, event.source),
        merged: [...merged, event.source],
      }
    case 'CustomerMergeReverted':
      return {
        merging: without(merging, event.source),
        merged: without(merged, event.source),
        mergedRemovals: withoutSource(customer.mergedRemovals, event.source),
      }
    case 'CustomerMerged':
      return { status: 'merged', mergedInto: event.into }
    case 'CustomerSplitBack':
      return { status: 'known', mergedInto: undefined, identifiedAs: undefined }
    case 'ChatReserved': {
      const { chatId, reservation: number = customer.reservations + 1 } = event
      return { reservation: { chatId, number }, reservations: Math.max(customer.reservations, number) }
    }
    case 'VisitorIdentified':
      return identified(customer, event)
    case 'ChatReservationReleased':
      return { reservation: undefined }
  }
}

/** Whether two e-mail addresses lead to the same mailbox. */
export const isSameAddress = (one: string, other: string): boolean =>
  emailIdentity(one).value === emailIdentity(other).value
