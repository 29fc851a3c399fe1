import { z } from 'zod'
import type { CallConnection, CallSeat, ChatCall, IceServer } from '@guichet/domain'
import { callKinds, callSettings, describeIssue, id, malformed, openCall, refusal } from '@guichet/domain'
import { isCustomer } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { CallSignal } from '../../live/call-signals.ts'
import { longestSignal, signalLimit } from '../../live/call-signals.ts'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds } from '../builder.ts'
import { addChatType, readOwnChat } from './chat.ts'
import { addChatAgent } from './chat-agents.ts'
import { addChatEnums } from './chat-enums.ts'
import { refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addMutation } from '../mutation.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription } from '../subscription.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

type CallView = ChatCall & { readonly chatId: string }

const schema = z.strictObject({
  chatId: id.describe('The chat.'),
  callId: id.describe('The call.'),
  signalId: id.describe('An id of your choice, unique in the call: a repeat under it arrives once.'),
  data: z
    .string()
    .min(2)
    .max(longestSignal)
    .describe(
      'What your browser tells the other one: a description of the session, or a candidate, as JSON; at most 32,000 characters.',
    ),
})

/** Adds `Chat.calls`, `sendChatCallSignal` and `chatCallSignalled`. Signals are stored nowhere. */
export function addChatCalls({ builder, use }: SchemaParts): void {
  const enums = use(addChatEnums)
  const chat = use(addChatType)
  const call = use(addChatCallType)
  builder.objectField(chat, 'calls', (t) =>
    t.field({
      type: [call],
      description: 'Its latest calls, at most twenty, oldest first.',
      resolve: async ({ id: chatId, fromStream }, _, context) => {
        const state = fromStream ?? (await readOwnChat(chatId, context))
        return (state?.calls ?? []).map((each) => ({ ...each, chatId }))
      },
    }),
  )

  builder.objectField(chat, 'callKinds', (t) =>
    t.field({
      type: [enums.callKind],
      description: 'The kinds of calls that its channel allows now, and that somebody carries.',
      resolve: async ({ channel }, _, { services: { channelWatch, calls } }) => {
        const { abilities } = await channelWatch.now(channel)
        return callKinds.filter((kind) => abilities[callSettings[kind]] && calls.carries(kind))
      },
    }),
  )
  use(addCallSignals)
}

/** Adds `ChatCall`. */
function addChatCallType({ builder, use }: SchemaParts) {
  const enums = use(addChatEnums)
  const agent = use(addChatAgent)
  const setup = use(addCallSetup)
  return builder.objectRef<CallView>('ChatCall').implement({
    description: 'A call in a chat, between its customer and one agent.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ chatId, callId }) => globalId('ChatCall', joinIds(chatId, callId)),
      }),
      callId: t.exposeID('callId', { description: 'The id, unique in the chat.' }),
      kind: t.expose('kind', { type: enums.callKind, description: 'The kind.' }),
      side: t.expose('side', { type: enums.side, description: 'Who asked for it.' }),
      agent: t.expose('agent', {
        type: agent,
        nullable: true,
        description: 'The agent in it; null until somebody has accepted what the customer asked for.',
      }),
      requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be accepted.' }),
      acceptedAt: t.expose('acceptedAt', { type: 'DateTime', nullable: true, description: 'When it was accepted.' }),
      endsAt: t.expose('endsAt', { type: 'DateTime', nullable: true, description: 'When it ends at the latest.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it was connected.' }),
      endedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it ended.',
        resolve: ({ ended }) => ended?.at,
      }),
      endReason: t.field({
        type: enums.callEndReason,
        nullable: true,
        description: 'Why it ended.',
        resolve: ({ ended }) => ended?.reason,
      }),
      recorded: t.exposeBoolean('recorded', {
        description: 'Whether a recording is asked for and, once it is accepted, whether both sides consent to it.',
      }),
      recording: t.exposeString('recording', {
        nullable: true,
        description: 'Where the recording is kept; null for customers.',
        extensions: deskOnly,
      }),
      setup: t.field({
        type: setup,
        nullable: true,
        description: 'How you connect, while the call is accepted and you are in it.',
        resolve: connectionTo,
      }),
    }),
  })
}

