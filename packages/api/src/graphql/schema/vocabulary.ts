import {
  channels,
  closeReasons,
  deadlineKinds,
  manualCloseReasons,
  preferences,
  priorities,
  relations,
  slaTargets,
  targetStates,
  ticketStatuses,
} from '@guichet/domain'
import type { ApiBuilder } from './builder.ts'

/** The domain's own words as enumerations: one vocabulary from event to API. */
export function addVocabulary(builder: ApiBuilder) {
  return {
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
    targetState: builder.enumType('SlaTargetState', {
      description:
        'A target is IMMINENT_BREACH once its policy has warned of it, and PAUSED while its clock stands still.',
      values: targetStates,
    }),
    slaTarget: builder.enumType('SlaTarget', { values: slaTargets }),
    actorKind: builder.enumType('ActorKind', { values: ['customer', 'agent', 'system'] as const }),
    messageKind: builder.enumType('MessageKind', { values: ['customer', 'agent', 'note', 'automatic'] as const }),
  }
}

export type Vocabulary = ReturnType<typeof addVocabulary>
