import type { Actor, CalendarOwner, Customer, TermsChange } from '@guichet/domain'
import {
  calendarOwners,
  channels,
  closeReasons,
  manualCloseReasons,
  preferences,
  priorities,
  relations,
  slaStates,
  slaTargets,
  termsChanges,
  ticketDeadlineKinds,
  ticketStatuses,
} from '@guichet/domain'
import type { EnumRef } from '@pothos/core'
import { roles } from '../auth/principal.ts'
import type { ApiBuilder, SchemaParts, SchemaTypes } from './builder.ts'
import { globalId } from './builder.ts'
import { seesOwnOnly } from './context.ts'
import { isViewerThemselves } from './shared-access.ts'

/** Adds the enumerations of the domain: the API uses the same names as events. */
export function addVocabulary({ builder }: SchemaParts) {
  const owner = enumOf(builder, 'CalendarOwnerKind', calendarOwners)
  const change = enumOf(builder, 'TermsChangeKind', termsChanges)
  return {
    termsChange: builder.objectRef<TermsChange>('TermsChange').implement({
      description:
        'A change of the terms of a ticket: of the ticket itself, of the configuration, or of the time that its customer had waited when it came in. Nothing falls due by the new terms before the change.',
      fields: (t) => ({ at: t.expose('at', { type: 'DateTime' }), change: t.expose('change', { type: change }) }),
    }),
    calendarOwner: builder.objectRef<CalendarOwner>('CalendarOwner').implement({
      description: 'The owner of the calendar by which the time of a target is counted.',
      fields: (t) => ({ kind: t.expose('kind', { type: owner }), name: t.exposeString('name') }),
    }),
    status: enumOf(builder, 'TicketStatus', ticketStatuses),
    priority: enumOf(builder, 'Priority', priorities),
    channel: enumOf(builder, 'Channel', channels),
    closeReason: enumOf(builder, 'CloseReason', closeReasons),
    manualCloseReason: enumOf(builder, 'ManualCloseReason', manualCloseReasons),
    relation: enumOf(builder, 'Relation', relations),
    visibility: enumOf(builder, 'Visibility', ['public', 'internal']),
    nextStatus: enumOf(builder, 'StatusAfterReply', ['in_progress', 'waiting_customer', 'resolved']),
    preference: enumOf(builder, 'Preference', preferences),
    deadlineKind: enumOf(builder, 'DeadlineKind', ticketDeadlineKinds),
    slaState: enumOf(builder, 'SlaState', slaStates, {
      description:
        'PENDING, IMMINENT_BREACH (the desk has been warned) and PAUSED targets are open. BREACHED targets were due, whether or not a breach has been recorded, and may be open. ACHIEVED targets were done in time. CANCELLED targets were cancelled before they were due.',
    }),
    slaTarget: enumOf(builder, 'SlaTarget', slaTargets),
    actorKind: enumOf(builder, 'ActorKind', ['customer', 'agent', 'system']),
    messageKind: enumOf(builder, 'MessageKind', ['customer', 'agent', 'note', 'automatic']),
  }
}

/** The references to the enumerations of the domain and to the small types made of them. */
export type Vocabulary = ReturnType<typeof addVocabulary>

/** Returns the API's spelling of a name of the domain: `waiting_customer` is WAITING_CUSTOMER, `openedAt` OPENED_AT. */
const constantCase = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()

/**
 * Adds an enumeration of names of the domain. Only the API spells them in upper case: resolvers receive and return the names of the domain.
 * @param describe describes a value that `description/values.ts` does not.
 */
export function enumOf<const W extends string>(
  builder: ApiBuilder,
  name: string,
  values: readonly W[],
  { description, describe }: { readonly description?: string; readonly describe?: (value: W) => string } = {},
) {
  const entries = values.map((value) => [
    constantCase(value),
    { value, ...(describe && { description: describe(value) }) },
  ])
  const added = builder.enumType(name, {
    ...(description !== undefined && { description }),
    values: Object.fromEntries(entries) as Readonly<Record<string, { readonly value: W }>>,
  })
  const enumsByValues = enums.get(builder) ?? new Map<string, EnumRef<SchemaTypes, string>>()
  enums.set(builder, enumsByValues.set(values.join(), added))
  return added
}

/** The enumerations of each schema, by their values. */
const enums = new WeakMap<ApiBuilder, Map<string, EnumRef<SchemaTypes, string>>>()

/** Returns the enumeration of these names of the domain. Throws an Error when none has been added. */
export function enumWith(builder: ApiBuilder, values: readonly string[]): EnumRef<SchemaTypes, string> {
  const ref = enums.get(builder)?.get(values.join())
  if (!ref) throw new Error(`no enumeration has the values ${values.join(', ')}`)
  return ref
}

/** Adds the types of people and actors. Customers see no e-mail address but their own. */
export function addPeople({ builder, use }: SchemaParts) {
  const { actorKind } = use(addVocabulary)
  const person = builder.objectRef<Customer>('Person').implement({
    description: 'A person named by a ticket: its customer, an assignee or a watcher.',
    fields: (t) => ({
      id: t.id({ description: 'The global id, unique across all types.', resolve: ({ id }) => globalId('Person', id) }),
      userId: t.exposeID('id', { description: 'The id by which the desk and its tokens identify the person.' }),
      name: t.exposeString('name', { nullable: true }),
      firstName: t.exposeString('firstName', { nullable: true }),
      email: t.string({
        nullable: true,
        resolve: async ({ id, email }, _, context) =>
          email !== undefined && seesOwnOnly(context) && !(await isViewerThemselves(id, context)) ? undefined : email,
      }),
    }),
  })

  const actor = builder.objectRef<Actor>('Actor').implement({
    description: 'The cause of an event: a customer, somebody at the desk, or the engine.',
    fields: (t) => ({
      kind: t.expose('kind', { type: actorKind }),
      userId: t.exposeID('id'),
      name: t.exposeString('name', { nullable: true }),
    }),
  })

  return { person, actor, role: enumOf(builder, 'Role', roles) }
}

/** The references to `Person`, `Actor` and the enumeration `Role`. */
export type People = ReturnType<typeof addPeople>
