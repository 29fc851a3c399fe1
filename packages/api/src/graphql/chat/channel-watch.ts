import type { ChannelAvailability, ChatChannel, Desk, Instant } from '@guichet/domain'
import {
  channelAvailability,
  channelTerms,
  chatChannels,
  configurationId,
  streamName,
  versionAt,
} from '@guichet/domain'
import { createAudience } from '../audience.ts'
import type { ChangeFeed, ChannelWatch } from '../services.ts'

/** The longest delay of a timer, in milliseconds; a longer one fires at once. */
const longestTimer = 2 ** 31 - 1

const stream = streamName('configuration', configurationId)

type Parts = {
  readonly desk: Pick<Desk, 'terms' | 'timeline' | 'refreshConfiguration'>
  readonly changes: ChangeFeed
  readonly now: () => Instant
  readonly onError: (error: unknown) => void
}

/**
 * Creates the watch of the channels of a process: one timer for the next opening or closing, however many follow it, and
 * one read of the configuration when one is applied. Nothing is read while nobody follows.
 */
export function createChannelWatch({ desk, changes, now, onError }: Parts): ChannelWatch {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined

  const at = (channel: ChatChannel): ChannelAvailability => {
    const moment = now()
    return channelAvailability(channel, channelTerms(versionAt(desk.timeline, moment)), moment)
  }

  const plan = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (listeners.size === 0) return
    const moment = now()
    const instants = [
      ...chatChannels.map((channel) => at(channel).changesAt),
      ...desk.timeline.map(({ from }) => from).filter((from) => from !== undefined && from > moment),
    ].flatMap((each) => (each === undefined ? [] : [Date.parse(each)]))
    if (instants.length === 0) return
    const left = Math.max(1, Math.min(...instants) - Date.parse(moment))
    timer = setTimeout(changed, Math.min(left, longestTimer))
    timer.unref()
  }

  const changed = (): void => {
    for (const listener of listeners) listener()
    plan()
  }

  const onConfiguration = (): void => {
    desk.refreshConfiguration().then(changed, onError)
  }

  const { join } = createAudience(() => changes.follow(stream, onConfiguration), plan)

  return {
    now: async (channel) => {
      await desk.terms()
      return at(channel)
    },
    follow: async (listener) => {
      listeners.add(listener)
      const leave = await join(() => void listeners.delete(listener))
      if (timer === undefined) plan()
      return leave
    },
  }
}
