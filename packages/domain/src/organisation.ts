import { z } from 'zod'
import type { FieldDefinition, FieldValue, Identity, SharedWith } from './customer/details.ts'
import { fieldValues, sharedWith, typedFields } from './customer/details.ts'
import type { CommandOf, Senders } from './kernel/command.ts'
import { anyCommandOf, defineCommand, senders } from './kernel/command.ts'
import type { Aggregate, CommandMetadata } from './kernel/decider.ts'
import type { EventOf } from './kernel/event.ts'
import { column, defineEvent } from './kernel/event.ts'
import type { Result } from './kernel/refusal.ts'
import { accept, deny, refusal } from './kernel/refusal.ts'
import type { Instant } from './kernel/time.ts'
import { latest } from './kernel/time.ts'
import { line, nameSchema, personId } from './kernel/values.ts'
import type { CustomerTerms } from './customer/customer.ts'
import { refuseUnknownPlan } from './ticket/rule.ts'
import { id, limits } from './ticket/vocabulary.ts'

const organisationLimits = { domains: 100, managers: 100 } as const

/** A domain of e-mail addresses in lower case and ASCII. */
const domainName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, 'must be a domain such as example.com')

const details = {
  name: line(limits.name).describe('The name.'),
  plan: nameSchema.nullable().describe('The plan that it has.'),
  industry: line(limits.name).nullable().describe('The industry.'),
  size: z.int().min(1).max(10_000_000).nullable().describe('The number of people who work there.'),
  customerSince: z.iso.date().nullable().describe('The day since which it has been a customer.'),
  sharedWith: z
    .enum(sharedWith)
    .nullable()
    .describe('Who sees the tickets and chats of its members; without it, the configuration says so.'),
} as const

/** The definition of every command of an organisation, without its rule. */
const organisationCommands = {
  register: defineCommand({
    description: 'Registers an organisation that customers belong to.',
    schema: z.strictObject({
      type: z.literal('register'),
      ...z.strictObject(details).partial().shape,
      name: details.name,
      fields: fieldValues.default({}).describe('The values of own fields.'),
    }),
    sentBy: senders.desk,
  }),
  change: defineCommand({
    description: 'Changes the given details of an organisation; null removes one.',
    schema: z.strictObject({
      type: z.literal('change'),
      changes: z
        .strictObject({ ...details, fields: fieldValues.describe('The values of own fields to set.') })
        .partial(),
    }),
    sentBy: senders.desk,
  }),
  addDomain: defineCommand({
    description: 'Adds a domain: customers with a verified e-mail address there belong to the organisation.',
    schema: z.strictObject({ type: z.literal('addDomain'), domain: domainName.describe('The domain.') }),
    sentBy: senders.desk,
  }),
  removeDomain: defineCommand({
    description: 'Removes a domain of an organisation.',
    schema: z.strictObject({ type: z.literal('removeDomain'), domain: domainName.describe('The domain.') }),
    sentBy: senders.desk,
  }),
  addManager: defineCommand({
    description: 'Names a member as a manager, who sees the tickets and chats of all members where they are shared.',
    schema: z.strictObject({ type: z.literal('addManager'), customerId: personId.describe('The member.') }),
    sentBy: senders.desk,
  }),
  removeManager: defineCommand({
    description: 'Ends that a member is a manager.',
    schema: z.strictObject({ type: z.literal('removeManager'), customerId: personId.describe('The member.') }),
    sentBy: senders.desk,
  }),
  withdrawImport: defineCommand({
    description: 'Removes an organisation that an import has registered and nobody has changed since.',
    schema: z.strictObject({ type: z.literal('withdrawImport'), importId: id }),
    sentBy: senders.system,
  }),
} as const

type OrganisationCommand = CommandOf<typeof organisationCommands>

/** The schema of every command of an organisation, by its type. */
export const organisationCommandSchemas = column(organisationCommands, 'schema')

/** What each command does, for its senders. */
export const organisationCommandDescriptions = column(organisationCommands, 'description')

/** Any command of an organisation, checked. */
export const organisationCommandSchema = anyCommandOf(organisationCommandSchemas)

/** Who may send which command. */
export const organisationSentBy: Readonly<Record<OrganisationCommand['type'], Senders>> = column(
  organisationCommands,
  'sentBy',
)

