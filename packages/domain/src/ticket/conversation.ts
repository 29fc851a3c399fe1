import { refuseBlocked } from '../account.ts'
import type { AttachedFile } from '../file/file.ts'
import { refuseFiles } from '../file/file.ts'
import type { Actor } from '../kernel/actor.ts'
import { isEngineActor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { fold } from '../kernel/decider.ts'
import { streamName } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { messageIdOf } from '../kernel/message-id.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, refusal, tooMany } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { earliest } from '../kernel/time.ts'
import { refuseSentArticle, storedArticleOf } from '../sent-article.ts'
import { renderBody, renderTemplate } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { TicketCommandOf } from './commands.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { answersTheCustomer } from './events.ts'
import type { MessageContent } from './messages.ts'
import { attachmentPrint, isSame, messageOf } from './messages.ts'
import { pausesBetween } from './pauses.ts'
import { isLongerThan } from '../kernel/values.ts'
import { placeholderValues } from './placeholder-values.ts'
import type { Decision, CommandEnvelope, Rules, Terms } from './rule.ts'
import { eventFrom, refusePriority, refuseUnknownCategory, refuseUnknownPlan, refuseUnknownTeam } from './rule.ts'
import type { Ticket } from './state.ts'
import { evolveOpened } from './state.ts'
import { decideStatus, startWork } from './status.ts'
import { defaultPriority, isSplitTicketId, productTeam, ticketLimits } from './vocabulary.ts'

type AgentReply = CommandEnvelope<TicketCommandOf<'agentReply'>>

/** The rules of the messages of a ticket. */
export const decideReply: Rules<'agentReply' | 'customerReply' | 'addNote'> = {
  /**
   * An agent's reply moves the ticket to `in_progress` (003, « En cours »), unless it is resolved: a last message does
   * not reopen it. An automatic reply leaves the status unchanged, unless it names one.
   */
  agentReply: (command, ticket, terms) => {
    const body = bodyOf(command, ticket, terms)
    if (!body.ok) return body
    const reply = eventFrom('AgentReplied', command, { messageId: messageIdOf(command), body: body.value })
    const repeat = repeatOf(reply, ticket)
    if (repeat) return repeat.ok && lacksStatus(command, ticket) ? deny(thenReused) : repeat
    const unreadable = refuseSentArticle(command.article)
    if (unreadable) return deny(unreadable)
    if (ticket.status === 'resolved' && command.then !== undefined && command.then !== 'resolved') {
      return deny(refusal('ticket_resolved', { field: 'then' }))
    }
    const attached = attachFiles(command, reply, ticket)
    if (!attached.ok) return attached
    const personal = answersTheCustomer(reply)
    const next = nextStatus(command, ticket, personal)
    const replied = [
      {
        ...reply,
        ...(command.template !== undefined && { template: command.template }),
        ...(command.article && { article: storedArticleOf(command.article) }),
        ...(command.original && { original: command.original }),
        ...(next && { then: next }),
      },
      ...attached.value,
      ...(personal || command.then === 'in_progress' ? startWork(command, ticket, 'agent_reply') : []),
    ]
    if (next === undefined) return accept(replied)
    const followed = andThen(next, command, after(ticket, replied), terms)
    return followed.ok ? accept([...replied, ...followed.value]) : followed
  },

  /** A ticket that had ended or was waiting is in progress again (003, FAQ « Puis-je rouvrir un ticket fermé ? »). */
  customerReply: (command, ticket) => {
    const replied = eventFrom('CustomerReplied', command, { messageId: messageIdOf(command), body: command.body })
    const repeat = repeatOf(replied, ticket) ?? refuseBlocked(command.by, command.account)
    if (repeat) return repeat
    const attached = attachFiles(command, replied, ticket)
    if (!attached.ok) return attached
    const arrived = [replied, ...attached.value]
    switch (ticket.status) {
      case 'waiting_customer':
        return accept([...arrived, eventFrom('CustomerWaitEnded', command, { reason: 'customer_reply' })])
      case 'resolved':
      case 'closed':
        return accept([
          ...arrived,
          eventFrom('TicketReopened', command, { from: ticket.status, reason: 'customer_reply' }),
        ])
      default:
        return accept(arrived)
    }
  },

  addNote: (command, ticket) => {
    const note = eventFrom('InternalNoteAdded', command, { messageId: messageIdOf(command), body: command.body })
    const repeat = repeatOf(note, ticket)
    if (repeat) return repeat
    const attached = attachFiles(command, note, ticket)
    return attached.ok ? accept([note, ...attached.value]) : attached
  },
}

type WithFiles = CommandMetadata & { readonly attachments?: readonly AttachedFile[] | undefined }

/** The attachments of a message that names files. A file belongs to one message. */
function attachFiles(
  command: WithFiles,
  { type, messageId }: MessageContent,
  { attachments }: Pick<Ticket, 'attachments'>,
): Result<readonly TicketEventOf<'AttachmentAdded'>[]> {
  const { attachments: files = [], by } = command
  const refused = refuseFiles(files, by)
  if (refused) return refused
  const attachmentIds = new Set(attachments.map(({ id }) => id))
  const again = files.findIndex(({ fileId }) => attachmentIds.has(fileId))
  if (again >= 0) return deny(refusal('attachment_id_reused', { field: `attachments[${again}].fileId` }))
  const visible = attachments.filter((one) => isThereFor(by, one))
  if (files.length > 0 && visible.length + files.length > ticketLimits.attachments)
    return tooMany('a ticket', 'attachments', ticketLimits.attachments)
  const visibility = type === 'InternalNoteAdded' ? 'internal' : 'public'
  return accept(
    files.flatMap(({ fileId, file }) => {
      if (!file) return []
      const { name, mediaType, bytes } = file
      const data = { attachmentId: fileId, messageId, name, mediaType, bytes, visibility, fileId } as const
      return [eventFrom('AttachmentAdded', command, data)]
    }),
  )
}

/**
 * A merged ticket's decision on a reply that it stored before the merge: a repeat, which is not passed on to the other
 * ticket.
 */
export function repeatOnMerged(command: CommandEnvelope, ticket: Ticket, terms: Terms): Decision | undefined {
  if (command.type !== 'agentReply' && command.type !== 'customerReply') return undefined
  if (!messageOf(ticket.messages, messageIdOf(command))) return undefined
  return command.type === 'agentReply'
    ? decideReply.agentReply(command, ticket, terms)
    : decideReply.customerReply(command, ticket, terms)
}

function bodyOf(command: AgentReply, ticket: Ticket, terms: Terms): Result<string> {
  const rendered = renderedBody(command, ticket, terms)
  return rendered.ok && isLongerThan(rendered.value, limits.body)
    ? deny(refusal('invalid_command', { message: `body: is longer than ${limits.body} once filled`, field: 'body' }))
    : rendered
}

/** Text written elsewhere is stored unchanged; an agent's own text and a template have placeholders. */
function renderedBody(command: AgentReply, ticket: Ticket, { policy, wording }: Terms): Result<string> {
  const { body = '', template, values, verbatim, ...issued } = command
  if (verbatim) return accept(body)
  const words = wordingFor(wording, ticket.language, policy.defaultLanguage)
  const byKey = placeholderValues(issued, ticket, words, policy.signature)
  if (template === undefined) return renderBody(body, words, { byKey, byLabel: values })
  const text = Object.hasOwn(words.replyTemplates, template) ? words.replyTemplates[template] : undefined
  if (text !== undefined) {
    const filled = renderTemplate(text, words, { byKey, byLabel: values })
    return filled.ok ? filled : deny(inItsInput(filled.refusal))
  }
  const names = Object.keys(words.replyTemplates).join(', ')
  return deny(
    refusal('template_unknown', { message: `no reply template ${template}; there are ${names}`, field: 'template' }),
  )
}

const thenReused = refusal('message_id_reused', {
  message: 'the ticket holds this message, which has not led to the status in `then`',
  field: 'then',
})

/** Whether a stored reply is sent again with a status that it did not lead to, and that the ticket does not have. */
function lacksStatus({ then, ...command }: AgentReply, { messages, status }: Ticket): boolean {
  if (then === undefined || then === status) return false
  const went = messageOf(messages, messageIdOf(command))?.then ?? 'in_progress'
  return then !== went
}

/** The status after the reply; only a person restarts a wait that is under way. */
function nextStatus({ then }: AgentReply, { status }: Ticket, personal: boolean) {
  if (then === 'in_progress' || status === 'resolved') return undefined
  return then === status && !personal ? undefined : then
}

function andThen(next: 'waiting_customer' | 'resolved', issued: CommandMetadata, ticket: Ticket, terms: Terms) {
  return next === 'resolved'
    ? decideStatus.resolve({ ...issued, type: 'resolve' }, ticket, terms)
    : decideStatus.waitForCustomer({ ...issued, type: 'waitForCustomer' }, ticket, terms)
}

function after(ticket: Ticket, events: readonly TicketEvent[]): Ticket {
  return fold({ initial: ticket, evolve: evolveOpened }, events)
}

/**
 * A ticket stores a message once: the same message again is a repeat; another one under its id would be lost, and is
 * refused.
 */
function repeatOf(message: MessageContent, { messages }: Ticket): Decision | undefined {
  const storedMessage = messageOf(messages, message.messageId)
  if (storedMessage === undefined) return undefined
  return isSame(storedMessage, message) ? accept([]) : deny(refusal('message_id_reused', { field: 'messageId' }))
}

/**
 * The rule of attachments: a repeat changes nothing; another attachment under its id would be lost and is refused. For
 * a customer, notes and internal attachments do not exist: no answer reveals that an id belongs to one.
 */
export const decideAttach: Rules<'attach'> = {
  /** An attachment to a note is as internal as the note. */
  attach: (command, ticket) => {
    const { messageId, visibility, by } = command
    if (isBrought(command, ticket) && isGone(command)) return accept([])
    const described = describedBy(command, ticket)
    if (!described.ok) return described
    const { attachmentId } = described.value
    const attachments = ticket.attachments.filter((one) => isThereFor(by, one))
    const message = messageId === undefined ? undefined : messageOf(ticket.messages, messageId)
    const attached = eventFrom('AttachmentAdded', command, {
      ...described.value,
      ...(messageId !== undefined && { messageId }),
      visibility: message?.internal ? 'internal' : visibility,
    })
    const duplicates = attachments.filter(({ id }) => id === attachmentId)
    if (duplicates.length > 0) {
      const print = attachmentPrint(attached)
      return duplicates.some((one) => one.print === print)
        ? accept([])
        : deny(refusal('attachment_id_reused', { field: 'attachmentId' }))
    }
    const blocked = refuseBlocked(by, command.account)
    if (blocked) return blocked
    if (attachments.length >= ticketLimits.attachments)
      return tooMany('a ticket', 'attachments', ticketLimits.attachments)
    if (messageId !== undefined && !(message && isThereFor(by, message))) {
      return deny(refusal('attachment_unknown_message', { field: 'messageId' }))
    }
    return accept([attached])
  },
}

type AttachmentDescription = Pick<
  TicketEventOf<'AttachmentAdded'>,
  'attachmentId' | 'name' | 'mediaType' | 'bytes' | 'fileId'
>

/** What an attachment is: an uploaded file as the desk knows it, or what the sender says of one that is elsewhere. */
function describedBy(
  command: CommandEnvelope<TicketCommandOf<'attach'>>,
  ticket: Ticket,
): Result<AttachmentDescription> {
  const { fileId, file, attachmentId, name, mediaType, bytes, by } = command
  if (fileId !== undefined) {
    const refused = isBrought(command, ticket) ? undefined : refuseFiles([{ fileId, file }], by)
    if (refused) return deny({ ...refused.refusal, field: 'fileId' })
    const { name = '', mediaType = '', bytes = 0 } = file ?? {}
    return accept({ attachmentId: fileId, fileId, name, mediaType, bytes })
  }
  if (attachmentId === undefined || name === undefined || mediaType === undefined || bytes === undefined) {
    return deny(refusal('invalid_command', { message: 'fileId: is missing', field: 'fileId' }))
  }
  return accept({ attachmentId, name, mediaType, bytes })
}

/**
 * Whether the engine attaches a file of the chat that the ticket was made of, or of the message that it was split from:
 * the file stays that of the chat or of the other ticket.
 */
const isBrought = ({ by, file }: CommandEnvelope<TicketCommandOf<'attach'>>, { chatId, splitFrom }: Ticket): boolean =>
  isEngineActor(by) && (splitFrom !== undefined || (chatId !== undefined && file?.owner === streamName('chat', chatId)))

const isGone = ({ fileId, file }: CommandEnvelope<TicketCommandOf<'attach'>>): boolean =>
  fileId !== undefined && (file?.status ?? 'deleted') === 'deleted'

const isThereFor = (by: Actor, { internal }: { readonly internal: boolean }): boolean =>
  !internal || by.kind !== 'customer'

/** The tag and the reply template of a feature request. */
const featureRequest = 'feature_request'

/**
 * A feature request (003, « Demande de Fonctionnalité »): the customer is thanked, the ticket resolved, the request
 * recorded. The product team itself is not part of the desk, and needs no entry among its teams.
 */
export const decideFeature: Rules<'handOverToProduct'> = {
  handOverToProduct: (command, ticket, terms) => {
    if (ticket.featureRequested) return accept([])
    const { messageId, values, team, type: _, ...issued } = command
    const unknown = team === productTeam ? undefined : refuseUnknownTeam({ team }, terms.policy)
    if (unknown) return unknown
    const replied = decideReply.agentReply(
      { ...issued, type: 'agentReply', template: featureRequest, messageId, values, then: 'resolved' },
      ticket,
      terms,
    )
    if (!replied.ok || replied.value.length === 0) return replied
    const { tags } = ticket
    const tagged = !tags.includes(featureRequest) && tags.length < limits.tags
    return accept([
      ...replied.value,
      eventFrom('FeatureRequestNoted', command, { team, messageId: messageIdOf(command) }),
      ...(tagged ? [eventFrom('TicketTagged', command, { tag: featureRequest })] : []),
    ])
  },
}

/** A command with a template has no text of its own: missing values are given in `values`. */
const inItsInput = (refused: Refusal): Refusal =>
  refused.code === 'placeholder_without_value'
    ? { ...refused, message: `${refused.message}; give it in values`, field: 'values' }
    : refused

/** A wait does not begin after the ticket that takes it over, and none of its pauses ends after that. */
function upTo(at: Instant, { waitingSince: since, pauses, responsePauses, ...message }: SplitFrom): SplitFrom {
  const waitingSince = earliest(since, at)
  const within = (stretches: NonNullable<SplitFrom['pauses']>) => {
    const inOrder = stretches.toSorted((one, other) => (one.from < other.from ? -1 : 1))
    return [...pausesBetween(inOrder, waitingSince, at)]
  }
  return {
    ...message,
    waitingSince,
    ...(pauses && { pauses: within(pauses) }),
    ...(responsePauses && { responsePauses: within(responsePauses) }),
  }
}

type SplitFrom = NonNullable<TicketCommandOf<'open'>['splitFrom']>

/** Opens a ticket. */
export function open(command: CommandEnvelope<TicketCommandOf<'open'>>, { policy }: Terms): Decision {
  const { aggregateId, subject, body, customer, channel, category, tags, splitFrom, chatId, draft, account } = command
  const { plan = account?.plan } = command
  if (!splitFrom && isSplitTicketId(aggregateId)) {
    return deny(refusal('invalid_command', { message: 'id: is that of a ticket that is split off', field: 'id' }))
  }
  const refused =
    refuseBlocked(command.by, account) ??
    refuseUnknownCategory(command, policy) ??
    refuseUnknownPlan(command, policy) ??
    refusePriority(command, policy)
  if (refused) return refused
  const priority = command.priority ?? policy.categories?.get(category ?? '')?.priority ?? 'normal'
  const opened = eventFrom('TicketOpened', command, {
    subject,
    messageId: messageIdOf(command),
    body,
    customer,
    channel,
    priority,
    ...(priority === command.priority
      ? { priorityGiven: true }
      : priority !== defaultPriority && { priorityGiven: false }),
    language: command.language ?? policy.defaultLanguage,
    ...(category !== undefined && { category }),
    ...(plan !== undefined && { plan }),
    ...(account?.organisationId !== undefined && { organisationId: account.organisationId }),
    tags: [...new Set(tags)],
    ...(chatId !== undefined && { chatId }),
    ...(draft && { draft }),
    ...(splitFrom && { splitFrom: upTo(command.at, splitFrom) }),
    policyVersion: policy.version,
  })
  const attached = attachFiles(command, opened, { attachments: [] })
  return attached.ok ? accept([opened, ...attached.value]) : attached
}
