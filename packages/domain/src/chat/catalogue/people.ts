import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { refuse } from '../../kernel/lifecycle.ts'
import { line, personId, text as textUpTo } from '../../kernel/values.ts'
import { limits } from '../../ticket/vocabulary.ts'
import { chatAgentSchema, chatTransferTargetSchema, participantRoles, unreachableReasons } from '../vocabulary.ts'
import {
  chatCommand,
  chatEvent,
  count,
  freeText,
  named,
  person,
  text,
  transferTarget,
  untilClosed,
  whileActive,
} from './definition.ts'

const note = textUpTo(limits.reason)
  .optional()
  .describe('What the next agent should know. The customer does not see it.')

/** The people of the desk in a chat: the commands. */
export const peopleCommands = {
  transfer: chatCommand({
    description: 'Hands a chat over. The sender keeps it until somebody accepts it.',
    schema: z.strictObject({
      type: z.literal('transfer'),
      to: chatTransferTargetSchema.describe('To whom.'),
      note,
      /** Why nobody there could take it, where whoever passes the command on has looked. */
      unreachable: internal(z.enum(unreachableReasons).optional()),
    }),
    sentBy: senders.desk,
    lifecycle: whileActive,
  }),
  endTransfer: chatCommand({
    description: 'Ends a transfer that nobody has accepted: the agent keeps the chat.',
    schema: z.strictObject({
      type: z.literal('endTransfer'),
      reason: line(limits.name).optional().describe('The reason, for the desk.'),
    }),
    sentBy: senders.desk,
    lifecycle: whileActive,
  }),
  invite: chatCommand({
    description: 'Invites a colleague into a chat.',
    schema: z.strictObject({
      type: z.literal('invite'),
      agent: chatAgentSchema.describe('The colleague.'),
      role: z
        .enum(participantRoles)
        .default('speaker')
        .describe('Whether they also write to the customer; speaker unless given.'),
      note,
    }),
    sentBy: senders.desk,
    lifecycle: untilClosed,
  }),
  join: chatCommand({
    description: 'Joins a chat of a colleague, as an observer or a speaker.',
    schema: z.strictObject({
      type: z.literal('join'),
      role: z.enum(participantRoles).default('observer').describe('How to take part; observer unless given.'),
    }),
    sentBy: senders.agents,
    lifecycle: { ...untilClosed, closed: refuse('chat_closed') },
  }),
  leave: chatCommand({
    description: 'Leaves a chat that you have joined, or removes a colleague.',
    schema: z.strictObject({
      type: z.literal('leave'),
      agentId: personId.optional().describe('Who leaves; you unless given.'),
    }),
    sentBy: senders.desk,
    lifecycle: untilClosed,
  }),
} as const

const role = z.enum(participantRoles)

/** Observers are not shown to customers, nor that somebody leaves who was only invited. */
const ofSpeakers = ({ role }: { readonly role: string }): boolean => role === 'speaker'

/** The people of the desk in a chat: the events. */
export const peopleEvents = {
  ChatTransferRequested: chatEvent({
    schema: z.object({ to: transferTarget, note: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { 'to.agent': 'agent', note: freeText },
    sentence: ({ to, note }) => ({
      what: `asked for a transfer to ${to.agent ? named(to.agent) : (to.team ?? `level ${to.level}`)}`,
      why: note,
    }),
  }),
  ChatTransferEnded: chatEvent({
    schema: z.object({
      reason: text,
      agent: person
        .optional()
        .describe(
          'The agent who keeps the chat, where the customer had asked for the transfer: then they are shown it.',
        ),
    }),
    statusAfter: null,
    shownToCustomers: ({ agent }) => agent !== undefined,
    personal: { reason: freeText, agent: 'agent' },
    sentence: ({ reason, agent }) => ({
      what: `the transfer ended${agent ? `: ${named(agent)} keeps the chat` : ''}`,
      why: reason,
    }),
  }),
  ChatTransferred: chatEvent({
    schema: z.object({ round: count, from: person, to: person }),
    statusAfter: 'active',
    shownToCustomers: true,
    personal: { from: 'agent', to: 'agent' },
    sentence: ({ from, to }) => ({ what: `${named(to)} took over from ${named(from)}` }),
  }),
  ChatParticipantInvited: chatEvent({
    schema: z.object({ agent: person, role, note: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent', note: freeText },
    sentence: ({ agent, role, note }) => ({ what: `invited ${named(agent)} as ${role}`, why: note }),
  }),
  ChatParticipantJoined: chatEvent({
    schema: z.object({ agent: person, role }),
    statusAfter: null,
    shownToCustomers: ofSpeakers,
    personal: { agent: 'agent' },
    sentence: ({ agent, role }) => ({ what: `${named(agent)} joined as ${role}` }),
  }),
  ChatParticipantLeft: chatEvent({
    schema: z.object({ agent: person, role, joined: z.boolean().optional() }),
    statusAfter: null,
    shownToCustomers: (left) => left.joined !== false && ofSpeakers(left),
    personal: { agent: 'agent' },
    sentence: ({ agent }) => ({ what: `${named(agent)} left` }),
  }),
} as const
