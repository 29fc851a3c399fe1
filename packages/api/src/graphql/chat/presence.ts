import { z } from 'zod'
import type { Instant } from '@guichet/domain'
import { instant, presenceStatuses, waitsForCustomer } from '@guichet/domain'
import { edgeError } from '../../errors.ts'
import { personKey, reportActivity } from '../../live/presence.ts'
import type { SchemaParts } from '../builder.ts'
import type { ChatView } from './chat.ts'
import { addChatType, readChat, readOwnChat } from './chat.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { addMutation } from '../mutation.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, Ended } from '../subscription.ts'
import { enumOf } from '../vocabulary.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'
import { addAgentType } from '../agent/agent.ts'

type PresenceOfPerson = { readonly status: (typeof presenceStatuses)[number]; readonly lastSeenAt: Instant | undefined }

/** The people of a chat whose presence is shown. */
type OfChat = Pick<ChatView, 'customer' | 'agent' | 'fromStream'>

const schema = z.strictObject({
  idle: z.boolean().default(false).describe('Whether you do nothing any more; otherwise you did something just now.'),
})

/**
 * Adds who is there: `Agent.presence`, `Chat.presence`, `chatPresenceChanged` and `showPresence`. It follows the
 * connections of people to all servers of the desk, and nothing of it is stored; `Chat.customerAway` is of the chat itself.
 */
export function addPresence({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const chat = use(addChatType)
  const { agent } = use(addAgentType)
  const status = enumOf(builder, 'PresenceStatus', presenceStatuses)
  const person = builder.objectRef<PresenceOfPerson>('Presence').implement({
    description: 'Whether somebody is there now, by their connections to the desk.',
    fields: (t) => ({
      status: t.expose('status', { type: status, description: 'Whether they are there.' }),
      lastSeenAt: t.expose('lastSeenAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When they were last active or connected; null if never since the servers run, and for customers.',
        extensions: deskOnly,
      }),
    }),
  })
  const ofChat = builder.objectRef<OfChat>('ChatPresence').implement({
    description: 'Who of a chat is there now.',
    fields: (t) => ({
      customer: t.field({
        type: person,
        description: 'The customer.',
        resolve: (row, _, context) => presenceOf(context, ...customerKeys(row)),
      }),
      agent: t.field({
        type: person,
        nullable: true,
        description: 'The agent; null while the chat has none.',
        resolve: (row, _, context) => row.agent && presenceOf(context, personKey('desk', row.agent.id)),
      }),
    }),
  })
  builder.objectField(chat, 'customerAway', (t) =>
    t.boolean({
      nullable: true,
      description:
        'Whether it waits for its customer, who is not connected now: the place in the queue is kept for a moment, and it is offered to no agent; null for customers.',
      extensions: deskOnly,
      resolve: waitsForCustomer,
    }),
  )
  builder.objectField(chat, 'presence', (t) =>
    t.field({
      type: ofChat,
      nullable: true,
      description: 'Who of the chat is there now; null in a chat of somebody else that is shared with you.',
      resolve: async (row, _, context) =>
        seesOwnOnly(context) && !(await readOwnChat(row.id, context)) ? undefined : row,
    }),
  )
  builder.objectField(agent, 'presence', (t) =>
    t.field({
      type: person,
      description: 'Whether the agent is there now.',
      resolve: ({ id }, _, context) => presenceOf(context, personKey('desk', id)),
    }),
  )

  addMutation(builder, inputs, 'showPresence', {
    description:
      'Shows that you are active, or that you no longer are. Call it once a minute while there is activity, of which the server knows nothing: five minutes without it are away.',
    payload: plainPayload,
    schema,
    resolve: ({ idle = false }, _, context) => {
      reportActivity(context.services.live.presence, viewerOf(context), idle)
      return { id: '', executed: undefined, userErrors: [] }
    },
  })
  addSubscription(builder, 'chatPresenceChanged', {
    type: ofChat,
    description: 'Who of a chat is there, now and whenever that changes.',
    args: builder.args((t) => ({ chatId: t.id({ required: true }) })),
    source: async ({ chatId }, context) => {
      const view = await readChat(chatId, context)
      if (!view) throw edgeError('chat_unknown')
      return presenceIn(context, chatId, view)
    },
  })
}

/** The keys of a chat's customer: after a merge also those of the survivor who acted in it last. */
const customerKeys = ({ customer, fromStream }: OfChat): readonly string[] =>
  [customer.id, fromStream?.actingCustomer].flatMap((id) => (id === undefined ? [] : [personKey('customer', id)]))

const keysOf = (row: OfChat): readonly string[] => [
  ...customerKeys(row),
  ...(row.agent ? [personKey('desk', row.agent.id)] : []),
]

/** The presence of a person by each of their keys: by the one at which they are most there. */
function presenceOf({ services }: ApiContext, ...keys: readonly string[]): PresenceOfPerson {
  const presences = keys.map((key) => services.live.presence.of(key))
  const status = presenceStatuses.find((each) => presences.some((one) => one.status === each)) ?? 'offline'
  const seen = presences.flatMap(({ lastSeen }) => lastSeen ?? [])
  const lastSeen = seen.length === 0 ? undefined : Math.max(...seen)
  const lastSeenAt =
    lastSeen === undefined ? undefined : instant(new Date(Date.now() - Math.max(0, performance.now() - lastSeen)))
  return { status, lastSeenAt }
}

/**
 * Follows the presence of the people of a chat, and who they are: another agent may take it, and a visitor say who they
 * are. It ends with the viewer's chat.
 */
function presenceIn(context: ApiContext, chatId: string, first: OfChat): Source<OfChat> {
  const { presence } = context.services.live
  const followed = new Map<string, () => void>()
  let hasEvents = false
  let hasChanged = true
  let hasLeft = false
  let wakeUp: () => void = () => undefined
  const onChange = (): void => {
    hasChanged = true
    wakeUp()
  }
  /** Follows these keys and no others. */
  const follow = (keys: readonly string[]): void => {
    for (const [key, leave] of followed) {
      if (keys.includes(key)) continue
      leave()
      followed.delete(key)
      hasChanged = true
    }
    for (const key of keys) {
      if (followed.has(key)) continue
      followed.set(key, presence.follow(key, onChange))
      hasChanged = true
    }
  }
  let view = first
  return {
    listen: async (wake) => {
      wakeUp = wake
      follow(keysOf(first))
      const leaveEvents = await context.services.changes.follow(`chat-${chatId}`, () => {
        hasEvents = true
        wake()
      })
      return () => {
        hasLeft = true
        leaveEvents()
        follow([])
      }
    },
    values: async function* () {
      if (hasEvents) {
        hasEvents = false
        const now = await readChat(chatId, context)
        if (!now || hasLeft) throw new Ended()
        view = now
        follow(keysOf(view))
      }
      if (!hasChanged) return
      hasChanged = false
      yield view
    },
  }
}
