import type { Chat, ChatParticipant, ChatTransferTarget } from '@guichet/domain'
import type { ChatRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { deskOnly } from '../readers.ts'
import { addChatType } from './chat.ts'
import { addChatEnums } from './chat-enums.ts'

/** Adds `ChatAgent`. */
export function addChatAgent({ builder }: SchemaParts) {
  return builder.objectRef<{ readonly id: string; readonly name?: string | undefined }>('ChatAgent').implement({
    description: 'Somebody of the desk in a chat.',
    fields: (t) => ({
      userId: t.exposeID('id', { description: 'The id by which the desk and its tokens identify the agent.' }),
      name: t.exposeString('name', { nullable: true, description: 'The name.' }),
    }),
  })
}

/** Adds `ChatTransferTarget`. */
export function addTransferTarget({ builder, use }: SchemaParts) {
  const agent = use(addChatAgent)
  return builder.objectRef<ChatTransferTarget>('ChatTransferTarget').implement({
    description: 'To whom a chat is to be handed over: one of the three.',
    fields: (t) => ({
      agent: t.expose('agent', { type: agent, nullable: true, description: 'An agent.' }),
      team: t.exposeString('team', { nullable: true, description: 'A team.' }),
      level: t.exposeInt('level', { nullable: true, description: 'The least support level.' }),
    }),
  })
}

/** Adds to `Chat` who of the desk is in it, or is to be. Customers see neither offers, transfers nor observers. */
export function addChatAgents({ builder, use }: SchemaParts): void {
  const enums = use(addChatEnums)
  const agent = use(addChatAgent)
  const participant = builder.objectRef<ChatParticipant>('ChatParticipant').implement({
    description: 'A colleague in a chat, beside its agent.',
    fields: (t) => ({
      agent: t.expose('agent', { type: agent, description: 'The colleague.' }),
      role: t.expose('role', { type: enums.role, description: 'Whether they also write to the customer.' }),
      joined: t.exposeBoolean('joined', { description: 'Whether they have joined; otherwise they are invited.' }),
    }),
  })
  const offer = builder.objectRef<NonNullable<ChatRow['offer']>>('ChatOffer').implement({
    description: 'An offer of a chat that waits for its answer.',
    fields: (t) => ({
      round: t.exposeInt('round', { description: 'The number of the offer, counted from 1.' }),
      agent: t.expose('agent', { type: agent, description: 'To whom it is offered.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be accepted.' }),
    }),
  })
  const transfer = builder.objectRef<NonNullable<Chat['transfer']>>('ChatTransfer').implement({
    description: 'A transfer of a chat that nobody has accepted yet.',
    fields: (t) => ({
      agent: t.field({ type: agent, nullable: true, description: 'To whom.', resolve: ({ to }) => to.agent }),
      team: t.string({ nullable: true, description: 'To which team.', resolve: ({ to }) => to.team }),
      level: t.int({ nullable: true, description: 'To which support level.', resolve: ({ to }) => to.level }),
      note: t.exposeString('note', { nullable: true, description: 'What the next agent should know.' }),
    }),
  })
  builder.objectFields(use(addChatType), (t) => ({
    agent: t.expose('agent', { type: agent, nullable: true, description: 'The agent who has it.' }),
    speakers: t.field({
      type: [participant],
      description: 'The colleagues who write to the customer beside its agent.',
      resolve: ({ participants }) => participants.filter(({ role, joined }) => role === 'speaker' && joined),
    }),
    offer: t.expose('offer', {
      type: offer,
      nullable: true,
      description: 'The open offer; null for customers.',
      extensions: deskOnly,
    }),
    transfer: t.expose('transfer', {
      type: transfer,
      nullable: true,
      description: 'The open transfer; null for customers.',
      extensions: deskOnly,
    }),
    participants: t.expose('participants', {
      type: [participant],
      description: 'All colleagues, invited ones and observers too; empty for customers.',
      extensions: deskOnly,
    }),
  }))
}
