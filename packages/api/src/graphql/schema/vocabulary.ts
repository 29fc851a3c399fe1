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

/** The domain's own words as enumerations: one vocabulary from event to API. */
export function addVocabulary(builder: ApiBuilder) {
  const owner = builder.enumType('CalendarOwnerKind', { values: calendarOwners })
  const change = builder.enumType('TermsChangeKind', { values: termsChanges })
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
    status: builder.enumType('TicketStatus', { values: ticketStatuses }),
    priority: builder.enumType('Priority', { values: priorities }),
    channel: builder.enumType('Channel', { values: channels }),
    closeReason: builder.enumType('CloseReason', { values: closeReasons }),
    manualCloseReason: builder.enumType('ManualCloseReason', { values: manualCloseReasons }),
    relation: builder.enumType('Relation', { values: relations }),
    visibility: builder.enumType('Visibility', { values: ['public', 'internal'] as const }),
    nextStatus: builder.enumType('StatusAfterReply', {
      values: ['in_progress', 'waiting_customer', 'resolved'] as const,
    }),
    preference: builder.enumType('Preference', { values: preferences }),
    deadlineKind: builder.enumType('DeadlineKind', { values: deadlineKinds }),
    slaState: builder.enumType('SlaState', {
      description:
        'PENDING, IMMINENT_BREACH (the desk has been warned) and PAUSED targets are open; BREACHED ones were due, whether or not anybody has recorded it, and may be open; ACHIEVED ones were done in time; CANCELLED ones were given up before they were due.',
      values: slaStates,
    }),
    slaTarget: builder.enumType('SlaTarget', { values: slaTargets }),
    actorKind: builder.enumType('ActorKind', { values: ['customer', 'agent', 'system'] as const }),
    messageKind: builder.enumType('MessageKind', { values: ['customer', 'agent', 'note', 'automatic'] as const }),
  }
}

export type Vocabulary = ReturnType<typeof addVocabulary>
