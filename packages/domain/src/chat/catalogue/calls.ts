import { z } from 'zod'
import { senders } from '../../kernel/command.ts'
import { repeat } from '../../kernel/lifecycle.ts'
import { id, line } from '../../kernel/values.ts'
import { callEndReasons, callKinds } from '../vocabulary.ts'
import {
  agent,
  anywhere,
  at,
  chatCommand,
  chatEvent,
  count,
  expiresAt,
  side,
  storedId,
  text,
  whileActive,
} from './definition.ts'
import { french } from './french.ts'

const callId = id.describe('The call.')

/** Calls in a chat, by voice, video, a shared screen or remote help: the commands. */
export const callCommands = {
  requestCall: chatCommand({
    description: 'Asks the other side of a chat for a call. It ends by itself when nobody accepts it in time.',
    schema: z.strictObject({
      type: z.literal('requestCall'),
      callId: id.describe('An id of your choice, unique in the chat. A repeat under it changes nothing.'),
      kind: z.enum(callKinds).default('video').describe('The kind of call; video unless given.'),
      recorded: z
        .boolean()
        .default(false)
        .describe('Whether it is to be recorded, to which you consent yourself; the other side is asked.'),
    }),
    sentBy: senders.anyone,
    lifecycle: whileActive,
  }),
  acceptCall: chatCommand({
    description: 'Accepts a call that the other side has asked for.',
    schema: z.strictObject({
      type: z.literal('acceptCall'),
      callId,
      recorded: z.boolean().default(false).describe('Whether you consent to a recording, if one was asked for.'),
    }),
    sentBy: senders.anyone,
    lifecycle: whileActive,
  }),
  startCall: chatCommand({
    description: 'Records that an accepted call is connected: the sides see or hear each other.',
    schema: z.strictObject({ type: z.literal('startCall'), callId }),
    sentBy: senders.anyone,
    lifecycle: whileActive,
  }),
  withdrawRecording: chatCommand({
    description: 'Withdraws your consent to the recording of a call, which must stop.',
    schema: z.strictObject({ type: z.literal('withdrawRecording'), callId }),
    sentBy: senders.anyone,
    lifecycle: whileActive,
  }),
  endCall: chatCommand({
    description: 'Ends a call. Before it is accepted, who was asked declines it and who asked cancels it.',
    schema: z.strictObject({
      type: z.literal('endCall'),
      callId,
      failed: z.boolean().default(false).describe('Whether no connection could be made, or it broke.'),
    }),
    sentBy: senders.anyone,
    lifecycle: { ...whileActive, closed: repeat },
  }),
  recordCall: chatCommand({
    description: 'Adds the recording of a call to which both sides have consented.',
    schema: z.strictObject({
      type: z.literal('recordCall'),
      callId,
      reference: line(500).describe('The id of the recording where it is kept: of a file, or with the provider.'),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
} as const

const storedCallId = storedId.describe('The call that it is about.')

/** Calls in a chat: the events. */
export const callEvents = {
  /** `by` asks; `agent` is the one of the desk if they ask. Without acceptance it ends at `expiresAt`. */
  ChatCallRequested: chatEvent({
    description: 'A side asked for a call.',
    schema: z.object({
      callId: storedCallId,
      kind: z.enum(callKinds).describe('The kind of call that was asked for.'),
      side,
      agent: agent.optional(),
      recorded: z.boolean(),
      expiresAt,
      /** The longest time from acceptance to end, in milliseconds. */
      longest: count,
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ kind, recorded }) => ({ what: `asked for a ${kind} call${recorded ? ', to be recorded' : ''}` }),
      fr: ({ kind, recorded }) => ({
        what: `a demandé un appel (${french.callKinds[kind]})${recorded ? ', enregistré' : ''}`,
      }),
    },
  }),
  /** `agent` is the one of the desk in the call; `recorded` tells whether both sides consent to a recording. */
  ChatCallAccepted: chatEvent({
    description: 'A call was accepted.',
    schema: z.object({ callId: storedCallId, agent, recorded: z.boolean(), endsAt: at }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { agent: 'agent' },
    sentences: {
      en: ({ recorded }) => ({ what: `accepted the call${recorded ? ' and its recording' : ''}` }),
      fr: ({ recorded }) => ({ what: `a accepté l’appel${recorded ? ' et son enregistrement' : ''}` }),
    },
  }),
  ChatCallStarted: chatEvent({
    description: 'A call is connected.',
    schema: z.object({ callId: storedCallId }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: () => ({ what: 'the call is connected' }),
      fr: () => ({ what: 'l’appel est établi' }),
    },
  }),
  ChatCallRecordingWithdrawn: chatEvent({
    description: 'A side withdrew its consent to a recording.',
    schema: z.object({ callId: storedCallId, side }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: () => ({ what: 'withdrew the consent to the recording' }),
      fr: () => ({ what: 'a retiré son accord à l’enregistrement' }),
    },
  }),
  /** `seconds` is the time since it was connected, if it was. */
  ChatCallEnded: chatEvent({
    description: 'A call ended.',
    schema: z.object({
      callId: storedCallId,
      reason: z.enum(callEndReasons).describe('Why the call ended.'),
      seconds: count.optional(),
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: ({ reason, seconds }) => ({
        what: `the call ended${seconds === undefined ? '' : ` after ${seconds} s`} (${reason})`,
      }),
      fr: ({ reason, seconds }) => ({
        what: `l’appel a pris fin${seconds === undefined ? '' : ` après ${seconds} s`} (${french.callEndReasons[reason]})`,
      }),
    },
  }),
  ChatCallRecorded: chatEvent({
    description: 'The recording of a call was added.',
    schema: z.object({ callId: storedCallId, reference: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: { reference: ['customer', 'agent'] },
    sentences: {
      en: ({ reference }) => ({ what: `added the recording ${reference} of the call` }),
      fr: ({ reference }) => ({ what: `a ajouté l’enregistrement ${reference} de l’appel` }),
    },
  }),
} as const
