import { parseStream } from '@guichet/domain'
import type { ReadPersonIds } from '../reaction/person-ids.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import type { Translations } from './translation-port.ts'

/**
 * Removes the translations of a text that was removed or changed, and those of conversations and customers that were taken back with
 * their import, with the visitors whom these have claimed.
 */
export const removeTranslations = (
  translations: Pick<Translations, 'forget' | 'erase' | 'eraseConversation'>,
  personIds: ReadPersonIds,
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
    react: async ({ stream, event, position }, desk) => {
      if (event.type === 'CustomerImportWithdrawn')
        await translations.erase(await personIds(desk, parseStream(stream).id, position))
      else if (event.type === 'TicketImportWithdrawn') await translations.eraseConversation(stream)
      else {
        const left = event.type === 'ChatMessageRedacted' ? '' : event.body
        await translations.forget({ stream, messageId: event.messageId }, left)
      }
    },
  })
