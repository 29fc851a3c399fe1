import type { AttachedFile } from '../file/file.ts'
import { mayBeSound, refuseFiles } from '../file/file.ts'
import type { EveryField } from '../kernel/fields.ts'
import { withoutUndefined } from '../kernel/fields.ts'
import { hash128 } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { refuseSentArticle, storedArticleOf } from '../sent-article.ts'
import { refuseUnknownTeam } from '../ticket/rule.ts'
import type { ChatCommandOf } from './commands.ts'
import type { ChatEventData } from './events.ts'
import { refuseOutsideHours } from './hours.ts'
import { isBy, isSameMessage } from './message-record.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatRules, ChatTerms } from './rule.ts'
import { chatEventFrom, speaksIn } from './rule.ts'
import type { Chat } from './state.ts'
import { chatMessageOf } from './state.ts'
import type { ChatMessageKind, ChatSide } from './vocabulary.ts'

type MessageCommand = 'send' | 'edit' | 'redact' | 'choose' | 'markDelivered' | 'markRead'

/** The kinds of messages that each kind of sender may send. */
const kindsOf: Readonly<Record<'customer' | 'agent' | 'system', readonly ChatMessageKind[]>> = {
  customer: ['text', 'file', 'voice'],
  agent: ['text', 'file', 'voice', 'note', 'actions', 'card'],
  system: ['text', 'note', 'actions', 'card', 'automatic', 'system'],
}

/** The field that a kind of message cannot be without. */
const neededBy: Partial<Readonly<Record<ChatMessageKind, 'attachments' | 'actions' | 'card'>>> = {
  file: 'attachments',
  voice: 'attachments',
  actions: 'actions',
  card: 'card',
}

/** The rules of the messages of a chat. */
export const decideMessages: ChatRules<MessageCommand> = {
  send: (command, chat, terms) => {
    const { kind, solution } = command
    // Without its solution the message has not done what this one is to do.
    if (solution === undefined && isDone(command, chat)) return accept([])
    const refused =
      refuseSender(command, chat) ??
      refuseOfCustomers(command, chat, terms) ??
      refuseContent(command, terms) ??
      refuseReplyToNote(command, chat) ??
      refuseArticle(command) ??
      refuseOriginal(command)
    if (refused) return refused
    if (chatMessageOf(chat, command.messageId)) return deny(refusal('chat_message_id_reused', { field: 'messageId' }))
    const withheld = refuseFiles(command.attachments, command.by) ?? refuseOtherThanSound(command, chat, terms)
    if (withheld) return withheld
    const data = contentOf(command)
    const solved = kind === 'automatic' && solution !== undefined
    return accept([
      chatEventFrom('ChatMessageSent', command, data),
      ...(solved
        ? [chatEventFrom('ChatClosed', command, { from: chat.status, reason: 'solved', note: solution })]
        : []),
    ])
  },

  edit: (command, chat) => {
    const { messageId, body, by } = command
    const message = chatMessageOf(chat, messageId)
    if (!message || !isBy(message, by)) return deny(refusal('chat_message_not_found', { field: 'messageId' }))
    if (message.redacted) return deny(refusal('chat_message_redacted', { field: 'messageId' }))
    if (isDone(command, chat)) return accept([])
    const isShown = message.number > 0
    if (by.kind === 'agent' && isShown && !speaksIn(chat, by.id)) return deny(refusal('not_in_chat'))
    return accept([chatEventFrom('ChatMessageEdited', command, { messageId, body, internal: !isShown })])
  },

  /** The desk removes any content, a customer their own. */
  redact: (command, chat) => {
    const { messageId, reason, by } = command
    const message = chatMessageOf(chat, messageId)
    if (!message || (by.kind === 'customer' && !isBy(message, by)))
      return deny(refusal('chat_message_not_found', { field: 'messageId' }))
    if (message.redacted) return accept([])
    const because = reason === undefined ? {} : { reason }
    return accept([
      chatEventFrom('ChatMessageRedacted', command, { messageId, internal: message.number === 0, ...because }),
    ])
  },

  choose: (command, chat) => {
    const { messageId, actionId } = command
    const message = chatMessageOf(chat, messageId)
    const action = message?.actions?.find((offered) => offered.actionId === actionId)
    if (!message || message.redacted || message.number === 0 || !action) {
      return deny(refusal('chat_action_unknown', { field: message?.actions ? 'actionId' : 'messageId' }))
    }
    if (isDone(command, chat)) return accept([])
    if (message.chosen !== undefined) return deny(refusal('chat_action_chosen', { field: 'actionId' }))
    const { label, transferTo } = action
    const chosen = chatEventFrom('ChatActionChosen', command, { messageId, actionId, label })
    if (!transferTo || chat.transfer) return accept([chosen])
    if (!chat.assignee) return deny(refusal('chat_not_active'))
    if (transferTo.agent?.id === chat.assignee.id || (message.offeredUnder ?? chat.assignee.id) !== chat.assignee.id)
      return deny(refusal('chat_action_expired', { field: 'actionId' }))
    return accept([chosen, chatEventFrom('ChatTransferRequested', command, { to: transferTo })])
  },

  markDelivered: (command, chat) => marked(command, chat, 'delivered'),
  markRead: (command, chat) => marked(command, chat, 'read'),
}

