import { z } from 'zod'
import { internal, senders } from '../../kernel/command.ts'
import { refuse } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { line, personId, text as textUpTo } from '../../kernel/values.ts'
import { chatAgentSchema, chatTransferTargetSchema, participantRoles, unreachableReasons } from '../vocabulary.ts'
import {
  agent,
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
import { french } from './french.ts'

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
    addedByDesk: ['to.agent.name', 'unreachable'],
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
    addedByDesk: ['agent.name'],
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

const role = z.enum(participantRoles).describe('How they take part.')

/** Observers are not shown to customers, nor that somebody leaves who was only invited. */
const ofSpeakers = ({ role }: { readonly role: string }): boolean => role === 'speaker'

/** The people of the desk in a chat: the events. */
export const peopleEvents = {
  ChatTransferRequested: chatEvent({
    description: 'Somebody asked for a transfer.',
    schema: z.object({ to: transferTarget, note: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { 'to.agent': 'agent', note: freeText },
    sentences: {
      en: ({ to, note }) => ({
        what: `asked for a transfer to ${to.agent ? named(to.agent) : (to.team ?? `level ${to.level}`)}`,
        why: note,
      }),
      fr: ({ to, note }) => ({
        what: `transfert demandé à ${to.agent ? named(to.agent) : (to.team ?? `niveau ${to.level}`)}`,
        why: note,
      }),
    },
  }),
  ChatTransferEnded: chatEvent({
    description: 'A transfer ended that nobody had accepted. A customer who had asked for it is shown it.',
    schema: z.object({
      reason: text,
      /** Who keeps the chat, where the customer had asked for the transfer: then they are shown it. */
      agent: agent.optional(),
    }),
    statusAfter: null,
    shownToCustomers: ({ agent }) => agent !== undefined,
    personal: { reason: freeText, agent: 'agent' },
    sentences: {
      en: ({ reason, agent }) => ({
        what: `the transfer ended${agent ? `: ${named(agent)} keeps the chat` : ''}`,
        why: reason,
      }),
      fr: ({ reason, agent }) => ({
        what: `le transfert a pris fin${agent ? ` : ${named(agent)} garde la conversation` : ''}`,
        why: reason,
      }),
    },
  }),
  ChatTransferred: chatEvent({
    description: 'Another agent took over.',
    schema: z.object({ round: count, from: person, to: agent }),
    statusAfter: 'active',
    shownToCustomers: true,
    personal: { from: 'agent', to: 'agent' },
    sentences: {
      en: ({ from, to }) => ({ what: `${named(to)} took over from ${named(from)}` }),
      fr: ({ from, to }) => ({ what: `${named(to)} a pris le relais de ${named(from)}` }),
    },
  }),
  ChatParticipantInvited: chatEvent({
    description: 'A colleague was invited.',
    schema: z.object({ agent, role, note: text.optional() }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { agent: 'agent', note: freeText },
    sentences: {
      en: ({ agent, role, note }) => ({ what: `invited ${named(agent)} as ${role}`, why: note }),
      fr: ({ agent, role, note }) => ({
        what: `a invité ${named(agent)} comme ${french.roles[role]}`,
        why: note,
      }),
    },
  }),
  ChatParticipantJoined: chatEvent({
    description: 'A colleague joined.',
    schema: z.object({ agent, role }),
    statusAfter: null,
    shownToCustomers: ofSpeakers,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent, role }) => ({ what: `${named(agent)} joined as ${role}` }),
      fr: ({ agent, role }) => ({ what: `${named(agent)} a rejoint comme ${french.roles[role]}` }),
    },
  }),
  ChatParticipantLeft: chatEvent({
    description: 'A colleague left.',
    schema: z.object({ agent, role, joined: z.boolean().optional() }),
    statusAfter: null,
    shownToCustomers: (left) => left.joined !== false && ofSpeakers(left),
    personal: { agent: 'agent' },
    sentences: {
      en: ({ agent }) => ({ what: `${named(agent)} left` }),
      fr: ({ agent }) => ({ what: `${named(agent)} est parti` }),
    },
  }),
} as const
