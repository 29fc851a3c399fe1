import type { Actor } from '../kernel/actor.ts'
import { hash128, isDeepEqual } from '../kernel/fingerprint.ts'
import type { RefusalCode } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later, minutes } from '../kernel/time.ts'
import { refuseOutsideHours } from './hours.ts'
import { isFenced } from './queue.ts'
import type { ChatCommandEnvelope, ChatRules } from './rule.ts'
import { chatEventFrom } from './rule.ts'
import type { Chat } from './state.ts'
import { chatLimits } from './vocabulary.ts'

type EndingCommand = 'end' | 'close' | 'reopen' | 'rate' | 'sendTranscript' | 'convert' | 'linkTicket' | 'declineTicket'

/** The ticket that a chat becomes; another one only if somebody else's ticket has the id already. */
export const chatTicketId = (chatId: string, attempt: number = 1): string =>
  `chat-${hash128(attempt === 1 ? chatId : `${chatId}\n${attempt}`)}`

/** The rules of the end of a chat, and of what follows it. */
export const decideEnding: ChatRules<EndingCommand> = {
  end: (command, { status: from }) =>
    accept([chatEventFrom('ChatClosed', command, { from, reason: from === 'waiting' ? 'abandoned' : 'left' })]),

  close: (command, { status: from }) => {
    const { reason, note, continuedIn } = command
    const end = continuedIn === undefined ? { reason } : { reason: 'continued' as const, continuedIn }
    return accept([chatEventFrom('ChatClosed', command, { from, ...end, ...(note !== undefined && { note }) })])
  },

  /** A reopening is not for somebody whose chat it no longer is. */
  reopen: (command, chat, terms) => {
    const { reservation, reservedFor } = command
    if (isFenced(reservation, chat) || (reservedFor !== undefined && chat.customer.id !== reservedFor))
      return deny(refusal('chat_reservation_lost'))
    if (chat.conversion && chat.conversion.state !== 'refused') return deny(refusal('chat_converted'))
    if (command.by.kind === 'customer' && chat.closed?.reason === 'spam') return deny(refusal('chat_closed'))
    if (isOver(command, chat)) return deny(refusal('chat_reopen_expired'))
    const shut = command.by.kind === 'customer' ? refuseOutsideHours(chat.channel, terms, command.at) : undefined
    if (shut) return deny(shut)
    return accept([chatEventFrom('ChatReopened', command, { ...(reservation !== undefined && { reservation }) })])
  },

  rate: (command, chat) => {
    const { rating, waitRating, agentRating, resolved, comment } = command
    const feedback = {
      rating,
      ...(waitRating !== undefined && { waitRating }),
      ...(agentRating !== undefined && { agentRating }),
      ...(resolved !== undefined && { resolved }),
      ...(comment !== undefined && { comment }),
    }
    if (chat.closed?.rated && isDeepEqual(chat.rating, feedback)) return accept([])
    if (isOver(command, chat)) return deny(refusal('chat_rating_expired'))
    return accept([chatEventFrom('ChatRated', command, feedback)])
  },

  sendTranscript: (command, chat) => {
    const { by, address, at } = command
    const { transcripts: last } = chat
    if (last && last.address === address && at <= later(last.at, sentOnceIn)) return accept([])
    const refused = refuseTranscript(chat, by, address)
    if (refused || address === undefined) return deny(refusal(refused ?? 'no_email_address'))
    return accept([chatEventFrom('ChatTranscriptRequested', command, { address })])
  },

  convert: (command, { status: from, conversion }) => {
    if (conversion && conversion.state !== 'refused') return accept([])
    const { subject, aggregateId } = command
    const isTaken = conversion?.reason === 'ticket_already_open'
    const ticketId =
      conversion && !isTaken ? conversion.ticketId : chatTicketId(aggregateId, (conversion?.attempt ?? 0) + 1)
    return accept([
      chatEventFrom('ChatConversionRequested', command, { ticketId, subject }),
      ...(from === 'closed' ? [] : [chatEventFrom('ChatClosed', command, { from, reason: 'converted' })]),
    ])
  },

  /** Even after a refusal: a slower attempt may have opened the ticket. */
  linkTicket: (command, { conversion }) =>
    accept(
      conversion && conversion.state !== 'linked' && conversion.ticketId === command.ticketId
        ? [chatEventFrom('ChatConverted', command, { ticketId: conversion.ticketId })]
        : [],
    ),

  declineTicket: (command, { conversion }) =>
    accept(
      conversion?.state === 'pending' && conversion.attempt === command.attempt
        ? [chatEventFrom('ChatConversionRefused', command, { ticketId: conversion.ticketId, reason: command.reason })]
        : [],
    ),
}

/**
 * Why the transcript of a chat is not sent. A visitor whom nobody has answered could otherwise have their own words sent to
 * any address that they gave.
 */
export function refuseTranscript(
  {
    answeredAt,
    transcripts,
  }: Pick<Chat, 'answeredAt'> & { readonly transcripts?: { readonly count: number } | undefined },
  { kind }: Actor,
  address: string | undefined,
): RefusalCode | undefined {
  if (address === undefined) return 'no_email_address'
  if (kind === 'customer' && answeredAt === undefined) return 'chat_not_answered'
  return (transcripts?.count ?? 0) >= chatLimits.transcripts ? 'too_many_transcripts' : undefined
}

/** Who asks again this soon has pressed twice: the transcript is sent once. */
const sentOnceIn = minutes(1)

/** Whether a closed chat has been closed for longer than it may be reopened and rated. */
const isOver = ({ at }: ChatCommandEnvelope, { closed, times }: Chat): boolean =>
  closed !== undefined && at > later(closed.at, times.reopenWithin)
