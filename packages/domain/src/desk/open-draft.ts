import type { Actor } from '../kernel/actor.ts'
import { engineCommandId, proactiveActor } from '../kernel/actor.ts'
import { parseStream } from '../kernel/event.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny, isRefusalCode, isTransient, refusal } from '../kernel/refusal.ts'
import type { Customer } from '../person.ts'
import type { DraftEvent } from '../proactive/draft-catalogue.ts'
import type { Draft, Drafts } from '../proactive/draft-state.ts'
import type { DraftText } from '../proactive/draft-text.ts'
import { defaultPriority } from '../ticket/vocabulary.ts'
import type { StreamCategories } from './categories.ts'
import type { LinkOutcome } from './incidents.ts'
import { mailAddressOf } from './mail-address.ts'
import type { IdentifiedSender, Outcome, Step, StreamDesk } from './port.ts'
import { completion, stepOf } from './process.ts'

/** The tag of the tickets that were opened as drafts, for people: nothing depends on it. */
export const proactiveTag = 'proactive'

/** What the ticket of a draft has besides its text. */
type OpeningDetails = {
  readonly ticketId: string
  /** The customer as their token names them; by their record unless given. */
  readonly customer?: Customer | undefined
  /** The plan that their token names. */
  readonly plan?: string | undefined
  /** A telephone number for the answer, in E.164: a note on the ticket, which the desk alone reads. */
  readonly phone?: string | undefined
}

/** A draft by its number, the ticket that it becomes, and what its customer has changed of the text. */
export type DraftOpening = OpeningDetails & {
  readonly number: number
  readonly subject?: string | undefined
  readonly body?: string | undefined
  /** The text as its reader has seen it: what they have not changed of it stands in the ticket. */
  readonly offer?: DraftText | undefined
}

type OpeningDesk = Pick<StreamDesk, 'execute' | 'engine' | 'read'>

type CompletingDesk = Omit<OpeningDesk, 'execute'>

/**
 * Opens a draft of a customer as a ticket: the draft records the id of the ticket, then the ticket is opened in the
 * name of the same sender, with the draft that it comes from and the priority of the suspicion. A ticket that is there
 * already, and is not the draft's, is refused. Each step has a command id derived from the given one: a repeat, or the
 * reaction that follows each opening, completes it after a crash. Where the desk refuses the ticket, the draft is
 * settled, and the refusal is the answer, also to a repeat.
 */
export async function openDraft(
  desk: OpeningDesk,
  customerId: string,
  opening: DraftOpening,
  sender: IdentifiedSender,
): Promise<Outcome<DraftEvent, Drafts>> {
  const { ticketId } = opening
  const { state: ticket } = await desk.read('ticket', ticketId)
  if (ticket.status !== 'absent' && !(await draftOfTicket(desk, customerId, ticketId)))
    return deny(refusal('ticket_already_open', { field: 'ticketId' }))
  const opened = await desk.execute('draft', customerId, { type: 'open', ...opening }, sender)
  if (!opened.ok) return opened
  const { refused, position = opened.value.position } = await settleDraft(desk, customerId, opening, sender)
  return refused ? deny(refused) : accept({ ...opened.value, position })
}

/** Opens the ticket of each draft that was opened: sends the same commands in the name of the same sender. */
export const openDraftTickets = completion({
  name: 'open_draft_tickets',
  on: ['DraftOpened'],
  inAnyOrder: true,
  complete: async ({ event, stream, commandId, correlationId }, desk) => {
    const sender = { by: event.by, at: event.at, commandId, correlationId }
    const { settled } = await settleDraft(desk, parseStream(stream).id, event, sender)
    if (!settled) throw new Error('the ticket of a draft can be neither opened nor given up now')
  },
})

/** Whether the ticket of a draft is open or given up, and why the desk refuses it. */
type Settlement = LinkOutcome & { readonly refused?: Refusal | undefined }

