export { mayNotify } from './moments.ts'
export { channelsByPreference, notificationKinds, notificationsFor } from './notification.ts'
export type {
  Audience,
  Notification,
  NotificationChannels,
  NotificationLevel,
  NotificationTerms,
} from './notification.ts'
export { languageOf, preferences, recipientAggregate, recipientEvents } from './recipient.ts'
export type { Preference, Recipient, RecipientCommand, RecipientEvent } from './recipient.ts'
