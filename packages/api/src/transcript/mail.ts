import { buffer } from 'node:stream/consumers'
import type { Desk } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { SmtpOptions } from '@guichet/workflows'
import { openTranscript, transcriptFormats } from './transcript.ts'

/** A chat with more events is attached as text: a PDF of it takes too long for a mail server that waits. */
const mostPrinted = 2_000

/** Attaches the transcript of a chat to the e-mail that was asked for, as its customer may read it when it is sent. */
export function attachTranscript({
  read,
  store,
  terms,
}: Pick<Desk, 'read' | 'store' | 'terms'>): NonNullable<SmtpOptions['attachments']> {
  return async ({ kind, content: { chatId, language } }, signal) => {
    if (kind !== 'chat_transcript' || chatId === undefined) return []
    const { state: chat } = await read('chat', chatId)
    if (chat.status === 'absent') return []
    const { timeZone } = (await terms()).policy
    const format = chat.version > mostPrinted ? 'txt' : 'pdf'
    const reader = { audience: 'customer', language, timeZone } as const
    const transcript = openTranscript({ store, chatId, chat, reader, now: instant(new Date()) }, format)
    const stop = (): void => void transcript.destroy(new Error('the transcript took too long'))
    signal.addEventListener('abort', stop, { once: true })
    try {
      const content = await buffer(transcript)
      return [{ filename: `chat-${chatId}.${format}`, contentType: transcriptFormats[format], content }]
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
