import type { Actor, CalendarOwner, Customer, TermsChange } from '@guichet/domain'
import {
  calendarOwners,
  channels,
  closeReasons,
  deadlineKinds,
  manualCloseReasons,
  preferences,
  priorities,
  relations,
  slaStates,
  slaTargets,
  termsChanges,
  ticketStatuses,
} from '@guichet/domain'
import { roles } from '../auth/principal.ts'
import type { ApiBuilder } from './builder.ts'
import { globalId } from './builder.ts'
import { seesOwnOnly } from './context.ts'

/** The domain's own words as enumerations: one vocabulary from event to API. */
export function addVocabulary(builder: ApiBuilder) {
  const owner = enumOf(builder, 'CalendarOwnerKind', calendarOwners)
  const change = enumOf(builder, 'TermsChangeKind', termsChanges)
  return {
    termsChange: builder.objectRef<TermsChange>('TermsChange').implement({
      description:
        'A change before which nothing fell due by what has held since: of the ticket, of the configuration, or of how long its customer had waited when it came.',
      fields: (t) => ({ at: t.expose('at', { type: 'DateTime' }), change: t.expose('change', { type: change }) }),
    }),
    calendarOwner: builder.objectRef<CalendarOwner>('CalendarOwner').implement({
      description: 'Whose calendar the time of a target is counted on.',
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
    deadlineKind: enumOf(builder, 'DeadlineKind', deadlineKinds),
    slaState: enumOf(builder, 'SlaState', slaStates, {
      description:
        'PENDING, IMMINENT_BREACH (the desk has been warned) and PAUSED targets are open; BREACHED ones were due, whether or not anybody has recorded it, and may be open; ACHIEVED ones were done in time; CANCELLED ones were given up before they were due.',
    }),
    slaTarget: enumOf(builder, 'SlaTarget', slaTargets),
    actorKind: enumOf(builder, 'ActorKind', ['customer', 'agent', 'system']),
    messageKind: enumOf(builder, 'MessageKind', ['customer', 'agent', 'note', 'automatic']),
  }
}

export type Vocabulary = ReturnType<typeof addVocabulary>

/** How the API spells a word of the domain: `waiting_customer` is WAITING_CUSTOMER, `openedAt` OPENED_AT. */
const constantCase = (word: string): string => word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()

/**
 * An enumeration of words of the domain. Nothing but the API spells them in upper case: resolvers are given the words, and answer with them.
 * @param describe says what a word means, where the descriptions of the schema do not.
 */
export function enumOf<const W extends string>(
  builder: ApiBuilder,
  name: string,
  words: readonly W[],
  { description, describe }: { readonly description?: string; readonly describe?: (word: W) => string } = {},
) {
  const values = words.map((value) => [
    constantCase(value),
    { value, ...(describe && { description: describe(value) }) },
  ])
  return builder.enumType(name, {
    ...(description !== undefined && { description }),
    values: Object.fromEntries(values) as Readonly<Record<string, { readonly value: W }>>,
  })
}

/** People and actors: customers learn nobody's e-mail address but their own. */
export function addPeople(builder: ApiBuilder, { actorKind }: Vocabulary) {
  const person = builder.objectRef<Customer>('Person').implement({
    description: 'Somebody a ticket names: its customer, an assignee, a watcher.',
    fields: (t) => ({
      id: t.id({ description: 'Unique among everything that has an id.', resolve: ({ id }) => globalId('Person', id) }),
      userId: t.exposeID('id', { description: 'The id that the desk and its tokens know the person by.' }),
      name: t.exposeString('name', { nullable: true }),
      firstName: t.exposeString('firstName', { nullable: true }),
      email: t.string({
        nullable: true,
        resolve: ({ id, email }, _, context) =>
          seesOwnOnly(context) && context.principal?.id !== id ? undefined : email,
      }),
    }),
  })

  const actor = builder.objectRef<Actor>('Actor').implement({
    description: 'Who caused something: a customer, somebody of the desk, or the engine itself.',
    fields: (t) => ({
      kind: t.expose('kind', { type: actorKind }),
      userId: t.exposeID('id'),
      name: t.exposeString('name', { nullable: true }),
    }),
  })

  const personInput = builder.inputType('PersonInput', {
    fields: (t) => ({
      id: t.id({ required: true }),
      name: t.string(),
      firstName: t.string({ description: 'Of a customer: how texts address them.' }),
      email: t.string(),
    }),
  })

  return { person, actor, personInput, role: enumOf(builder, 'Role', roles) }
}

export type People = ReturnType<typeof addPeople>