const text = z.string()
const eventDetails = {
  name: text,
  plan: text.nullable().optional(),
  industry: text.nullable().optional(),
  size: z.number().nullable().optional(),
  customerSince: text.nullable().optional(),
  sharedWith: z.enum(sharedWith).nullable().optional(),
  fields: z.record(text, z.union([text, z.number(), z.boolean(), z.null()])).optional(),
}

/** The definition of every event of an organisation. */
export const organisationEvents = {
  OrganisationRegistered: defineEvent({ schema: z.object(eventDetails), personal: {} }),
  /** Only the changed details; null for one that was removed. */
  OrganisationChanged: defineEvent({ schema: z.object(eventDetails).partial(), personal: {} }),
  OrganisationDomainAdded: defineEvent({ schema: z.object({ domain: text }), personal: {} }),
  OrganisationDomainRemoved: defineEvent({ schema: z.object({ domain: text }), personal: {} }),
  OrganisationManagerAdded: defineEvent({
    schema: z.object({ customerId: text }),
    personal: { customerId: 'customer' },
  }),
  OrganisationManagerRemoved: defineEvent({
    schema: z.object({ customerId: text }),
    personal: { customerId: 'customer' },
  }),
  /** The import that had registered it was taken back; the stream may begin again. */
  OrganisationImportWithdrawn: defineEvent({ schema: z.object({ importId: text }), personal: {} }),
} as const

export type OrganisationEvent = EventOf<typeof organisationEvents>

/** An organisation that customers belong to. */
export type Organisation = {
  readonly status: 'known'
  /** How often an import of it was taken back. */
  readonly withdrawals?: number
  readonly name: string
  readonly plan?: string | null | undefined
  readonly industry?: string | null | undefined
  readonly size?: number | null | undefined
  /** A day, `2024-02-29`. */
  readonly customerSince?: string | null | undefined
  /** Who sees the tickets and chats of its members; where it says nothing, the configuration does. */
  readonly sharedWith?: SharedWith | null | undefined
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly domains: readonly string[]
  /** The ids of the members who are managers. */
  readonly managers: readonly string[]
  readonly registeredAt: Instant
  readonly updatedAt: Instant
}

export type OrganisationState = { readonly status: 'absent'; readonly withdrawals?: number } | Organisation

/** What identifies an organisation: its domains. */
export const identitiesOfOrganisation = (state: OrganisationState): readonly Identity[] =>
  state.status === 'absent' ? [] : state.domains.map((value) => ({ kind: 'domain', value }))

type Terms = Omit<CustomerTerms, 'fields'> & { readonly organisationFields: readonly FieldDefinition[] }

/**
 * Organisations: the streams `organisation-<id>`.
 * @param termsAt the plans and own fields of the desk as of an instant.
 */
export const organisationAggregate = (
  termsAt: (at: Instant) => Terms = () => ({ organisationFields: [] }),
): Aggregate<OrganisationCommand, OrganisationEvent, OrganisationState> => ({
  category: 'organisation',
  initial: { status: 'absent' },
  creates: ({ type }) => type === 'register',
  generation: ({ withdrawals = 0 }) => withdrawals,
  evolve: evolveOrganisation,
  decide: (command, state) => decideOrganisation(command, state, termsAt(command.at)),
})

/** The organisation after one more event; an event before the registration leaves the state unchanged. */
export function evolveOrganisation(state: OrganisationState, event: OrganisationEvent): OrganisationState {
  const { at } = event
  if (event.type === 'OrganisationRegistered' || event.type === 'OrganisationChanged') {
    const { type, at: _, by: _by, fields = {}, ...given } = event
    if (state.status === 'absent' && type === 'OrganisationChanged') return state
    const before =
      state.status === 'absent'
        ? ({
            ...state,
            status: 'known',
            name: '',
            fields: {},
            domains: [],
            managers: [],
            registeredAt: at,
          } as const)
        : state
    const values = Object.entries({ ...before.fields, ...fields }).filter(([, value]) => value !== null)
    return {
      ...before,
      ...given,
      fields: Object.fromEntries(values) as Organisation['fields'],
      updatedAt: at,
    } as Organisation
  }
  if (state.status === 'absent') return state
  if (event.type === 'OrganisationImportWithdrawn')
    return { status: 'absent', withdrawals: (state.withdrawals ?? 0) + 1 }
  if (event.type === 'OrganisationManagerAdded' || event.type === 'OrganisationManagerRemoved') {
    const others = state.managers.filter((id) => id !== event.customerId)
    const managers = event.type === 'OrganisationManagerAdded' ? [...others, event.customerId] : others
    return { ...state, managers, updatedAt: at }
  }
  const others = state.domains.filter((domain) => domain !== event.domain)
  return {
    ...state,
    domains: event.type === 'OrganisationDomainAdded' ? [...others, event.domain] : others,
    updatedAt: at,
  }
}

