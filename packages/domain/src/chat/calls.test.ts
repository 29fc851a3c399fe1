import { describe, expect, it } from 'vitest'
import { minutes } from '../kernel/time.ts'
import { after, alex, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'
import { chatDeadlines } from './deadlines.ts'
import type { Chat } from './state.ts'

const kindsOf = (chat: Chat): readonly string[] => chatDeadlines(chat).map(({ kind }) => kind)

const { given } = specifyChat({
  channels: { web: { voiceCalls: true, videoCalls: true, screenSharing: true, recording: true } },
})
const clock = { kind: 'system', id: 'clock' } as const
const agent = { id: 'alex', name: 'Alex Martin' } as const
const colleague = { id: 'sacha', name: 'Sacha Petit' } as const
const offered = chatEvent('ChatOffered', { round: 1, agent, agentVersion: 7, expiresAt: after(20_000) })
const active = [chatStarted(), offered, chatEvent('ChatAccepted', { round: 1, agent })]
const byCustomer = chatEvent(
  'ChatCallRequested',
  {
    callId: 'v',
    kind: 'video',
    side: 'customer',
    recorded: false,
    expiresAt: after(minutes(1)),
    longest: minutes(30),
  },
  { by: camille },
)
const byAgent = chatEvent('ChatCallRequested', {
  callId: 'v',
  kind: 'video',
  side: 'desk',
  agent,
  recorded: true,
  expiresAt: after(minutes(1)),
  longest: minutes(30),
})
const accepted = (recorded = false) =>
  chatEvent('ChatCallAccepted', { callId: 'v', agent, recorded, endsAt: after(minutes(30)) })
const connected = chatEvent('ChatCallStarted', { callId: 'v' })
const request = { type: 'requestCall', callId: 'v', kind: 'video' } as const
const fire = (dueAt: ReturnType<typeof after>) => ({ type: 'fire', kind: 'chat_call', cycle: 1, dueAt }) as const

describe('a call that is asked for', () => {
  it('is recorded with when it ends without an answer, and how long it may last', () => {
    given(...active)
      .when(request, { by: camille })
      .then({ type: 'ChatCallRequested', side: 'customer', expiresAt: after(minutes(1)), longest: minutes(30) })
    given(...active)
      .when({ ...request, recorded: true })
      .then({ type: 'ChatCallRequested', side: 'desk', agent, recorded: true })
  })

  it('is one at a time, and a repeat of it changes nothing', () => {
    given(...active, byCustomer)
      .when(request, { by: camille })
      .then(nothing)
    given(...active, byCustomer)
      .when({ ...request, callId: 'w' })
      .then(refused('chat_call_open', 'callId'))
    given(...active, byCustomer)
      .when({ ...request, kind: 'voice' }, { by: camille })
      .then(refused('chat_call_id_reused', 'callId'))
  })

  it('is refused before an agent is there, to colleagues who only read, and where the channel has none', () => {
    given(chatStarted()).when(request, { by: camille }).then(refused('chat_not_active'))
    given(...active)
      .when(request, { by: sacha })
      .then(refused('not_in_chat'))
    given(...active)
      .when({ ...request, kind: 'remote' })
      .then(refused('chat_call_off', 'kind'))
    specifyChat({ channels: { web: { videoCalls: true } } })
      .given(...active)
      .when({ ...request, recorded: true })
      .then(refused('chat_call_off', 'recorded'))
  })

  it('ends by itself when nobody has answered in time', () => {
    given(...active, byCustomer)
      .when(fire(after(minutes(1))), { by: clock, at: after(minutes(1)) })
      .then({ type: 'ChatCallEnded', reason: 'unanswered' })
    given(...active, byCustomer, accepted())
      .when(fire(after(minutes(1))), { by: clock, at: after(minutes(1)) })
      .then(nothing)
  })

  it('is cancelled by who asked and declined by who was asked', () => {
    given(...active, byCustomer)
      .when({ type: 'endCall', callId: 'v' }, { by: camille })
      .then({ type: 'ChatCallEnded', reason: 'cancelled' })
    given(...active, byCustomer)
      .when({ type: 'endCall', callId: 'v' })
      .then({ type: 'ChatCallEnded', reason: 'declined' })
  })
})

describe('a call that is accepted', () => {
  it('is between the customer and the agent who asked or accepted', () => {
    given(...active, byCustomer)
      .when({ type: 'acceptCall', callId: 'v' })
      .then({ type: 'ChatCallAccepted', agent, endsAt: after(minutes(30)) })
    given(...active, byAgent)
      .when({ type: 'acceptCall', callId: 'v' }, { by: camille })
      .then({ type: 'ChatCallAccepted', agent, recorded: false })
    given(...active, byCustomer)
      .when({ type: 'acceptCall', callId: 'v' }, { by: camille })
      .then(refused('chat_call_own'))
  })

  it('is refused once its time for an answer is over, though nothing has ended it yet', () => {
    const accept = { type: 'acceptCall', callId: 'v' } as const
    given(...active, byCustomer)
      .when(accept, { at: after(minutes(1)) })
      .then(refused('chat_call_ended'))
    given(...active, byCustomer)
      .when(accept, { at: after(minutes(1) - 1) })
      .then({ type: 'ChatCallAccepted' })
    given(...active, byCustomer, accepted())
      .when(accept, { at: after(minutes(1)) })
      .then(nothing)
  })

  it('is not taken over by a colleague who speaks in the chat', () => {
    const joined = chatEvent('ChatParticipantJoined', { agent: colleague, role: 'speaker' }, { by: sacha })
    given(...active, joined, byCustomer, accepted())
      .when({ type: 'acceptCall', callId: 'v' }, { by: sacha })
      .then(refused('chat_call_taken'))
    given(...active, joined, byCustomer, accepted())
      .when({ type: 'endCall', callId: 'v' }, { by: sacha })
      .then(refused('chat_call_taken'))
    given(...active, joined, byCustomer, accepted())
      .when({ type: 'acceptCall', callId: 'v' })
      .then(nothing)
  })

  it('is connected once, by either side', () => {
    given(...active, byCustomer)
      .when({ type: 'startCall', callId: 'v' }, { by: camille })
      .then(refused('chat_call_not_accepted'))
    given(...active, byCustomer, accepted())
      .when({ type: 'startCall', callId: 'v' }, { by: camille })
      .then({ type: 'ChatCallStarted' })
    given(...active, byCustomer, accepted(), connected)
      .when({ type: 'startCall', callId: 'v' })
      .then(nothing)
  })

  it('lasts thirty minutes at most', () => {
    given(...active, byCustomer, accepted(), connected)
      .when(fire(after(minutes(30))), { by: clock, at: after(minutes(30)) })
      .then({ type: 'ChatCallEnded', reason: 'time_limit', seconds: 1_800 })
  })

  it('ends with how long its sides were connected', () => {
    given(...active, byCustomer, accepted(), connected)
      .when({ type: 'endCall', callId: 'v' }, { by: camille, at: after(90_000) })
      .then({ type: 'ChatCallEnded', reason: 'hung_up', seconds: 90 })
    given(...active, byCustomer, accepted())
      .when({ type: 'endCall', callId: 'v', failed: true }, { by: camille })
      .then({ type: 'ChatCallEnded', reason: 'failed' })
  })

  it('ends when its agent leaves it, and with the chat', () => {
    given(...active, byCustomer, accepted(), connected)
      .when({ type: 'close' })
      .then([{ type: 'ChatCallEnded', reason: 'chat_closed' }, { type: 'ChatClosed' }])
    given(...active, byCustomer, accepted())
      .when({ type: 'requeue', reason: 'gone' }, { by: clock })
      .then([{ type: 'ChatCallEnded', reason: 'agent_left' }, { type: 'ChatRequeued' }])
    const handedOver = chatEvent('ChatTransferRequested', { to: { agent: colleague } })
    const second = chatEvent('ChatOffered', { round: 2, agent: colleague, agentVersion: 1, expiresAt: after(20_000) })
    given(...active, byCustomer, accepted(), handedOver, second)
      .when({ type: 'accept' }, { by: sacha })
      .then([{ type: 'ChatCallEnded', reason: 'agent_left' }, { type: 'ChatTransferred' }])
  })
})

describe('the recording of a call', () => {
  const consented = [...active, byAgent, accepted(true)]
  const record = { type: 'recordCall', callId: 'v', reference: 'file-7' } as const

  it('is kept only with the consent of both sides to a call that was connected', () => {
    given(...active, byAgent)
      .when({ type: 'acceptCall', callId: 'v', recorded: true }, { by: camille })
      .then({ type: 'ChatCallAccepted', recorded: true })
    given(...active, byCustomer)
      .when({ type: 'acceptCall', callId: 'v', recorded: true })
      .then({ type: 'ChatCallAccepted', recorded: false })
    given(...consented)
      .when(record)
      .then(refused('chat_call_no_consent'))
    given(...active, byAgent, accepted(), connected)
      .when(record)
      .then(refused('chat_call_no_consent'))
    const ended = chatEvent('ChatCallEnded', { callId: 'v', reason: 'hung_up' })
    given(...consented, connected, ended)
      .when(record)
      .then({ type: 'ChatCallRecorded', reference: 'file-7' })
  })

  it('is refused once a side has withdrawn its consent', () => {
    given(...consented, connected)
      .when({ type: 'withdrawRecording', callId: 'v' }, { by: camille })
      .then({ type: 'ChatCallRecordingWithdrawn', side: 'customer' })
    const withdrawn = chatEvent('ChatCallRecordingWithdrawn', { callId: 'v', side: 'customer' }, { by: camille })
    given(...consented, connected, withdrawn)
      .when(record)
      .then(refused('chat_call_no_consent'))
  })

  it('is one for a call', () => {
    const recorded = chatEvent('ChatCallRecorded', { callId: 'v', reference: 'file-7' })
    given(...consented, connected, recorded)
      .when(record)
      .then(nothing)
    given(...consented, connected, recorded)
      .when({ ...record, reference: 'other' })
      .then(refused('chat_call_recorded'))
  })
})

describe('the clocks of a chat during a call', () => {
  it('do not warn or close it for want of a written answer', () => {
    const { state } = given(...active, byCustomer).when({ type: 'acceptCall', callId: 'v' })
    expect(kindsOf(state as Chat)).toEqual(['chat_call'])
  })

  it('begin again for the customer when it has ended', () => {
    const { state } = given(...active, byCustomer, accepted(), connected).when(
      { type: 'endCall', callId: 'v' },
      { by: camille, at: after(minutes(20)) },
    )
    expect(state).toMatchObject({ awaitedReply: { from: 'customer', since: after(minutes(20)) } })
    expect(kindsOf(state as Chat)).toEqual(['chat_inactivity_warning'])
  })

  it('count the desk as having answered from when it is connected', () => {
    const { state } = given(...active, byCustomer, accepted()).when(
      { type: 'startCall', callId: 'v' },
      { at: after(14_000) },
    )
    expect(state).toMatchObject({
      answeredAt: after(14_000),
      awaitedReply: { from: 'customer', since: after(14_000), overdue: false },
    })
  })

  it('await no answer of the desk to what the customer writes while they talk', () => {
    const { state } = given(...active, byCustomer, accepted(), connected).when(
      { type: 'send', messageId: 'm', body: 'mon numéro : 12' },
      { by: camille },
    )
    expect(state).toMatchObject({ awaitedReply: { from: 'customer' } })
  })

  it('let the desk owe its answer when no connection was made', () => {
    const { state } = given(...active, byCustomer, accepted()).when(
      { type: 'endCall', callId: 'v', failed: true },
      { by: alex },
    )
    expect(kindsOf(state as Chat)).toEqual(['chat_answer'])
  })
})
