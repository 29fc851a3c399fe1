import { expect, it } from 'vitest'
import type { ChatEventType } from '@guichet/domain'
import { chatEvents } from '@guichet/domain'
import { fieldsOfEvents } from './chat-event.ts'
import { chatEventTypes } from './chat-enums.ts'

/** What customers read of each event that they are shown, by the names of `ChatEvent`. */
const published = {
  ChatStarted: ['category', 'priority'],
  ChatAccepted: ['agent'],
  ChatRequeued: [],
  ChatMessageSent: ['messageId'],
  ChatMessageEdited: ['messageId'],
  ChatMessageRedacted: ['messageId'],
  ChatActionChosen: ['actionId', 'messageId'],
  ChatMessagesDelivered: ['side', 'upTo'],
  ChatMessagesRead: ['side', 'upTo'],
  ChatTransferEnded: ['agent'],
  ChatTransferred: ['agent'],
  ChatParticipantJoined: ['agent', 'role'],
  ChatParticipantLeft: ['agent', 'role'],
  ChatCallRequested: ['agent', 'callId', 'callKind', 'expiresAt', 'side'],
  ChatCallAccepted: ['agent', 'callId'],
  ChatCallStarted: ['callId'],
  ChatCallRecordingWithdrawn: ['callId', 'side'],
  ChatCallEnded: ['callEndReason', 'callId'],
  ChatInactivityWarned: ['closesAt'],
  ChatClosed: [],
  ChatReopened: [],
  ChatRated: ['rating'],
  ChatTranscriptRequested: [],
  ChatConverted: ['ticketId'],
}

it('publishes the described fields of the events that customers are shown, which are listed', () => {
  const fields = [...fieldsOfEvents()]
  const shown = chatEventTypes.filter((type) => chatEvents[type].shownToCustomers !== false)
  const namesOf = (type: ChatEventType) => fields.filter(([, { keys }]) => keys.has(type)).map(([name]) => name)
  expect(Object.fromEntries(shown.map((type) => [type, namesOf(type).sort()]))).toEqual(published)
})
