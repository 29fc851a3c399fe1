import { hash128, isDeepEqual } from '../kernel/fingerprint.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later } from '../kernel/time.ts'
import type { ChatCommandEnvelope, ChatRules } from './rule.ts'
import { chatEventFrom } from './rule.ts'
import type { Chat } from './state.ts'

type EndingCommand = 'end' | 'close' | 'reopen' | 'rate' | 'convert' | 'linkTicket' | 'declineTicket'

/** The ticket that a chat becomes. */
export const chatTicketId = (chatId: string): string => `chat-${hash128(chatId)}`

/** The rules of the end of a chat, and of what follows it. */
export const decideEnding: ChatRules<EndingCommand> = {
  end: (command, { status: from }) =>
    accept([chatEventFrom('ChatClosed', command, { from, reason: from === 'waiting' ? 'abandoned' : 'left' })]),

  close: (command, { status: from }) => {
    const { reason, note } = command
    return accept([chatEventFrom('ChatClosed', command, { from, reason, ...(note !== undefined && { note }) })])
  },

  reopen: (command, chat) => {
    if (chat.conversion && chat.conversion.state !== 'refused') return deny(refusal('chat_converted'))
    if (command.by.kind === 'customer' && chat.closed?.reason === 'spam') return deny(refusal('chat_closed'))
    if (isOver(command, chat)) return deny(refusal('chat_reopen_expired'))
    return accept([chatEventFrom('ChatReopened', command, {})])
  },

  rate: (command, chat) => {
    const { rating, waitRating, agentRating, resolved, comment } = command
    const given = {
      rating,
      ...(waitRating !== undefined && { waitRating }),
      ...(agentRating !== undefined && { agentRating }),
      ...(resolved !== undefined && { resolved }),
      ...(comment !== undefined && { comment }),
    }
    if (isDeepEqual(chat.rating, given)) return accept([])
    if (isOver(command, chat)) return deny(refusal('chat_rating_expired'))
    return accept([chatEventFrom('ChatRated', command, given)])
  },

  convert: (command, { status: from, conversion }) => {
    if (conversion && conversion.state !== 'refused') return accept([])
    const { subject, aggregateId } = command
    return accept([
      chatEventFrom('ChatConversionRequested', command, { ticketId: chatTicketId(aggregateId), subject }),
      ...(from === 'closed' ? [] : [chatEventFrom('ChatClosed', command, { from, reason: 'converted' })]),
    ])
  },

  linkTicket: (command, { conversion }) =>
    accept(
      conversion?.state === 'pending' && conversion.ticketId === command.ticketId
        ? [chatEventFrom('ChatConverted', command, { ticketId: conversion.ticketId })]
        : [],
    ),

  declineTicket: (command, { conversion }) =>
    accept(
      conversion?.state === 'pending'
        ? [chatEventFrom('ChatConversionRefused', command, { ticketId: conversion.ticketId, reason: command.reason })]
        : [],
    ),
}

/** Whether a closed chat has been closed for longer than it may be reopened and rated. */
const isOver = ({ at }: ChatCommandEnvelope, { closed, times }: Chat): boolean =>
  closed !== undefined && at > later(closed.at, times.reopenWithin)