function decideOrganisation(
  sent: OrganisationCommand & CommandMetadata,
  state: OrganisationState,
  terms: Terms,
): Result<readonly OrganisationEvent[]> {
  const { by } = sent
  if (!organisationSentBy[sent.type][by.kind]) return deny(refusal('not_for_this_actor', { field: 'by' }))
  const at = state.status === 'absent' ? sent.at : latest(sent.at, state.updatedAt)
  if (sent.type === 'register' || sent.type === 'change') {
    const { fields = {}, ...given } = sent.type === 'register' ? detailsOf(sent) : sent.changes
    if (sent.type === 'change' && state.status === 'absent') return deny(refusal('organisation_not_found'))
    const unknown = refuseUnknownPlan({ by, plan: given.plan }, terms)
    if (unknown) return unknown
    const values = typedFields(fields, terms.organisationFields)
    if (!values.ok) return values
    const before: Readonly<Record<string, unknown>> = state.status === 'absent' ? {} : { ...state }
    const held = state.status === 'absent' ? {} : state.fields
    const data = {
      ...Object.fromEntries(
        Object.entries(given).filter(([name, value]) => value !== undefined && (before[name] ?? null) !== value),
      ),
      ...differing(held, values.value),
    }
    const isSame = Object.keys(data).length === 0
    if (state.status === 'absent') return accept([{ type: 'OrganisationRegistered', at, by, name: '', ...data }])
    if (isSame) return accept([])
    return sent.type === 'register'
      ? deny(refusal('organisation_already_registered'))
      : accept([{ type: 'OrganisationChanged', at, by, ...data }])
  }
  if (sent.type === 'withdrawImport') {
    const { importId } = sent
    return accept(state.status === 'absent' ? [] : [{ type: 'OrganisationImportWithdrawn', at, by, importId }])
  }
  if (state.status === 'absent') return deny(refusal('organisation_not_found'))
  if (sent.type === 'addManager' || sent.type === 'removeManager') return decideManager({ ...sent, at }, state)
  const { domain } = sent
  const isKnown = state.domains.includes(domain)
  if (sent.type === 'removeDomain')
    return accept(isKnown ? [{ type: 'OrganisationDomainRemoved', at, by, domain }] : [])
  if (isKnown) return accept([])
  if (state.domains.length >= organisationLimits.domains) {
    const message = `an organisation has at most ${organisationLimits.domains} domains`
    return deny(refusal('too_many', { message, field: 'domains' }))
  }
  return accept([{ type: 'OrganisationDomainAdded', at, by, domain }])
}

function decideManager(
  { type, at, by, customerId }: Extract<OrganisationCommand, { readonly customerId: string }> & CommandMetadata,
  { managers }: Organisation,
): Result<readonly OrganisationEvent[]> {
  const isManager = managers.includes(customerId)
  if (type === 'removeManager')
    return accept(isManager ? [{ type: 'OrganisationManagerRemoved', at, by, customerId }] : [])
  if (isManager) return accept([])
  if (managers.length >= organisationLimits.managers) {
    const message = `an organisation has at most ${organisationLimits.managers} managers`
    return deny(refusal('too_many', { message, field: 'managers' }))
  }
  return accept([{ type: 'OrganisationManagerAdded', at, by, customerId }])
}

function detailsOf(command: Extract<OrganisationCommand, { type: 'register' }> & CommandMetadata) {
  const { type: _type, at: _at, by: _by, aggregateId: _id, commandId: _commandId, ...given } = command
  return given
}

function differing(before: Organisation['fields'], values: Readonly<Record<string, FieldValue | null>>): object {
  const fields = Object.entries(values).filter(([name, value]) => (before[name] ?? null) !== value)
  return fields.length > 0 ? { fields: Object.fromEntries(fields) } : {}
}