/** Adds `ChatCallSetup`. */
function addCallSetup({ builder }: SchemaParts) {
  const iceServer = builder.objectRef<IceServer>('IceServer').implement({
    description: 'A server by which two browsers find a way to each other, as `RTCIceServer` takes it.',
    fields: (t) => ({
      urls: t.stringList({ description: 'Its addresses.', resolve: ({ urls }) => [...urls] }),
      username: t.exposeString('username', { nullable: true, description: 'The user, which expires with the call.' }),
      credential: t.exposeString('credential', { nullable: true, description: 'The password of the user.' }),
    }),
  })
  return builder.objectRef<CallConnection>('ChatCallSetup').implement({
    description: 'How you connect to a call: by WebRTC with signals, or at a page.',
    fields: (t) => ({
      iceServers: t.field({
        type: [iceServer],
        nullable: true,
        description: 'The servers for WebRTC; null for a page.',
        resolve: (row) => (row.kind === 'webrtc' ? [...row.iceServers] : null),
      }),
      url: t.string({
        nullable: true,
        description: 'The address of the page, yours alone; null for WebRTC.',
        resolve: (row) => (row.kind === 'page' ? row.url : null),
      }),
    }),
  })
}

/** Adds `sendChatCallSignal` and `chatCallSignalled`. */
function addCallSignals({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const signal = builder.objectRef<CallSignal>('ChatCallSignal').implement({
    description: 'What the browser of the other side of a call says to yours.',
    fields: (t) => ({
      signalId: t.exposeID('id', { description: 'Its id. After a reconnection, one that you know may come again.' }),
      data: t.exposeString('data', { description: 'A description of the session, or a candidate, as JSON.' }),
    }),
  })
  addMutation(builder, inputs, 'sendChatCallSignal', {
    description:
      'Passes a signal of WebRTC to the other side of an accepted call. It is kept for a minute, in memory only.',
    payload: plainPayload,
    schema,
    resolve: async (input, _, context) => {
      const { data: sent, error } = schema.safeParse(input, describeIssue)
      if (error) return refused(malformed(error))
      const { chatId, callId, signalId, data } = sent
      const seat = await seatIn(chatId, callId, context)
      if ('refusal' in seat) return refused(seat.refusal)
      context.services.live.callSignals.send(keyOf(seat), { id: signalId, from: seat.side, data })
      return { id: chatId, executed: undefined, userErrors: [] }
    },
  })
  addSubscription(builder, 'chatCallSignalled', {
    type: signal,
    description: 'The signals of the other side of an accepted call: those of the last minute, then each further one.',
    args: builder.args((t) => ({
      chatId: t.id({ required: true }),
      callId: t.id({ required: true, description: 'The call.' }),
    })),
    source: async ({ chatId, callId }, context) => {
      const seat = await seatIn(chatId, callId, context)
      if ('refusal' in seat) {
        throw seat.refusal.code === 'chat_not_found' ? edgeError('chat_unknown') : edgeError('chat_call_unknown')
      }
      return signalsTo(context, seat)
    },
  })
}

/** The place of the viewer in an accepted call, or why they have none. */
async function seatIn(
  chatId: string,
  callId: string,
  context: ApiContext,
): Promise<CallSeat | { readonly refusal: ReturnType<typeof refusal> }> {
  const chat = await readOwnChat(chatId, context)
  if (!chat) return { refusal: refusal('chat_not_found', { field: 'chatId' }) }
  const call = openCall(chat)
  if (call?.callId !== callId) return { refusal: refusal('chat_call_not_found', { field: 'callId' }) }
  return seatOf({ ...call, chatId }, context)
}

function seatOf(call: CallView, context: ApiContext): CallSeat | { readonly refusal: ReturnType<typeof refusal> } {
  const { chatId, callId, kind, endsAt, agent, ended } = call
  if (ended) return { refusal: refusal('chat_call_ended') }
  if (endsAt === undefined) return { refusal: refusal('chat_call_not_accepted') }
  const viewer = viewerOf(context)
  if (isCustomer(viewer)) return { chatId, callId, kind, side: 'customer', endsAt }
  return viewer.id === agent?.id
    ? { chatId, callId, kind, side: 'desk', endsAt }
    : { refusal: refusal('chat_call_taken') }
}

/** A call may be shown of the past, or of a chat that is shared with the viewer: the own chat as it is now gives the seat. */
async function connectionTo(
  { chatId, callId, endsAt, ended }: CallView,
  _: unknown,
  context: ApiContext,
): Promise<CallConnection | null> {
  if (ended || endsAt === undefined) return null
  const seat = await seatIn(chatId, callId, context)
  const { calls } = context.services
  return 'refusal' in seat || !calls.carries(seat.kind) ? null : calls.connect(seat)
}

const keyOf = ({ chatId, callId }: CallSeat): string => JSON.stringify([chatId, callId])

function signalsTo(context: ApiContext, seat: CallSeat): Source<CallSignal> {
  const incoming: CallSignal[] = []
  return {
    listen: async (wake) =>
      context.services.live.callSignals.follow(keyOf(seat), (signal) => {
        if (signal.from === seat.side) return
        if (incoming.push(signal) > signalLimit) incoming.shift()
        wake()
      }),
    values: async function* () {
      for (let next = incoming.shift(); next; next = incoming.shift()) yield next
    },
  }
}