/**
 * Opens the ticket of a draft, unless it is there. One that the desk refuses, as that of a blocked customer, settles
 * the draft, so that the same trouble can be suspected again. A transient refusal leaves it to the next call.
 */
async function settleDraft(
  desk: CompletingDesk,
  customerId: string,
  details: OpeningDetails,
  sender: IdentifiedSender,
): Promise<Settlement> {
  const { ticketId } = details
  const draft = await draftOfTicket(desk, customerId, ticketId)
  if (!draft?.ticket) return { settled: true }
  if (draft.ticket.outcome === 'refused') return { settled: true, refused: refusalBy(draft.ticket.refusal) }
  const isThere = async (): Promise<boolean> => isTicketOf(draft, customerId, await desk.read('ticket', ticketId))
  if (await isThere()) return { settled: true }
  const steps = await stepsOf(desk, customerId, draft, details, sender.by)
  // The step is the engine's, since no customer names the draft of a ticket; the opening itself is its sender's.
  const step = { ...stepOf(sender, 'draft', ticketId), by: proactiveActor }
  const opened = await desk.engine.executeTogether('ticket', ticketId, steps, step)
  if (opened.ok) return { settled: true, position: opened.value.position }
  const { step: _, ...refused } = opened.refusal
  if (isTransient(refused)) return { settled: false }
  if (await isThere()) return { settled: true }
  const settled = await desk.engine.execute(
    'draft',
    customerId,
    { type: 'settle', ticketId, outcome: 'refused', refusal: refused.code },
    { by: proactiveActor, commandId: engineCommandId('proactive', 'refused', customerId, ticketId) },
  )
  return { settled: settled.ok || !isTransient(settled.refusal), refused }
}

/** The refusal of a ticket, as its draft remembers it. */
const refusalBy = (code: string | undefined): Refusal =>
  refusal(code !== undefined && isRefusalCode(code) ? code : 'draft_decided')

/** Whether a ticket was opened from a draft: another one may have its id. */
const isTicketOf = (
  { number }: Draft,
  customerId: string,
  { state }: { readonly state: StreamCategories['ticket']['state'] },
): boolean => state.status !== 'absent' && state.draft?.customerId === customerId && state.draft.number === number

async function draftOfTicket(
  desk: Pick<StreamDesk, 'read'>,
  customerId: string,
  ticketId: string,
): Promise<Draft | undefined> {
  const { state } = await desk.read('draft', customerId)
  return state.drafts.find(({ ticket }) => ticket?.id === ticketId)
}

/** The commands that open the ticket of a draft. Its priority is the engine's: customers may be allowed none. */
async function stepsOf(
  desk: Pick<StreamDesk, 'read'>,
  customerId: string,
  { number, subject, body, language, suspicion: { priority } }: Draft,
  { customer, plan, phone }: OpeningDetails,
  by: Actor,
): Promise<readonly Step<StreamCategories['ticket']['command']>[]> {
  const open = {
    type: 'open' as const,
    subject,
    body,
    customer: { ...(await recordedCustomer(desk, customerId)), ...customer },
    channel: 'web' as const,
    language,
    ...(plan !== undefined && { plan }),
    tags: [proactiveTag],
    draft: { customerId, number },
  }
  const reason = `draft ${number} of the customer`
  return [
    { command: open, by },
    ...(phone === undefined ? [] : [{ command: { type: 'addNote' as const, body: phone } }]),
    ...(priority === defaultPriority ? [] : [{ command: { type: 'changePriority' as const, priority, reason } }]),
  ]
}

/** A customer as their record names them, with an address that is verified there. */
async function recordedCustomer(desk: Pick<StreamDesk, 'read'>, customerId: string): Promise<Customer> {
  const { state: record } = await desk.read('customer', customerId)
  const details = record.status === 'absent' ? undefined : record.details
  const email = await mailAddressOf(desk, customerId, undefined)
  return {
    id: customerId,
    ...(details?.name !== undefined && { name: details.name }),
    ...(details?.firstName !== undefined && { firstName: details.firstName }),
    ...(email !== undefined && { email }),
  }
}
