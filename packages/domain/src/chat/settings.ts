import { z } from 'zod'
import { durationSchema, hours, minutes } from '../kernel/time.ts'
import { nameSchema } from '../kernel/values.ts'
import { chatSlaSchema } from './service-levels.ts'
import type { ChatChannel } from './vocabulary.ts'
import { chatChannels } from './vocabulary.ts'
import { welcomesSchema } from './welcome.ts'

const seconds = (n: number): number => n * 1_000

/** Elapsed times, in milliseconds: a chat does not wait for business hours. */
const timesSchema = z.strictObject({
  /** How long an agent may take to accept an offered chat. */
  offerFor: durationSchema.default(seconds(20)),
  /** After how long an agent who declined or missed a chat may be offered it again when nobody else is left. */
  offerAgainAfter: durationSchema.default(minutes(1)),
  /** Within how long the customer has a first answer, counted from the start (001, « Live Chat »: Response Time < 30 seconds). */
  firstAnswerWithin: durationSchema.default(seconds(30)),
  /** Within how long a later message of the customer is answered. */
  nextAnswerWithin: durationSchema.default(minutes(2)),
  /** After how long without an answer the customer is warned that the chat will be closed. */
  warnAfter: durationSchema.default(minutes(25)),
  /** After how long without an answer of the customer the chat is closed (004, `CHAT_TIMEOUT_MINUTES=30`). */
  closeAfter: durationSchema.default(minutes(30)),
  /** How long a transfer may wait for somebody to accept it. */
  transferFor: durationSchema.default(minutes(2)),
  /** For how long the place of a disconnected visitor in the queue is kept. */
  keepPlaceFor: durationSchema.default(minutes(2)),
  /** For how long a closed chat may be reopened and rated. */
  reopenWithin: durationSchema.default(hours(24)),
})

/** The times of a chat, in milliseconds. Those of its start apply until its end. */
export type ChatTimes = Readonly<z.infer<typeof timesSchema>>

/** What a missing connection means. */
const presenceRules = ['observed', 'required', 'ignored'] as const
/** Calls in chats, by voice, video, a shared screen or remote help. */
const callsSchema = z.strictObject({
  /** Within how long a call is accepted before it ends by itself. */
  answerWithin: durationSchema.default(minutes(1)),
  /** How long a call lasts at most, from its acceptance (004, `video_chat.max_duration`). */
  longest: durationSchema.default(minutes(30)),
})

const channelSchema = (channel: ChatChannel) =>
  z.strictObject({
    /** Whether visitors may start chats on it. */
    enabled: z.boolean().default(true),
    /** The calendar of its operating hours; around the clock by default (004, `operating_hours`). */
    hours: nameSchema.optional(),
    /** Whether visitors see their position in the queue. */
    queuePosition: z.boolean().default(true),
    files: z.boolean().default(true),
    typing: z.boolean().default(true),
    /** As 004, `mobile_chat.voice_messages`. */
    voice: z.boolean().default(channel === 'mobile'),
    /** As 004, `mobile_chat.push_notifications`. */
    push: z.boolean().default(channel === 'mobile'),
    /** Whether visitors may leave messages when nobody is there (004, `mobile_chat.offline_messages`). */
    offlineMessages: z.boolean().default(true),
    voiceCalls: z.boolean().default(channel === 'video'),
    videoCalls: z.boolean().default(channel === 'video'),
    /** Whether agents may operate the customer's screen, through a provider. */
    remoteHelp: z.boolean().default(false),
    /** As 004, `video_chat.screen_sharing`. */
    screenSharing: z.boolean().default(channel === 'video'),
    /** As 004, `video_chat.recording`. */
    recording: z.boolean().default(channel === 'video'),
  })

/** What a channel of chat may do. */
export type ChatChannelSettings = Readonly<z.infer<ReturnType<typeof channelSchema>>>

/** Live chat: a section of the configuration (004, `chatConfig`, `CHAT_SYSTEM_ENABLED`). */
export const chatSettingsSchema = z
  .strictObject({
    /** Whether the desk chats at all. */
    enabled: z.boolean().default(true),
    channels: z
      .strictObject(
        Object.fromEntries(chatChannels.map((channel) => [channel, channelSchema(channel).prefault({})])) as {
          [C in ChatChannel]: z.ZodPrefault<ReturnType<typeof channelSchema>>
        },
      )
      .prefault({}),
    times: timesSchema.prefault({}),
    /**
     * What a missing connection means for agents and waiting visitors. `observed`: who has had one is gone when the last
     * one has ended, and who never had one works or writes by requests alone. `required`: who has none is gone.
     * `ignored`: connections do not matter.
     */
    presence: z.enum(presenceRules).default('observed'),
    /** Answer times by category, priority and plan, and what happens when an answer is overdue. */
    sla: chatSlaSchema.prefault({}),
    /** What customers are greeted with when a chat starts (000, « Message système d'accueil »). */
    welcomes: welcomesSchema,
    calls: callsSchema.prefault({}),
  })
  .refine(({ times }) => times.warnAfter < times.closeAfter, {
    message: 'the warning must come before the end',
    path: ['times', 'warnAfter'],
  })

/** The settings of live chat in a configuration, with their defaults. */
export type ChatSettings = Readonly<z.infer<typeof chatSettingsSchema>>

/** The settings of a desk that has configured none. */
export const defaultChatSettings: ChatSettings = chatSettingsSchema.parse({})
