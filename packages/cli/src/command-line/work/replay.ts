import type { Desk, Instant } from '@guichet/domain'
import { CorruptHistory, parseStream, StreamDeleted } from '@guichet/domain'
import type { ReadModels } from '@guichet/projections'
import { numberIn } from '@guichet/projections'
import type { Engine } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import {
  chatIdOf,
  draftCustomerOf,
  printChat,
  printDrafts,
  replayChat,
  replayDrafts,
  printIncident,
  replayIncident,
  printReplay,
  replayTicket,
} from '@guichet/desk/replay'
import type { Context } from '../context.ts'
import { caughtUpReadModels, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type ReplayOptions = { readonly asOf?: Instant | undefined; readonly json?: boolean | undefined }

/** Prints the history of a ticket, of a chat, or of a customer's drafts. */
export async function runReplay(id: string, { asOf, json }: ReplayOptions, context: Context): Promise<void> {
  const report = await withEngineRepeatedly(context, (engine, signal) =>
    replayOf(id, { engine, asOf, readModels: () => caughtUpReadModels(engine, context, signal) }),
  )
  if (!report) {
    const customer = draftCustomerOf(id)
    const what =
      customer === undefined ? `there is no ticket or chat ${id}` : `no draft was made for customer ${customer}`
    throw new CommandFault('ticket_not_found', what)
  }
  const { replay, lines } = report
  for (const line of json ? [JSON.stringify(replay)] : lines()) context.terminal.out(line)
}

type Source = {
  readonly engine: Engine
  readonly asOf: Instant | undefined
  /** The read models, once they show all events: they are asked for what the streams do not say. */
  readonly readModels: () => Promise<ReadModels>
}

type ReplayReport = { readonly replay: unknown; lines(): readonly string[] }

/**
 * Finds a chat or a customer's drafts by their address, else a ticket by its id, number or the beginning of its id, else
 * a chat by its id.
 */
async function replayOf(id: string, source: Source): Promise<ReplayReport | undefined> {
  const { desk } = source.engine
  const chatId = chatIdOf(id)
  const addressed = chatId === id ? undefined : await chatFound(chatId, source)
  if (addressed) return addressed
  const drafts = await draftsFound(id, source)
  if (drafts) return drafts
  const ticket = await ticketFound(id, source)
  if (ticket) return ticket
  const complete = await completed(id, await source.readModels())
  const report = complete === undefined ? await chatFound(id, source) : await ticketFound(complete, source)
  if (report) return report
  const refused = (hint: string): CommandFault =>
    new CommandFault('ticket_not_found', `there is no ticket or chat ${id}; ${hint}`)
  const incident = await desk.read('incident', id.replace(/^incident-/, ''))
  if (incident.version > 0) throw refused('guichet incidents show tells an incident')
  if (!parseStream(id).id || !(await hasEvents(id, desk))) return undefined
  throw refused(`guichet audit --stream ${id} lists the events of the stream`)
}

/** Whether a stream has events, also such as cannot be read here, or had them. */
const hasEvents = (stream: string, { store }: Desk): Promise<boolean> =>
  store.readStream(stream, 1, 1).then(
    (events) => events.length > 0,
    (error: unknown) => {
      if (error instanceof CorruptHistory || error instanceof StreamDeleted) return true
      throw error
    },
  )

async function ticketFound(id: string, { engine, asOf }: Source): Promise<ReplayReport | undefined> {
  const replay = await replayTicket(engine.desk, id, asOf)
  return replay && { replay, lines: () => printReplay(replay) }
}

async function chatFound(id: string, { engine, asOf }: Source): Promise<ReplayReport | undefined> {
  const replay = await replayChat(engine.desk, id, asOf)
  return replay && { replay, lines: () => printChat(replay) }
}

async function draftsFound(id: string, { engine, asOf }: Source): Promise<ReplayReport | undefined> {
  const customerId = draftCustomerOf(id)
  const replay = customerId === undefined ? undefined : await replayDrafts(engine.desk, customerId, asOf)
  return replay && { replay, lines: () => printDrafts(replay) }
}

/** The number of tickets with the same id prefix that an error names. */
const named = 5

/**
 * Returns the id of the ticket with this number, or of the only ticket whose id begins with the text; undefined if
 * there is none.
 * @throws Fault `ticket_ambiguous`.
 */
async function completed(beginning: string, { tickets }: ReadModels): Promise<string | undefined> {
  const number = numberIn(beginning)
  const numbered = number === undefined ? undefined : (await tickets.idsByNumber([number])).get(number)
  if (numbered !== undefined) return numbered
  const page = await tickets.list(
    { idPrefix: beginning },
    { by: 'openedAt', direction: 'asc' },
    { limit: named + 1 },
    'all',
  )
  const ids = page.rows.map(({ row }) => row.id)
  if (ids.length <= 1) return ids[0]
  const examples = ids.slice(0, named).join(', ')
  const howMany = ids.length > named ? `more than ${named}` : String(ids.length)
  throw new CommandFault('ticket_ambiguous', `the ids of ${howMany} tickets begin with ${beginning}: ${examples}`)
}

/** The options of the command. */
export type IncidentOptions = { readonly json?: boolean }

/** Prints the history of an incident. */
export async function runIncident(id: string, { json }: IncidentOptions, context: Context): Promise<void> {
  const replay = await withEngineRepeatedly(context, ({ desk }) => replayIncident(desk, id))
  if (!replay) throw new CommandFault('incident_not_found', `there is no incident ${id}`)
  for (const line of json ? [JSON.stringify(replay)] : printIncident(replay)) context.terminal.out(line)
}
