import { parseStream } from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import type { Translations } from './translation-port.ts'

/**
 * Removes the translations of a text that was removed or changed, and those of conversations and customers that were taken back with
 * their import.
 */
export const removeTranslations = (
  translations: Pick<Translations, 'forget' | 'erase' | 'eraseConversation'>,
): Reaction =>
  reaction({
    name: 'remove_translations',
    on: [
      'TicketMessageRedacted',
      'ChatMessageRedacted',
      'ChatMessageEdited',
      'TicketImportWithdrawn',
      'CustomerImportWithdrawn',
    ],
    react: async ({ stream, event }) => {
      if (event.type === 'CustomerImportWithdrawn') await translations.erase([parseStream(stream).id])
      else if (event.type === 'TicketImportWithdrawn') await translations.eraseConversation(stream)
      else {
        const left = event.type === 'ChatMessageRedacted' ? '' : event.body
        await translations.forget({ stream, messageId: event.messageId }, left)
      }
    },
  })
