import { closesAt, isOpen, nextOpening } from '../calendar/business-time.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import type { ChatChannelSettings, ChatSettings } from './settings.ts'
import { defaultChatSettings } from './settings.ts'
import type { ChatChannel } from './vocabulary.ts'

/** The calendar of a channel's operating hours; undefined around the clock. */
export type ChatHours = (channel: ChatChannel) => Calendar | undefined

/** The part of a desk's terms that says what its channels of chat do now. */
export type ChannelTerms = { readonly settings: ChatSettings; readonly hours: ChatHours }

/** What the channels of a desk do under a version of its terms. */
export const channelTerms = ({
  chat: settings = defaultChatSettings,
  chatHours: hours = () => undefined,
}: {
  readonly chat?: ChatSettings
  readonly chatHours?: ChatHours
}): ChannelTerms => ({ settings, hours })

/** What a channel of chat does at a moment. */
export type ChannelAvailability = {
  readonly channel: ChatChannel
  /** Whether customers may start chats on it now. */
  readonly open: boolean
  /** When it closes, if it is open, or else opens; undefined when it does neither. */
  readonly changesAt: Instant | undefined
  /** What the channel may do; all false where it is off. */
  readonly abilities: Omit<ChatChannelSettings, 'enabled' | 'hours'>
}

/** What a channel does at a moment, as its settings and its calendar say. */
export function channelAvailability(
  channel: ChatChannel,
  { settings, hours }: ChannelTerms,
  at: Instant,
): ChannelAvailability {
  const { enabled, hours: _, ...abilities } = settings.channels[channel]
  if (!settings.enabled || !enabled) {
    const none = Object.fromEntries(Object.keys(abilities).map((name) => [name, false]))
    return { channel, open: false, changesAt: undefined, abilities: { ...abilities, ...none } }
  }
  const calendar = hours(channel)
  const open = calendar === undefined || isOpen(calendar, at)
  const changesAt = calendar && (open ? closesAt(calendar, at) : nextOpening(calendar, at))
  return { channel, open, changesAt, abilities }
}

/** The refusal of a start: nobody starts on a channel that is off, and no customer outside its hours. */
export function refuseStartNow(by: Actor, channel: ChatChannel, terms: ChannelTerms, at: Instant): Refusal | undefined {
  const shut = refuseOutsideHours(channel, terms, at)
  return shut?.code === 'chat_channel_off' || by.kind === 'customer' ? shut : undefined
}

/** The refusal of a customer who begins a chat, or begins it again, while the channel is off or outside its hours. */
export function refuseOutsideHours(channel: ChatChannel, terms: ChannelTerms, at: Instant): Refusal | undefined {
  const { settings, hours } = terms
  if (!settings.enabled || !settings.channels[channel].enabled) return refusal('chat_channel_off', { field: 'channel' })
  const calendar = hours(channel)
  if (calendar === undefined || isOpen(calendar, at)) return undefined
  const opensAt = nextOpening(calendar, at)
  return refusal('chat_closed_now', { field: 'channel', ...(opensAt !== undefined && { opensAt }) })
}
