export { readBounded } from './bounded-answer.ts'
export { openClassification } from './classification/classification.ts'
export type { ClassificationEngine, ClassificationOptions } from './classification/classification.ts'
export { readExamples } from './classification/examples.ts'
export type { Examples } from './classification/examples.ts'
export { inSlices, ModelUnreadable } from './classification/learner.ts'
export type { ModelCard, StoredModel } from './classification/learner.ts'
export type { CompletionService } from './completion/completion.ts'
export { ServiceFailed } from './completion/json-endpoint.ts'
export { DeadlinesRefused, fireDue } from './clock.ts'
export type { ClockEngine, ClockFailure, ClockStatus, FiredDue, RefusedDeadline } from './clock.ts'
export { deliveryChannels, TryAgain } from './delivery/delivery.ts'
export type {
  DailyReports,
  Delivery,
  DeliveryChannel,
  DeliveryContent,
  ReportTarget,
  SendOutcome,
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
export { mailServerCheck, smtpTransport } from './delivery/smtp.ts'
export type { MailAttachment, MailFrom, SmtpOptions } from './delivery/smtp.ts'
export { recordingDeliveries } from './delivery/deliveries.ts'
export type { RecordDeliveries } from './delivery/deliveries.ts'
export { pushSubscriptions } from './delivery/push-subscriptions.ts'
export type { Push, PushSubscriptions } from './delivery/push-subscriptions.ts'
export { arePushKeys, isPushEndpoint, newPushKeys, pushPublicKey, webPushTransport } from './delivery/web-push.ts'
export type { PushKeys, WebPushOptions } from './delivery/web-push.ts'
export { webhookTransport } from './delivery/webhook.ts'
export type { WebhookOptions } from './delivery/webhook.ts'
export { webhookSignature } from './delivery/webhook-signature.ts'
export type { WebhookSignature } from './delivery/webhook-signature.ts'
export { embeddedClock } from './embedded/clock.ts'
export type { EmbeddedClock, EmbeddedClockOptions } from './embedded/clock.ts'
export { embeddedDelivery } from './embedded/delivery.ts'
export type { EmbeddedDeliveryOptions } from './embedded/delivery.ts'
export { detectCustomerLanguage } from './language/detect-customer-language.ts'
export type { Conversation } from './language/detect-customer-language.ts'
export { languageDetector } from './language/language-detector.ts'
export { openArticleEmbeddings } from './knowledge/open-article-embeddings.ts'
export type { ArticleEmbeddingOptions, ArticleEmbeddings } from './knowledge/open-article-embeddings.ts'
export { checkOutsideLinks } from './knowledge/check-outside-links.ts'
export { openReadership, settlingSessions } from './knowledge/open-readership.ts'
export { linkFaults, linkOutcomes } from './knowledge/outside-links-port.ts'
export type { CheckedLink, LinkFinding, OutsideLinks } from './knowledge/outside-links-port.ts'
export type { DeflectionFigures, DeflectionGroup } from './knowledge/deflection-port.ts'
export { moveRatingsOfVisitors, removeReadership } from './knowledge/readership.ts'
export type { ArticleRating, Rater, Readership, ReadershipFigures } from './knowledge/readership-port.ts'
export type { ReadershipPeriod } from './knowledge/readership-period.ts'
export { recordArticleAnswers, suggestingPhrases, suggestPhrases } from './knowledge/suggest-phrases.ts'
export { searchDays } from './knowledge/search-record-port.ts'
export type { CommonSearch, SearchRecord } from './knowledge/search-record-port.ts'
export { addressGuard, addressRange } from './outbound/address-guard.ts'
export type { AddressGuard, AddressRange } from './outbound/address-guard.ts'
export { activityDimensions } from './proactive/activity-port.ts'
export type {
  ActivityCount,
  ActivityDayCount,
  ActivityDays,
  ActivityDimension,
  ActivityPerson,
  ActivityReport,
  ActivityStore,
  StoredActivity,
} from './proactive/activity-port.ts'
export type { AnalysesStatus } from './proactive/analyses.ts'
export type { AnalyserOptions } from './proactive/analysers.ts'
export type { ReadFalls } from './proactive/health-alerts.ts'
export type { LikelyIncidents, RecordedIncident } from './proactive/likely-incidents.ts'
export type { ModelLog, ModelOutcome, ModelRequest } from './proactive/model-log.ts'
export type { PatternLearner } from './proactive/pattern-learner.ts'
export { personReader } from './proactive/person-context.ts'
export { openProactive } from './proactive/proactive.ts'
export type { Proactive, ProactiveOptions } from './proactive/proactive.ts'
export { reaction, reactionToMany } from './reaction/reaction.ts'
export { personIdsAt } from './reaction/person-ids.ts'
export type { ReadPersonIds } from './reaction/person-ids.ts'
export { periodicallyInOneProcess } from './reaction/checkpoint.ts'
export { deskReactions } from './reaction/desk-reactions.ts'
export { reactions, reactionsSchema } from './reaction/reactions.ts'
export type { Reaction } from './reaction/reaction.ts'
export type { ParkedEvent, ParkedEvents } from './reaction/parked-events.ts'
export type { Reactions, ReactionsOptions, ReactionStatus } from './reaction/reactions.ts'
export { removeDeletedFiles, scanFiles } from './reaction/files.ts'
export type { FileContent } from './reaction/files.ts'
export { needsPush, pushToCustomers } from './reaction/push-to-customers.ts'
export { sendTranscripts } from './reaction/send-transcripts.ts'
export { handOverChats } from './reaction/hand-over-chats.ts'
export { handOverConversations } from './reaction/hand-over-conversations.ts'
export type { AssignedTickets } from './reaction/hand-over-conversations.ts'
export type { Connections } from './routing/absences.ts'
export { isAgentGone } from './routing/absences.ts'
export { offerChat, settlePlaces, stepChat } from './routing/chat-offers.ts'
export { leasedChatRouter, leasedRouter } from './routing/leased-router.ts'
export type { LeasedRouter, LeasedRouterOptions } from './routing/leased-router.ts'
export type { ChatRouterStatus } from './routing/chat-router.ts'
export { createRouter } from './routing/router.ts'
export { cachedChooser } from './routing/terms.ts'
export type { Beginning, Router, RouterOptions, RouterStatus } from './routing/router.ts'
export { removeTranslations } from './translation/remove-translations.ts'
export { openTranslations } from './translation/translations.ts'
export type { TranslationOptions } from './translation/translations.ts'
export type { TranslatorOptions } from './translation/libretranslate.ts'
export { translationFaults } from './translation/translation-port.ts'
export type {
  Translation,
  TranslationFault,
  TranslationQuality,
  TranslationRequest,
  Translations,
} from './translation/translation-port.ts'
export type { TranslatorPair } from './translation/translator-order.ts'
export { inTime, periodically, repeatWithBackOff } from './supervision.ts'
export type { OnError, Turn } from './supervision.ts'
