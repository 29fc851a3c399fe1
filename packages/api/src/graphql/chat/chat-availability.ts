import type { ChannelAvailability } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { addSubscription, changeDetector } from '../subscription.ts'
import { addChatEnums } from './chat-enums.ts'

type Abilities = ChannelAvailability['abilities']

const abilities: Readonly<Record<keyof Abilities, string>> = {
  files: 'Customers may send files.',
  voice: 'Customers may send voice notes.',
  typing: 'Each side is shown that the other one types.',
  queuePosition: 'Customers are shown their position in the queue.',
  offlineMessages: 'Customers may leave messages when nobody is there: see `leaveChatMessage`.',
  push: 'The app or the browser of the customer may show notifications: see `subscribeToPush`.',
  voiceCalls: 'Calls by voice are possible.',
  videoCalls: 'Calls by video are possible.',
  screenSharing: 'The screen may be shared.',
  remoteHelp: 'Agents may operate the screen of the customer, at a page of a provider.',
  recording: 'Calls may be recorded, with the consent of both sides.',
}

/** Adds `chatAvailability` and `chatAvailabilityChanged`: what a channel does now. Returns its type. */
export function addChatAvailability({ builder, use }: SchemaParts) {
  const enums = use(addChatEnums)
  const abilitiesType = builder.objectRef<Abilities>('ChatAbilities').implement({
    description: 'What a channel of chat may do, as the desk has configured it.',
    fields: (t) => ({
      files: t.exposeBoolean('files', { description: abilities.files }),
      voice: t.exposeBoolean('voice', { description: abilities.voice }),
      typing: t.exposeBoolean('typing', { description: abilities.typing }),
      queuePosition: t.exposeBoolean('queuePosition', { description: abilities.queuePosition }),
      offlineMessages: t.exposeBoolean('offlineMessages', { description: abilities.offlineMessages }),
      push: t.exposeBoolean('push', { description: abilities.push }),
      voiceCalls: t.exposeBoolean('voiceCalls', { description: abilities.voiceCalls }),
      videoCalls: t.exposeBoolean('videoCalls', { description: abilities.videoCalls }),
      remoteHelp: t.exposeBoolean('remoteHelp', { description: abilities.remoteHelp }),
      screenSharing: t.exposeBoolean('screenSharing', { description: abilities.screenSharing }),
      recording: t.exposeBoolean('recording', { description: abilities.recording }),
    }),
  })
  const availability = builder.objectRef<ChannelAvailability>('ChatAvailability').implement({
    description: 'What a channel of chat does now.',
    fields: (t) => ({
      channel: t.expose('channel', { type: enums.channel, description: 'The channel.' }),
      open: t.exposeBoolean('open', { description: 'Whether customers may start chats now.' }),
      closesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it closes; null while it is closed, and when it never closes.',
        resolve: ({ open, changesAt }) => (open ? changesAt : null),
      }),
      opensAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it opens; null while it is open, and when it is off.',
        resolve: ({ open, changesAt }) => (open ? null : changesAt),
      }),
      abilities: t.expose('abilities', { type: abilitiesType, description: 'What it may do.' }),
    }),
  })

  builder.queryField('chatAvailability', (t) =>
    t.field({
      type: availability,
      description: 'Whether customers may chat now, until or from when, and what the channel may do.',
      args: { channel: t.arg({ type: enums.channel, description: 'The channel; web unless given.' }) },
      resolve: (_, { channel }, { services }) => services.channelWatch.now(channel ?? 'web'),
    }),
  )
  addSubscription(builder, 'chatAvailabilityChanged', {
    type: availability,
    description: 'As `chatAvailability`, now and whenever it changes: at an opening, a closing, and by configuration.',
    args: builder.args((t) => ({
      channel: t.field({ type: enums.channel, description: 'The channel; web unless given.' }),
    })),
    source: ({ channel }, { services: { channelWatch } }) => {
      const hasChanged = changeDetector()
      return {
        listen: (wake) => channelWatch.follow(wake),
        values: async function* () {
          const present = await channelWatch.now(channel ?? 'web')
          if (hasChanged(present)) yield present
        },
      }
    },
  })
  return availability
}
