import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { instant } from '@guichet/domain'
import { Fault } from '../../fault.ts'
import { chatIdOf } from '../../replay/chat.ts'
import type { TranscriptFormat } from '../../transcript/transcript.ts'
import { openTranscript } from '../../transcript/transcript.ts'
import type { Context } from '../context.ts'
import { withEngine } from '../with-engine.ts'

/** The options of the command. */
export type ExportChatOptions = {
  readonly format: TranscriptFormat
  readonly as: 'customer' | 'desk'
  readonly out: string
  readonly language?: string | undefined
  readonly timeZone?: string | undefined
}

/** Writes the transcript of a chat into a new file. */
export async function exportChat(given: string, options: ExportChatOptions, context: Context): Promise<void> {
  const { format, as: audience, out, language, timeZone } = options
  const chatId = chatIdOf(given)
  await withEngine(context, async ({ desk }, signal) => {
    const { state: chat } = await desk.read('chat', chatId)
    if (chat.status === 'absent') throw new Fault('chat_not_found', `there is no chat ${given}`)
    const { policy } = await desk.terms()
    const reader = { audience, language: language ?? chat.language, timeZone: timeZone ?? policy.timeZone }
    const content = openTranscript({ store: desk.store, chatId, chat, reader, now: instant(new Date()) }, format)
    await pipeline(content, createWriteStream(out, { flags: 'wx', mode: 0o600 }), { signal }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.syscall !== 'open') throw cause
        const why = cause.code === 'EEXIST' ? 'it exists' : cause.message
        throw new Fault('export_unwritable', `${out} cannot be written (${why})`, { cause })
      },
    )
  })
  context.terminal.out(out)
}
