import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandOf } from '../kernel/command.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { accept, deny, refusal, tooMany } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { id, line, nameSchema, personId } from '../kernel/values.ts'
import { refuseUnknownPlan } from '../ticket/rule.ts'
import type { CustomerTerms } from './customer.ts'
import type { FieldDefinition, FieldValue, Identity, SharedWith } from './details.ts'
import { fieldValues, sharedWith, typedFields } from './details.ts'

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

/** The definition of every command of an organisation. */
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

/** Any event of an organisation. */
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

/** The state of an organisation; `absent` before it is registered. */
export type OrganisationState = { readonly status: 'absent'; readonly withdrawals?: number } | Organisation

/** What identifies an organisation: its domains. */
export const identitiesOfOrganisation = (state: OrganisationState): readonly Identity[] =>
  state.status === 'absent' ? [] : state.domains.map((value) => ({ kind: 'domain', value }))

type Terms = Omit<CustomerTerms, 'fields'> & { readonly organisationFields: readonly FieldDefinition[] }

/** Organisations: the streams `organisation-<id>`. Their terms are the plans and own fields of the desk. */
export const organisationAggregate = defineAggregate({
  category: 'organisation',
  id: personId,
  commands: organisationCommands,
  events: organisationEvents,
  initial: { status: 'absent' },
  begunBy: ['register'],
  notFound: 'organisation_not_found',
  generation: ({ withdrawals = 0 }) => withdrawals,
  evolve: evolveOrganisation,
  first: ({ type }, { status }) => (type === 'withdrawImport' && status === 'absent' ? accept([]) : undefined),
  rules: {
    register: (command, state, terms: Terms) => {
      const { at, by } = command
      const differing = differingDetails(by, command, state, terms)
      if (!differing.ok) return differing
      const { isEmpty, data } = differing.value
      if (state.status === 'absent') return accept([{ type: 'OrganisationRegistered', at, by, name: '', ...data }])
      return isEmpty ? accept([]) : deny(refusal('organisation_already_registered'))
    },

    change: ({ at, by, changes }, state, terms) => {
      const differing = differingDetails(by, changes, state, terms)
      if (!differing.ok) return differing
      const { isEmpty, data } = differing.value
      return accept(isEmpty ? [] : [{ type: 'OrganisationChanged', at, by, ...data }])
    },

    addDomain: ({ at, by, domain }, { domains }) => {
      if (domains.includes(domain)) return accept([])
      if (domains.length >= organisationLimits.domains)
        return tooMany('an organisation', 'domains', organisationLimits.domains)
      return accept([{ type: 'OrganisationDomainAdded', at, by, domain }])
    },

    removeDomain: ({ at, by, domain }, { domains }) =>
      accept(domains.includes(domain) ? [{ type: 'OrganisationDomainRemoved', at, by, domain }] : []),

    addManager: ({ at, by, customerId }, { managers }) => {
      if (managers.includes(customerId)) return accept([])
      if (managers.length >= organisationLimits.managers)
        return tooMany('an organisation', 'managers', organisationLimits.managers)
      return accept([{ type: 'OrganisationManagerAdded', at, by, customerId }])
    },

    removeManager: ({ at, by, customerId }, { managers }) =>
      accept(managers.includes(customerId) ? [{ type: 'OrganisationManagerRemoved', at, by, customerId }] : []),

    withdrawImport: ({ at, by, importId }) => accept([{ type: 'OrganisationImportWithdrawn', at, by, importId }]),
  },
})

/** The organisation after one more event; an event before the registration leaves the state unchanged. */
export function evolveOrganisation(state: OrganisationState, event: OrganisationEvent): OrganisationState {
  const { at } = event
  if (event.type === 'OrganisationRegistered' || event.type === 'OrganisationChanged') {
    const { type, at: _, by: _by, fields = {}, ...changes } = event
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
      ...changes,
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

/** The details and values of own fields that differ from those of an organisation, or why it may not have them. */
function differingDetails(
  by: Actor,
  changes: CommandOf<typeof organisationCommands, 'change'>['changes'],
  state: OrganisationState,
  terms: Terms,
) {
  const unknown = refuseUnknownPlan({ by, plan: changes.plan }, terms)
  if (unknown) return unknown
  const values = typedFields(changes.fields ?? {}, terms.organisationFields)
  if (!values.ok) return values
  const before: Readonly<Record<string, unknown>> = { ...state }
  const fieldsBefore = state.status === 'absent' ? {} : state.fields
  const changed = Object.entries(changes).filter(
    ([name, value]) => Object.hasOwn(details, name) && value !== undefined && (before[name] ?? null) !== value,
  )
  const fields = Object.entries(values.value).filter(([name, value]) => (fieldsBefore[name] ?? null) !== value)
  return accept({
    isEmpty: changed.length + fields.length === 0,
    data: { ...Object.fromEntries(changed), ...(fields.length > 0 && { fields: Object.fromEntries(fields) }) },
  })
}
