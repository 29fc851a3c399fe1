import type { Instant } from '@guichet/domain'
import { chatLanguageFor, days, parseStream, transcriptWords } from '@guichet/domain'
import type { RecordDeliveries } from '../delivery/deliveries.ts'
import { deliveryKey } from '../delivery/delivery.ts'
import type { Reaction } from './reaction.ts'
import { reaction } from './reaction.ts'

type TranscriptParts = { readonly record: RecordDeliveries; readonly now: () => Instant }

/** What was asked for longer ago is not sent: nobody expects it any more. */
const longestAgo = days(3)

/** Records an e-mail for each transcript that somebody asked for. The transcript is attached when it is sent. */
export function sendTranscripts({ record, now }: TranscriptParts): Reaction {
  return reaction({
    name: 'send_transcripts',
    on: ['ChatTranscriptRequested'],
    inAnyOrder: true,
    react: async ({ event, stream, id: eventId }, desk) => {
      const { at, address } = event
      if (Date.parse(at) < Date.parse(now()) - longestAgo) return
      const { id: chatId } = parseStream(stream)
      const { state: chat } = await desk.read('chat', chatId)
      if (chat.status === 'absent') return
      const language = chatLanguageFor(chat.language)
      const { title, message } = transcriptWords(language).mail
      const id = `${eventId}/email`
      await record((deskId) => [
        {
          id,
          key: deliveryKey(deskId, id),
          channel: 'email',
          kind: 'chat_transcript',
          recipientId: chat.customer.id,
          content: { at, language, title, message, address, chatId },
        },
      ])
    },
  })
}
