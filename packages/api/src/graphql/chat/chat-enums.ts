import type { ChatEventType } from '@guichet/domain'
import {
  callEndReasons,
  callKinds,
  chatChannels,
  chatCloseReasons,
  chatEvents,
  chatMessageKinds,
  chatSides,
  chatStatuses,
  deskCloseReasons,
  participantRoles,
} from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { enumOf } from '../vocabulary.ts'

/** The type of every event of a chat. */
export const chatEventTypes = Object.keys(chatEvents) as readonly ChatEventType[]

/** Adds the enumerations of chats. */
export function addChatEnums({ builder }: SchemaParts) {
  return {
    status: enumOf(builder, 'ChatStatus', chatStatuses),
    channel: enumOf(builder, 'ChatChannel', chatChannels),
    kind: enumOf(builder, 'ChatMessageKind', chatMessageKinds),
    closeReason: enumOf(builder, 'ChatCloseReason', chatCloseReasons),
    deskCloseReason: enumOf(builder, 'DeskChatCloseReason', deskCloseReasons),
    role: enumOf(builder, 'ChatRole', participantRoles),
    side: enumOf(builder, 'ChatSide', chatSides),
    callKind: enumOf(builder, 'ChatCallKind', callKinds),
    callEndReason: enumOf(builder, 'ChatCallEndReason', callEndReasons),
    eventType: enumOf(builder, 'ChatEventType', chatEventTypes, {
      describe: (type) => chatEvents[type].description,
    }),
  }
}
