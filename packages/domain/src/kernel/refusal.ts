import type { Instant } from './time.ts'

/** Every reason for which the domain refuses a command; docs/errors.md explains each one. */
export const refusalMessages = {
  invalid_command: 'the command is malformed',
  version_conflict: 'the stream has changed since the expected version',
  too_many_conflicts: 'the stream changes faster than this command can be decided; send it again',
  command_too_large: 'the events of the command are larger together than the event store takes at once',
  command_id_reused: 'another command has been carried out under this command id',
  message_id_reused: 'another message of the ticket has this id',
  attachment_id_reused: 'another attachment of the ticket has this id',
  file_not_found: 'no such file',
  file_already_stored: 'another file has been stored under this id',
  file_elsewhere: 'the file belongs to another conversation',
  file_not_yours: 'somebody else has uploaded the file',
  file_infected: 'the scanner has found something in the file',
  ticket_not_found: 'no such ticket',
  ticket_already_open: 'a ticket with this id has already been opened',
  ticket_resolved: 'the ticket is resolved; reopen it first',
  ticket_closed: 'the ticket is closed; reopen it first',
  ticket_not_closed: 'only a resolved or closed ticket can be reopened',
  ticket_not_waiting: 'the ticket does not wait for its customer',
  ticket_not_resolved: 'only a resolved ticket can be confirmed',
  ticket_merged: 'the ticket has been merged into another one',
  incident_not_found: 'no such incident',
  incident_already_declared: 'an incident with this id has already been declared',
  incident_resolved: 'the incident is over',
  incident_not_resolved: 'the incident is not resolved; resolve it first',
  no_technician_dispatched: 'nobody has been sent to the site',
  chat_not_found: 'no such chat',
  chat_already_started: 'a chat with this id has already been started',
  chat_closed: 'the chat is closed; reopen it first',
  chat_not_closed: 'the chat is not closed yet',
  chat_not_active: 'no agent has the chat yet',
  chat_taken: 'somebody has the chat already',
  chat_offered: 'the chat is offered to somebody else now; try again in a moment',
  chat_for_others: 'the chat is handed over to a team or level that the agent does not belong to',
  chat_not_offered: 'the chat is not offered to you',
  chat_customer_away: 'the customer is not connected now; the place in the queue is kept for a moment',
  chat_channel_off: 'the desk does not chat on this channel',
  chat_closed_now: 'the desk does not chat on this channel now; leave a message, or come back when it opens',
  chat_offline_messages_off: 'the desk takes no messages on this channel while nobody is there',
  chat_typing_off: 'nobody is shown on this channel who types',
  push_off: 'the desk pushes nothing to browsers on this channel',
  push_service_unknown: 'the address is that of no push service that the desk knows',
  chat_message_id_reused: 'another message of the chat has this id',
  chat_message_not_found: 'the chat holds no such message of yours',
  chat_message_redacted: 'the content of the message was removed',
  chat_message_empty: 'the message has no content',
  chat_kind_not_allowed: 'this kind of sender may not send this kind of message',
  chat_action_unknown: 'the message offers no such action',
  chat_action_chosen: 'another action of the message was chosen',
  chat_action_expired: 'somebody else has the chat than when the transfer was offered',
  not_in_chat: 'only those who take part in the chat write to its customer; join it first',
  chat_transfer_pending: 'another transfer waits for its answer; cancel it first',
  chat_transfer_to_itself: 'the agent has the chat already',
  chat_agent_stays: 'the agent of a chat does not leave it; transfer it, put it back into the queue, or close it',
  chat_reopen_expired: 'the chat has been closed for too long; start another one',
  chat_rating_expired: 'the chat has been closed for too long to be rated',
  chat_not_answered: 'nobody has answered in the chat yet: there is nothing to send',
  no_email_address: 'no e-mail address of the customer is known; add one to their record',
  too_many_transcripts: 'the transcript was sent often enough; download it instead',
  email_off: 'the desk sends no e-mail',
  chat_converted: 'the chat has become a ticket; reply there',
  live_data_card_not_found: 'the source has no such card of the customer',
  live_data_unavailable: 'the source of the live data does not answer; try again',
  chat_call_off: 'the channel of the chat does not allow that call',
  chat_call_open: 'the chat has another call; end it first',
  chat_call_id_reused: 'another call of the chat has this id',
  chat_call_not_found: 'the chat has no such call',
  chat_call_own: 'your side has asked for the call; the other side accepts it',
  chat_call_not_accepted: 'nobody has accepted the call yet',
  chat_call_taken: 'somebody else is in the call',
  chat_call_ended: 'the call has ended',
  chat_call_no_consent: 'the call was not connected, or not both sides consented to its recording',
  chat_call_recorded: 'the call has another recording already',
  translation_not_found: 'no such translation is stored: read it again',
  article_not_found: 'no such article',
  article_already_created: 'an article with this id has already been created',
  article_deleted: 'the article was deleted',
  article_archived: 'the article is in the archive; restore it first',
  article_revised: 'another revision was written since; compare with it first',
  article_revision_not_found: 'the article has no such revision',
  article_not_in_review: 'nobody has asked for the review of the revision',
  article_own_approval: 'somebody who has not written the revision approves it',
  article_not_approved: 'the revision has to be approved first',
  article_not_published: 'the article is not published in this language',
  article_without_address: 'the desk has no address of its articles that begins with https://; see `knowledge.address`',
  article_not_public: 'customers do not read this text of the article',
  article_not_a_translation: 'translations follow the first language of an article, which follows none',
  article_too_deep: 'quotes, lists and brackets of the text nest more than 20 deep',
  article_related_to_itself: 'an article cannot be related to itself, nor replace itself',
  article_category_not_found: 'no such category of articles',
  article_category_already_added: 'a category of articles with this id has already been added',
  article_category_in_itself: 'a category cannot lie in itself',
  article_category_not_empty: 'other categories lie in the category; move or remove them first',
  due_in_the_past: 'the moment has passed already',
  draft_not_found: 'no such draft',
  draft_decided: 'the draft was decided already',
  import_not_found: 'no such import has been started',
  import_withdrawing: 'the import is being undone; wait until that has ended',
  import_not_open: 'the import is complete, or has been taken back',
  import_correcting: 'some tickets of the import were removed to be imported again, and are not complete yet',
  merge_with_itself: 'a ticket cannot be merged into itself',
  merge_across_customers: 'tickets of different people cannot be merged: one would read the other’s messages',
  merge_pending: 'another merge with one of the tickets is under way; try again',
  merge_reverted: 'the merge was given up',
  merge_crossed: 'the other ticket is being merged into this one, which survives',
  message_not_found: 'the ticket holds no such message of its customer',
  message_split: 'the message has been split off as another ticket already',
  message_internal: 'the message is internal: name one that the customer sees',
  link_to_itself: 'a ticket cannot be linked to itself',
  too_many: 'the ticket already holds as many of these as it may',
  category_unknown: 'the desk has no such category',
  plan_unknown: 'the desk has no such plan',
  team_unknown: 'the desk has no such team',
  priority_not_for_customers: 'customers do not give this priority; leave it out',
  reason_required: 'say why: only a supervisor does this without a reason',
  clocks_paused: 'the clocks are already paused for another reason; resume them first',
  effective_in_the_past: 'the configuration would apply from an instant that has passed',
  at_in_the_future: 'the moment lies in the future',
  not_for_this_actor: 'this kind of sender may not send this command',
  not_the_customer: 'only its customer may do this',
  attachment_unknown_message: 'the message that the attachment belongs to does not exist on this ticket',
  template_unknown: 'no reply template has this name',
  placeholder_unknown: 'the text has a placeholder that does not exist',
  canned_reply_not_found: 'no such canned reply',
  macro_not_found: 'no such macro',
  macro_step_invalid: 'a step of the macro is incomplete, or not for this kind of conversation',
  placeholder_without_value: 'a placeholder of the text has no value, so the text is not sent',
  agent_not_found: 'no such agent has been registered',
  agent_already_registered: 'an agent with this id is registered with another profile; change that one',
  agent_retired: 'the agent has retired; register them again first',
  centre_unknown: 'the desk has no such centre',
  shift_unknown: 'the desk has no such shift',
  agent_unavailable: 'the agent takes no work now',
  level_not_higher: 'the ticket is at a higher level already; hand it down instead',
  level_not_lower: 'the ticket is at a lower level already; hand it up instead',
  agent_full: 'the agent has as much work on this channel as they take at once',
  customer_not_found: 'no such customer has been registered',
  customer_already_registered: 'a customer with this id is known already, and not by this import',
  customer_merged: 'the customer has been merged into another one',
  customer_merge_with_itself: 'a customer cannot be merged into themselves',
  customer_merge_pending: 'another merge with one of the customers is under way; try again',
  customer_in_chat: 'the customer is in a chat; merge them when it has ended',
  customer_blocked: 'the customer is blocked',
  identity_taken: 'another one has this address, number, id or domain already',
  email_invalid: 'this is no e-mail address',
  phone_invalid: 'this is no telephone number',
  organisation_not_found: 'no such organisation has been registered',
  organisation_already_registered: 'an organisation with this id is registered with other details; change that one',
  field_unknown: 'the desk has no such field',
  field_invalid: 'the value does not fit the type of the field',
  chat_reservation_lost: 'the reservation of the chat was taken over before it was opened; send the command again',
  chat_already_active: 'the customer has another chat already; continue that one',
} as const

