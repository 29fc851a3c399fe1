export { mayNotify } from './moments.ts'
export { channelsByPreference, notificationKinds, notificationsFor } from './notification.ts'
export type {
  Audience,
  Notification,
  NotificationChannels,
  NotificationLevel,
  NotificationTerms,
} from './notification.ts'
export {
  languageBySource,
  languageOf,
  languageSources,
  preferences,
  recipientAggregate,
  recipientEvents,
} from './recipient.ts'
export type {
  LanguageHints,
  LanguageSource,
  Preference,
  Recipient,
  RecipientCommand,
  RecipientEvent,
} from './recipient.ts'
