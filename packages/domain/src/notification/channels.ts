import type { Preference } from '../recipient/recipient.ts'

/** The ways on which a notification travels. */
export type NotificationChannels = { readonly web: boolean; readonly email: boolean; readonly push: boolean }

/** 003's table « Préférences Utilisateur »: who wants both is pushed to as well. */
export const channelsByPreference: Readonly<Record<Preference, NotificationChannels>> = {
  web_only: { web: true, email: false, push: false },
  email_only: { web: false, email: true, push: false },
  both: { web: true, email: true, push: true },
  none: { web: false, email: false, push: false },
}