/** A code that the product has a message for. */
export type DefinedCode = keyof typeof refusalMessages

/**
 * The code of a refusal. Those of aggregates of your own have a dot, as in `callback.not_found`; none of the product's
 * has.
 */
export type RefusalCode = DefinedCode | OwnCode

type OwnCode = `${string}.${string}`

/**
 * A refused command: a documented code, the faulty field if there is one, and the ticket that a merged ticket was
 * merged into. `step` is the index, from 0, of the refused command among several that were to be carried out together.
 */
export type Refusal = {
  readonly code: RefusalCode
  readonly message: string
  readonly field?: string | undefined
  readonly movedTo?: string | undefined
  /** When the desk chats again. */
  readonly opensAt?: Instant | undefined
  readonly step?: number | undefined
}

/** Builds a refusal with the code's own message, or a more precise one; codes of your own have none. */
export function refusal(code: RefusalCode, details: Partial<Omit<Refusal, 'code'>> = {}): Refusal {
  return { code, message: isRefusalCode(code) ? refusalMessages[code] : code, ...details }
}

/** Whether a text is a refusal code of the product. */
export const isRefusalCode = (text: string): text is DefinedCode => Object.hasOwn(refusalMessages, text)

const transient: ReadonlySet<string> = new Set<RefusalCode>(['version_conflict', 'too_many_conflicts'])

