import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later } from '../kernel/time.ts'
import type { ChatCall } from './call.ts'
import { openCall } from './call.ts'
import type { ChatEvent, ChatEventOf } from './events.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatRules } from './rule.ts'
import { agentOf, chatEventFrom, speaksIn } from './rule.ts'
import type { Chat } from './state.ts'
import type { ChatChannelSettings } from './settings.ts'
import type { CallEndReason, CallKind, ChatSide } from './vocabulary.ts'

type CallCommand = 'requestCall' | 'acceptCall' | 'startCall' | 'withdrawRecording' | 'endCall' | 'recordCall'

/** The setting of a channel by which each kind of call is possible. */
export const callSettings = {
  voice: 'voiceCalls',
  video: 'videoCalls',
  screen: 'screenSharing',
  remote: 'remoteHelp',
} as const satisfies Readonly<Record<CallKind, keyof ChatChannelSettings>>

/** The rules of calls: one at a time in a chat, between its customer and somebody of the desk who speaks in it. */
export const decideCalls: ChatRules<CallCommand> = {
  requestCall: (command, chat, { settings }) => {
    const { callId, kind, recorded } = command
    const call = callOf(chat, callId)
    const side = sideOf(command)
    if (call)
      return call.side === side && call.kind === kind
        ? accept([])
        : deny(refusal('chat_call_id_reused', { field: 'callId' }))
    const refused = refuseStranger(command, chat)
    if (refused) return refused
    const channel = settings.channels[chat.channel]
    if (!channel[callSettings[kind]]) return deny(refusal('chat_call_off', { field: 'kind' }))
    if (recorded && !channel.recording) return deny(refusal('chat_call_off', { field: 'recorded' }))
    if (openCall(chat)) return deny(refusal('chat_call_open', { field: 'callId' }))
    const { answerWithin, longest } = settings.calls
    return accept([
      chatEventFrom('ChatCallRequested', command, {
        callId,
        kind,
        side,
        ...(side === 'desk' && { agent: agentOf(command) }),
        recorded,
        expiresAt: later(command.at, answerWithin),
        longest,
      }),
    ])
  },

  acceptCall: (command, chat) => {
    const call = callOf(chat, command.callId)
    if (!call) return deny(refusal('chat_call_not_found', { field: 'callId' }))
    const refused = refuseStranger(command, chat)
    if (refused) return refused
    if (call.ended) return deny(refusal('chat_call_ended'))
    if (sideOf(command) === call.side) return deny(refusal('chat_call_own'))
    const agent = call.side === 'desk' ? call.agent : agentOf(command)
    if (call.acceptedAt !== undefined)
      return call.agent?.id === agent?.id ? accept([]) : deny(refusal('chat_call_taken'))
    if (command.at >= call.expiresAt) return deny(refusal('chat_call_ended'))
    if (!agent) return deny(refusal('not_in_chat'))
    return accept([
      chatEventFrom('ChatCallAccepted', command, {
        callId: call.callId,
        agent,
        recorded: call.recorded && command.recorded,
        endsAt: later(command.at, call.longest),
      }),
    ])
  },

  startCall: (command, chat) => {
    const call = callOf(chat, command.callId)
    const refused = refuseOutsider(command, call)
    if (refused || !call) return refused ?? deny(refusal('chat_call_not_found', { field: 'callId' }))
    if (call.ended) return deny(refusal('chat_call_ended'))
    if (call.acceptedAt === undefined) return deny(refusal('chat_call_not_accepted'))
    return accept(
      call.startedAt === undefined ? [chatEventFrom('ChatCallStarted', command, { callId: call.callId })] : [],
    )
  },

  withdrawRecording: (command, chat) => {
    const call = callOf(chat, command.callId)
    const refused = refuseOutsider(command, call)
    if (refused || !call) return refused ?? deny(refusal('chat_call_not_found', { field: 'callId' }))
    return accept(
      call.recorded && !call.ended
        ? [chatEventFrom('ChatCallRecordingWithdrawn', command, { callId: call.callId, side: sideOf(command) })]
        : [],
    )
  },

  endCall: (command, chat) => {
    const call = callOf(chat, command.callId)
    if (!call) return deny(refusal('chat_call_not_found', { field: 'callId' }))
    if (call.ended) return accept([])
    const outsider = call.acceptedAt !== undefined && refuseOutsider(command, call)
    if (outsider) return outsider
    const refused = refuseStranger(command, chat)
    if (refused && command.by.id !== call.agent?.id) return refused
    const early = sideOf(command) === call.side ? 'cancelled' : 'declined'
    const reason = command.failed ? 'failed' : call.acceptedAt === undefined ? early : 'hung_up'
    return accept([callEnded(call, command, reason)])
  },

  recordCall: (command, chat) => {
    const call = callOf(chat, command.callId)
    if (!call) return deny(refusal('chat_call_not_found', { field: 'callId' }))
    if (call.recording === command.reference) return accept([])
    if (!call.recorded || call.startedAt === undefined) return deny(refusal('chat_call_no_consent'))
    if (call.recording !== undefined) return deny(refusal('chat_call_recorded'))
    const { callId, reference } = command
    return accept([chatEventFrom('ChatCallRecorded', command, { callId, reference })])
  },
}

/** The end of a call for a reason, with how long its sides were connected. */
export const callEnded = (
  { callId, startedAt }: ChatCall,
  command: Pick<ChatCommandEnvelope, 'at' | 'by'>,
  reason: CallEndReason,
): ChatEventOf<'ChatCallEnded'> =>
  chatEventFrom('ChatCallEnded', command, {
    callId,
    reason,
    ...(startedAt !== undefined && {
      seconds: Math.max(0, Math.round((Date.parse(command.at) - Date.parse(startedAt)) / 1_000)),
    }),
  })

/** Adds the end of the open call to what a command decides, if the chat ends or its agent leaves the call by it. */
export function endingCalls(decision: ChatDecision, command: ChatCommandEnvelope, chat: Chat): ChatDecision {
  const call = openCall(chat)
  if (!call || !decision.ok) return decision
  const ending = decision.value.map((event) => endOfCall(event, call)).find((reason) => reason !== undefined)
  return ending === undefined ? decision : accept([callEnded(call, command, ending), ...decision.value])
}

function endOfCall(event: ChatEvent, { agent }: ChatCall): CallEndReason | undefined {
  if (event.type === 'ChatClosed') return 'chat_closed'
  if (event.type === 'ChatRequeued') return 'agent_left'
  const left =
    event.type === 'ChatTransferred' ? event.from.id : event.type === 'ChatParticipantLeft' ? event.agent.id : undefined
  return left !== undefined && left === agent?.id ? 'agent_left' : undefined
}

const callOf = ({ calls }: Chat, callId: string): ChatCall | undefined => calls.find((call) => call.callId === callId)

const sideOf = ({ by }: Pick<ChatCommandEnvelope, 'by'>): ChatSide => (by.kind === 'customer' ? 'customer' : 'desk')

/** Refuses somebody of the desk who does not speak in the chat. Programs may act for it. */
const refuseStranger = ({ by }: ChatCommandEnvelope, chat: Chat) =>
  by.kind === 'agent' && !speaksIn(chat, by.id) ? deny(refusal('not_in_chat')) : undefined

/** Refuses an agent who is not the one in the call. */
const refuseOutsider = ({ by }: ChatCommandEnvelope, call: ChatCall | undefined) =>
  by.kind === 'agent' && call?.agent?.id !== by.id ? deny(refusal('chat_call_taken')) : undefined
