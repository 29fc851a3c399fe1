export { openClassification } from './classification/classification.ts'
export type { ClassificationEngine, ClassificationOptions } from './classification/classification.ts'
export { readExamples } from './classification/examples.ts'
export type { Examples } from './classification/examples.ts'
export { inSlices, ModelUnreadable } from './classification/learner.ts'
export type { ModelCard, StoredModel } from './classification/learner.ts'
export type { OpenAiOptions } from './classification/openai-classifier.ts'
export { DeadlinesRefused, fireDue } from './clock.ts'
export type { ClockEngine, ClockFailure, ClockStatus, FiredDue, RefusedDeadline } from './clock.ts'
export { deliveryChannels, TryAgain } from './delivery/delivery.ts'
export type {
  DailyReports,
  Delivery,
  DeliveryChannel,
  DeliveryContent,
  ReportTarget,
  Sent,
  Transport,
  Transports,
} from './delivery/delivery.ts'
export { deliveryList, deliveryStates } from './delivery/delivery-list.ts'
export type {
  DeliveryEngine,
  DeliveryList,
  DeliveryOptions,
  DeliveryState,
  DeliveryStatus,
  ListedDelivery,
} from './delivery/delivery-list.ts'
export { smtpTransport } from './delivery/smtp.ts'
export type { MailFrom, SmtpOptions } from './delivery/smtp.ts'
export { webhookTransport } from './delivery/webhook.ts'
export type { WebhookOptions } from './delivery/webhook.ts'
export { embeddedClock } from './embedded/clock.ts'
export type { EmbeddedClock, EmbeddedClockOptions } from './embedded/clock.ts'
export { embeddedDelivery } from './embedded/delivery.ts'
export type { EmbeddedDeliveryOptions } from './embedded/delivery.ts'
export { reaction } from './reaction/reaction.ts'
export {
  checkpointOf,
  completeMerges,
  completeSplits,
  deskReactions,
  followShifts,
  openIncidentTickets,
  reactions,
  reactionsSchema,
  relayIncidentUpdates,
} from './reaction/reactions.ts'
export type { Reaction } from './reaction/reaction.ts'
export type { Reactions, ReactionsOptions, ReactionStatus } from './reaction/reactions.ts'
export { removeDeletedFiles, scanFiles } from './reaction/files.ts'
export type { FileContent } from './reaction/files.ts'
export { handOverConversations } from './reaction/hand-over-conversations.ts'
export type { Conversations } from './reaction/hand-over-conversations.ts'
export { leasedChatRouter, leasedRouter } from './routing/leased-router.ts'
export type { LeasedRouter, LeasedRouterOptions } from './routing/leased-router.ts'
export type { ChatRouterStatus } from './routing/chat-router.ts'
export { createRouter } from './routing/router.ts'
export type { Beginning, Router, RouterOptions, RouterStatus } from './routing/router.ts'
export { periodically, repeatWithBackOff } from './supervision.ts'
export type { OnError, Turn } from './supervision.ts'
