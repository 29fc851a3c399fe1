import { open, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { ChatStatus, Priority } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { ChatFilter, ChatOrder, ChatRow } from '@guichet/projections'
import { CommandFault } from '../../fault.ts'
import { recordAdministration } from '@guichet/desk'
import { chatIdOf } from '@guichet/desk/replay'
import type { TranscriptFormat } from '@guichet/api/transcript'
import { openTranscript } from '@guichet/api/transcript'
import type { Context } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { table } from '../table.ts'
import { askReadModels, withEngine } from '../with-engine.ts'

/** The options of `guichet chats list`. */
export type ListChatsOptions = {
  readonly status?: readonly ChatStatus[]
  readonly priority?: readonly Priority[]
  readonly category?: string
  readonly agent?: string
  readonly customer?: string
  readonly search?: string
  readonly order: keyof typeof orders
  readonly limit: number
  readonly json?: boolean
}

const orders = {
  started: { by: 'startedAt', direction: 'desc' },
  wait: { by: 'wait' },
} as const satisfies Readonly<Record<string, ChatOrder>>

/** Prints the chats that match the filters. */
export async function listChats(options: ListChatsOptions, context: Context): Promise<void> {
  const { status, priority, category, agent, customer, search, order, limit, json } = options
  const { terminal } = context
  const filter: ChatFilter = {
    status,
    priority,
    category: category === undefined ? undefined : [category],
    agentId: agent === undefined ? undefined : [agent === 'nobody' ? null : agent],
    person: customer === undefined ? undefined : [customer],
    search,
  }
  const { rows, hasNext } = await askReadModels(context, ({ readModels }) =>
    readModels.chats.list(filter, orders[order], { limit }, 'all'),
  )
  const chats = rows.map(({ row }) => row)
  if (json) return terminal.out(JSON.stringify({ chats, more: hasNext }))
  if (chats.length === 0) return terminal.out('no such chats')
  terminal.out(table(headings, chats.map(cells)))
  if (hasNext) terminal.out(`and more than these ${limit}`)
}

const headings = ['chat', 'status', 'priority', 'channel', 'customer', 'agent', 'started', 'waits for', 'last message']

const cells = ({ id, status, priority, channel, customer, agent, startedAt, awaitedReply, lastMessage }: ChatRow) => [
  id,
  status,
  priority,
  channel,
  customer.name ?? customer.id,
  agent?.name ?? agent?.id ?? '–',
  startedAt,
  status === 'closed' ? '–' : awaitedReply.from,
  lastMessage?.text.replace(/\s+/g, ' ').slice(0, 60) ?? '–',
]

/** The options of `guichet chats export`. */
export type ExportChatOptions = ActorOption & {
  readonly format: TranscriptFormat
  readonly as: 'customer' | 'desk'
  readonly out: string
  readonly language?: string | undefined
  readonly timeZone?: string | undefined
}

/** Writes the transcript of a chat into a new file, once the export is recorded. */
export async function exportChat(reference: string, options: ExportChatOptions, context: Context): Promise<void> {
  const { format, as: audience, out, by, language, timeZone } = options
  const chatId = chatIdOf(reference)
  await withEngine(context, async ({ desk }, signal) => {
    const { state: chat } = await desk.read('chat', chatId)
    if (chat.status === 'absent') throw new CommandFault('chat_not_found', `there is no chat ${reference}`)
    const { policy } = await desk.terms()
    const reader = { audience, language: language ?? chat.language, timeZone: timeZone ?? policy.timeZone }
    const content = openTranscript({ store: desk.store, chatId, chat, reader, now: instant(new Date()) }, format)
    const file = await open(out, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EEXIST' ? 'it exists' : cause.message
      throw new CommandFault('export_unwritable', `${out} cannot be written (${why})`, { cause })
    })
    try {
      await recordAdministration(
        desk.engine,
        { type: 'recordExport', exported: 'chat', format, rows: 1, chatId, audience },
        by,
      )
      await pipeline(content, file.createWriteStream(), { signal })
    } catch (error) {
      await file.close()
      await rm(out, { force: true })
      throw error
    }
  })
  context.terminal.out(out)
}
