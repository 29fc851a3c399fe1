import type { CalendarOwner, TermsChange } from '@guichet/domain'
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
import type { ApiBuilder } from './builder.ts'
import { enumOf } from './enum-values.ts'

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