/** Whether a command repeats what has taken effect already: then it changes nothing, even in a closed chat. */
export function isDone(command: ChatCommandEnvelope, chat: Chat): boolean {
  const { type, by } = command
  if (type !== 'send' && type !== 'edit' && type !== 'choose') return false
  const message = chatMessageOf(chat, command.messageId)
  if (!message) return false
  if (type === 'send') return isSameMessage(message, { ...contentOf(command), attachments: command.attachments, by })
  if (type === 'choose') return message.chosen === command.actionId
  return isBy(message, by) && message.edited === hash128(command.body)
}

/** Notes may come from anybody at the desk; messages to the customer from those who speak in the chat. */
function refuseSender({ by, kind }: ChatCommandEnvelope<ChatCommandOf<'send'>>, chat: Chat): ChatDecision | undefined {
  if (!kindsOf[by.kind].includes(kind)) {
    return deny(refusal('chat_kind_not_allowed', { field: 'kind' }))
  }
  return by.kind === 'agent' && kind !== 'note' && !speaksIn(chat, by.id) ? deny(refusal('not_in_chat')) : undefined
}

/**
 * Customers send what their channel allows, and neither actions nor cards. What they send outside the hours waits for
 * an agent, unless the channel takes no messages then.
 */
function refuseOfCustomers(
  { by, at, kind, attachments, actions, card }: ChatCommandEnvelope<ChatCommandOf<'send'>>,
  { channel, status }: Chat,
  terms: ChatTerms,
): ChatDecision | undefined {
  if (by.kind !== 'customer') return undefined
  const { voice, files, offlineMessages } = terms.settings.channels[channel]
  if (status === 'waiting' && !offlineMessages) {
    const shut = refuseOutsideHours(channel, terms, at)
    if (shut) return deny(shut)
  }
  const field =
    (kind === 'voice' && !voice && 'kind') ||
    (kind !== 'voice' && attachments && !files && 'attachments') ||
    (actions && 'actions') ||
    (card && 'card')
  return field ? deny(refusal('chat_kind_not_allowed', { field })) : undefined
}

/** A channel that takes voice notes and no files takes sound from customers, whatever kind of message has it. */
function refuseOtherThanSound(
  { by, attachments }: ChatCommandEnvelope<ChatCommandOf<'send'>>,
  { channel }: Chat,
  { settings }: ChatTerms,
): ChatDecision | undefined {
  if (by.kind !== 'customer' || settings.channels[channel].files) return undefined
  const other = attachments?.findIndex(({ file }) => file && !mayBeSound(file.mediaType)) ?? -1
  return other < 0 ? undefined : deny(refusal('chat_kind_not_allowed', { field: `attachments[${other}].fileId` }))
}

