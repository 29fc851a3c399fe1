/** A message of a conversation on a channel of IRC. */
type IrcMessage = { readonly at: number; readonly by: string; readonly text: string }

/** What belongs together on a channel where several conversations go on at once, in the order of the log. */
export type IrcConversation = readonly IrcMessage[]

/** The logs begin with a thousand lines of context, which nobody has annotated. */
const firstAnnotated = 1_000

const spoken = /^\S+ (\d{4}-\d\d-\d\d) \[(\d\d:\d\d(?::\d\d)?)\] <([^>]+)>\s*(.+)$/

/**
 * The conversations of an annotated log of https://github.com/jkkummerfeld/irc-disentanglement (CC BY 4.0): each pair of lines of the
 * annotation says which line answers which. Context and what is no message is left out.
 */
export function ircConversations(log: string, annotation: string): readonly IrcConversation[] {
  const groups = new Map<number, number>()
  const groupOf = (line: number): number => {
    const group = groups.get(line) ?? line
    return group === line ? line : groupOf(group)
  }
  for (const [, earlier, later] of annotation.matchAll(/^(\d+) (\d+) -/gm)) {
    groups.set(groupOf(Number(later)), groupOf(Number(earlier)))
  }
  const conversations = new Map<number, IrcMessage[]>()
  log.split('\n').forEach((line, number) => {
    const [, day, time, by, said] = spoken.exec(line) ?? []
    // eslint-disable-next-line no-control-regex
    const text = said?.replace(/[\u0000-\u001f\u007f]/g, '').trim()
    if (number < firstAnnotated || !by || !text) return
    const at = Date.parse(`${day}T${time}Z`)
    const group = groupOf(number)
    conversations.set(group, [...(conversations.get(group) ?? []), { at, by, text }])
  })
  return [...conversations.values()]
}

/** The same conversations with times from 0, and no silence on the channel that is longer than this, in milliseconds. */
export function withoutLongSilences(
  conversations: readonly IrcConversation[],
  longest: number,
): readonly IrcConversation[] {
  const times = [...new Set(conversations.flat().map(({ at }) => at))].sort((a, b) => a - b)
  const moved = new Map<number, number>()
  times.forEach((at, index) => {
    const before = times[index - 1] ?? at
    moved.set(at, (moved.get(before) ?? 0) + Math.min(longest, at - before))
  })
  return conversations.map((messages) => messages.map((each) => ({ ...each, at: moved.get(each.at) ?? 0 })))
}
