export type { AwaitedReply } from './awaited-reply.ts'
export type { CallConnection, CallProvider, CallSeat, IceServer } from './call-provider.ts'
export { inCallSince, openCall } from './call.ts'
export type { ChatCall } from './call.ts'
export { callSettings } from './calls.ts'
export { changedMessage, noContent, withoutContent } from './changed-message.ts'
export type { ChatMessage, ChatMessageChange } from './changed-message.ts'
export { chatAggregate } from './chat.ts'
export type { ChatCommand, ChatCommandInput, ChatCommandOf, ChatCommandType } from './commands.ts'
export { answerDueAt } from './deadlines.ts'
export { chatTicketId } from './ending.ts'
export { chatEvents, describeChatEvent, isShownInChat } from './events.ts'
export type { ChatEvent, ChatEventData, ChatEventOf, ChatEventType } from './events.ts'
export { channelAvailability, channelTerms } from './hours.ts'
export type { ChannelAvailability } from './hours.ts'
export { chatNotifications } from './notifications.ts'
export { chatPushOf, pushedChatEvents } from './push.ts'
export type { ChatPush } from './push.ts'
export { speaksIn } from './rule.ts'
export { chatTargets, defaultChatPolicy } from './service-levels.ts'
export type { ChatTarget } from './service-levels.ts'
export { chatSettingsSchema, defaultChatSettings } from './settings.ts'
export type { ChatChannelSettings, ChatSettings, ChatTimes } from './settings.ts'
export { chatMessageOf, evolveChat, waitsForCustomer } from './state.ts'
export type { Chat, ChatAgent, ChatOffer, ChatParticipant, ChatState, ChatTransfer } from './state.ts'
export { readTranscript, transcriptHead, transcriptSchema } from './transcript-document.ts'
export type { TranscriptEntry, TranscriptHead } from './transcript-document.ts'
export {
  callEndReasons,
  callKinds,
  chatActionSchema,
  chatAgentSchema,
  chatCardSchema,
  chatChannels,
  chatCloseReasons,
  chatLimits,
  chatMessageKinds,
  chatPushKinds,
  chatSides,
  chatStatuses,
  chatTransferTargetSchema,
  deskCloseReasons,
  participantRoles,
} from './vocabulary.ts'
export type {
  CallKind,
  ChatChannel,
  ChatCloseReason,
  ChatMessageKind,
  ChatPushKind,
  ChatSide,
  ChatStatus,
  ChatTransferTarget,
} from './vocabulary.ts'
export { chatLanguageFor, chatReadingSchema, localTime, transcriptWords, wordChatEvent } from './wording.ts'
export type { ChatReader } from './wording.ts'
export type { TranscriptWords } from './languages/definition.ts'