/** An article is sent to the customer, by the desk, as a text. */
function refuseArticle({ article, kind, by }: ChatCommandEnvelope<ChatCommandOf<'send'>>): ChatDecision | undefined {
  if (!article) return undefined
  if (by.kind === 'customer' || (kind !== 'text' && kind !== 'automatic'))
    return deny(refusal('chat_kind_not_allowed', { field: 'kind' }))
  const unreadable = refuseSentArticle(article)
  return unreadable && deny(unreadable)
}

/** What an agent writes is translated for the customer, as a text. */
const refuseOriginal = ({
  original,
  kind,
  by,
}: ChatCommandEnvelope<ChatCommandOf<'send'>>): ChatDecision | undefined =>
  original && (by.kind === 'customer' || kind !== 'text')
    ? deny(refusal('chat_kind_not_allowed', { field: 'original' }))
    : undefined

/** A message that the customer is shown names no other one that they are not: it would tell them of a note. */
function refuseReplyToNote({ kind, inReplyTo }: ChatCommandOf<'send'>, chat: Chat): ChatDecision | undefined {
  if (inReplyTo === undefined || kind === 'note' || chatMessageOf(chat, inReplyTo)?.number) return undefined
  const message = 'the chat has no such message that its customer is shown'
  return deny(refusal('chat_message_not_found', { message, field: 'inReplyTo' }))
}

function refuseContent(command: ChatCommandOf<'send'>, terms: ChatTerms): ChatDecision | undefined {
  for (const [index, { transferTo }] of (command.actions ?? []).entries()) {
    const unknown = transferTo && refuseUnknownTeam(transferTo, terms.policy, `actions[${index}].transferTo.team`)
    if (unknown) return unknown
  }
  if (command.solution !== undefined && command.kind !== 'automatic')
    return deny(refusal('chat_kind_not_allowed', { field: 'solution' }))
  const needed = neededBy[command.kind]
  if (needed && !hasContent(command[needed])) return deny(refusal('chat_message_empty', { field: needed }))
  return needed || command.body.trim() !== '' ? undefined : deny(refusal('chat_message_empty', { field: 'body' }))
}

const hasContent = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined)

/** A file that a message names, as its event records it. */
const namedFile = ({ fileId, file }: AttachedFile) =>
  file ? [{ fileId, name: file.name, mediaType: file.mediaType, bytes: file.bytes }] : []

/** The data of a message, without fields that it does not have. */
function contentOf({
  messageId,
  kind,
  body,
  attachments,
  actions,
  card,
  metadata,
  inReplyTo,
  article,
  original,
}: ChatCommandOf<'send'>): ChatEventData<'ChatMessageSent'> {
  return withoutUndefined<EveryField<ChatEventData<'ChatMessageSent'>>>({
    messageId,
    kind,
    body,
    attachments: attachments?.flatMap(namedFile),
    actions,
    card,
    metadata,
    inReplyTo,
    article: storedArticleOf(article),
    original,
  })
}

/**
 * Marks only move forward, up to the last item that is no mark itself: a mark is never answered by another one. Only
 * those who speak in the chat read it for the desk.
 */
function marked(
  command: ChatCommandEnvelope<ChatCommandOf<'markDelivered' | 'markRead'>>,
  chat: Chat,
  mark: 'delivered' | 'read',
): ChatDecision {
  const { upTo, by } = command
  if (upTo > chat.lastNumber) {
    return deny(refusal('invalid_command', { message: `upTo: the last item is ${chat.lastNumber}`, field: 'upTo' }))
  }
  const side: ChatSide = by.kind === 'customer' ? 'customer' : 'desk'
  const reached = Math.min(upTo, chat.lastItem)
  if (reached <= chat[mark][side] || (by.kind === 'agent' && !speaksIn(chat, by.id))) return accept([])
  return accept([
    chatEventFrom(mark === 'read' ? 'ChatMessagesRead' : 'ChatMessagesDelivered', command, { side, upTo: reached }),
  ])
}
