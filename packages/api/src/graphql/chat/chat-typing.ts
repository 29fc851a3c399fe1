import { z } from 'zod'
import type { Chat } from '@guichet/domain'
import { id, refusal, speaksIn } from '@guichet/domain'
import { isCustomer } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { ChatView } from './chat.ts'
import { readChat, readOwnChat } from './chat.ts'
import { addChatAgent } from './chat-agents.ts'
import { addChatEnums } from './chat-enums.ts'
import { refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addMutation } from '../mutation.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription } from '../subscription.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

type Typer = { readonly side: 'customer' | 'desk'; readonly agent?: ChatView['agent'] }
type Typing = { readonly typing: readonly Typer[] }

const schema = z.strictObject({
  chatId: id.describe('The chat.'),
  typing: z.boolean().describe('Whether you type a message to the other side now. Not for notes.'),
})

/** Adds `showChatTyping` and `chatTypingChanged`. Nothing of it is stored: it ends eight seconds after the last call. */
export function addChatTyping({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const enums = use(addChatEnums)
  const agent = use(addChatAgent)
  const typer = builder.objectRef<Typer>('ChatTyper').implement({
    description: 'Somebody who types in a chat.',
    fields: (t) => ({
      side: t.expose('side', { type: enums.side, description: 'The side.' }),
      agent: t.expose('agent', {
        type: agent,
        nullable: true,
        description: 'The agent; null for the customer and for a service.',
      }),
    }),
  })
  const typing = builder.objectRef<Typing>('ChatTyping').implement({
    description: 'Who types in a chat now, on the other side and among colleagues.',
    fields: (t) => ({
      typing: t.field({
        type: [typer],
        description: 'Those who type, without yourself.',
        resolve: (row) => row.typing,
      }),
    }),
  })
  addMutation(builder, inputs, 'showChatTyping', {
    description:
      'Shows the others in a chat for eight seconds that you type, or that you no longer do. Call it every four seconds.',
    payload: plainPayload,
    schema,
    resolve: async ({ chatId, typing: types }, _, context) => {
      const chat = await readOwnChat(chatId, context)
      if (!chat) return refused(refusal('chat_not_found', { field: 'chatId' }))
      if (chat.status === 'closed') return refused(refusal('chat_closed'))
      if (!speaks(chat, context)) return refused(refusal('not_in_chat'))
      const { abilities } = await context.services.channelWatch.now(chat.channel)
      if (!abilities.typing) return refused(refusal('chat_typing_off'))
      const { typing: live } = context.services.live
      const key = keyOf(context)
      if (types) live.beat(roomOf(chatId), key)
      else live.end(roomOf(chatId), key)
      return { id: chatId, executed: undefined, userErrors: [] }
    },
  })
  addSubscription(builder, 'chatTypingChanged', {
    type: typing,
    description: 'Who types in a chat, now and whenever that changes.',
    args: builder.args((t) => ({ chatId: t.id({ required: true }) })),
    source: async ({ chatId }, context) => {
      if (!(await readChat(chatId, context))) throw edgeError('chat_unknown')
      return typingIn(context, chatId)
    },
  })
}

const roomOf = (chatId: string): string => `chat-${chatId}`

const keyOf = (context: ApiContext): string => {
  const viewer = viewerOf(context)
  return `${isCustomer(viewer) ? 'customer' : viewer.role === 'service' ? 'service' : 'desk'}/${viewer.id}`
}

/**
 * Whether the viewer writes to the other side: customers do in their chats, services in all, and of the people of the
 * desk the agent of the chat and its speakers.
 */
function speaks(chat: Chat, context: ApiContext): boolean {
  const viewer = viewerOf(context)
  return isCustomer(viewer) || viewer.role === 'service' || speaksIn(chat, viewer.id)
}

function typingIn(context: ApiContext, chatId: string): Source<Typing> {
  const ownKey = keyOf(context)
  let persons: readonly string[] | undefined = []
  return {
    listen: async (wake) =>
      context.services.live.typing.follow(roomOf(chatId), (changed) => {
        persons = changed.map(({ person }) => person)
        wake()
      }),
    values: async function* () {
      if (!persons) return
      const others = persons.filter((key) => key !== ownKey)
      persons = undefined
      const view = await readChat(chatId, context)
      yield { typing: view ? others.flatMap((key) => typerOf(key, view)) : [] }
    },
  }
}

/** Somebody who types, unless they have left the chat meanwhile. */
function typerOf(key: string, { agent, participants }: ChatView): readonly Typer[] {
  const [side, ...rest] = key.split('/')
  if (side === 'customer') return [{ side }]
  if (side === 'service') return [{ side: 'desk' }]
  const agentId = rest.join('/')
  const typer = [agent, ...participants.map((each) => each.agent)].find((each) => each?.id === agentId)
  return typer ? [{ side: 'desk', agent: typer }] : []
}