/** Whether the same command may succeed when it is sent again: nothing is wrong with the command itself. */
export const isTransient = ({ code }: Refusal): boolean => transient.has(code)

/**
 * Throws for an outcome that the same command may improve when it is sent again, so that its sender, such as a reaction,
 * tries again. Other refusals are left to the caller.
 * @throws Error with the message of the refusal.
 */
export function throwIfTransient(outcome: Result<unknown>): void {
  if (!outcome.ok && isTransient(outcome.refusal)) throw new Error(outcome.refusal.message)
}

/** The refusal of a command without which a process or a reaction cannot go on. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
  readonly code: RefusalCode
  constructor({ code, message }: Refusal) {
    super(message)
    this.code = code
  }
}

/** Either a value or a refusal: the domain returns refusals and never throws them. */
export type Result<T, R = Refusal> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: R }

/** A result that holds a value. */
export const accept = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

/** A result that holds a refusal. */
export const deny = <R>(refusal: R): { readonly ok: false; readonly refusal: R } => ({ ok: false, refusal })

/**
 * Refuses one more item of a kind, of which its holder has the most already.
 * @param holder in words, such as `a ticket`.
 * @param items in words, such as `tags`: also the field of the refusal.
 */
export const tooMany = (
  holder: string,
  items: string,
  most: number,
): { readonly ok: false; readonly refusal: Refusal } =>
  deny(refusal('too_many', { message: `${holder} has at most ${most} ${items}`, field: items }))
