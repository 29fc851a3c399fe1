import type { Instant } from '@guichet/domain'
import { numberIn } from '@guichet/projections'
import { Fault } from '../../fault.ts'
import { chatIdOf, printChat, replayChat } from '../../replay/chat.ts'
import { printIncident, replayIncident } from '../../replay/incident.ts'
import { printReplay } from '../../replay/print-replay.ts'
import { replayTicket } from '../../replay/replay.ts'
import type { Context } from '../context.ts'
import { askReadModels, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type ReplayOptions = { readonly asOf?: Instant | undefined; readonly json?: boolean | undefined }

/** Prints the history of a ticket, or of a chat. */
export async function runReplay(ticketId: string, { asOf, json }: ReplayOptions, context: Context): Promise<void> {
  const chatId = chatIdOf(ticketId)
  if (chatId !== ticketId && (await printedChat(chatId, { asOf, json }, context))) return
  const replayOf = (id: string) => withEngineRepeatedly(context, ({ desk }) => replayTicket(desk, id, asOf))
  const replay =
    (await replayOf(ticketId)) ??
    (await completed(ticketId, context).then((id) => (id === undefined ? undefined : replayOf(id))))
  if (!replay) {
    if (await printedChat(ticketId, { asOf, json }, context)) return
    const incident = await withEngineRepeatedly(context, ({ desk }) =>
      desk.read('incident', ticketId.replace(/^incident-/, '')),
    )
    const instead = incident.version > 0 ? '; guichet incidents show tells an incident' : ''
    throw new Fault('ticket_not_found', `there is no ticket or chat ${ticketId}${instead}`)
  }
  for (const line of json ? [JSON.stringify(replay)] : printReplay(replay)) context.terminal.out(line)
}

/** Prints the history of a chat, if there is one with the id. */
async function printedChat(chatId: string, { asOf, json }: ReplayOptions, context: Context): Promise<boolean> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayChat(desk, chatId, asOf))
  if (!replay) return false
  for (const line of json ? [JSON.stringify(replay)] : printChat(replay)) context.terminal.out(line)
  return true
}

/** The number of tickets with the same id prefix that an error names. */
const named = 5

/**
 * Returns the id of the ticket with this number, or of the only ticket whose id begins with the text; undefined if
 * there is none.
 * @throws Fault `ticket_ambiguous`.
 */
async function completed(beginning: string, context: Context): Promise<string | undefined> {
  const number = numberIn(beginning)
  const numbered = await (number === undefined
    ? undefined
    : askReadModels(context, async ({ readModels }) => (await readModels.tickets.idsByNumber([number])).get(number)))
  if (numbered !== undefined) return numbered
  const found = await askReadModels(context, ({ readModels }) =>
    readModels.tickets.list({ idPrefix: beginning }, { by: 'openedAt', direction: 'asc' }, { limit: named + 1 }, 'all'),
  )
  const ids = found.rows.map(({ row }) => row.id)
  if (ids.length <= 1) return ids[0]
  const shown = ids.slice(0, named).join(', ')
  const howMany = ids.length > named ? `more than ${named}` : String(ids.length)
  throw new Fault('ticket_ambiguous', `the ids of ${howMany} tickets begin with ${beginning}: ${shown}`)
}

/** The options of the command. */
export type IncidentOptions = { readonly json?: boolean }

/** Prints the history of an incident. */
export async function runIncident(id: string, { json }: IncidentOptions, context: Context): Promise<void> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayIncident(desk, id))
  if (!replay) throw new Fault('incident_not_found', `there is no incident ${id}`)
  for (const line of json ? [JSON.stringify(replay)] : printIncident(replay)) context.terminal.out(line)
}
