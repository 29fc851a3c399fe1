import type { Desk, Instant } from '@guichet/domain'
import { channelAvailability, channelTerms, chooseForChat, routingTermsAt, termsAt, versionAt } from '@guichet/domain'
import { cachedChooser, offerChat, settlePlaces, stepChat } from '@guichet/workflows'
import { arrivals } from './case.ts'
import { chatShifts } from './chat-shifts.ts'
import { planStaff } from './chat-staff.ts'
import type { ChatPlan } from './chat-story.ts'
import { arrive, follow } from './chat-visits.ts'
import type { ForeseenWaits } from './chat-waits.ts'
import { createChance } from './customers.ts'
import type { Week } from './week.ts'
import { openWeek } from './week.ts'

/** A lived week of chats: its history in memory, and how well waits were foreseen. */
type ChatWeek = { readonly desk: Desk; readonly waits: ForeseenWaits }

type Options = {
  readonly signal?: AbortSignal | undefined
  readonly onChats?: ((count: number) => void) | undefined
}

/**
 * Lives a week of chats on a desk in memory: commands are decided by the rules of the desk under its configuration,
 * deadlines fire when they are due, and chats are offered by the order, the choice and the steps of the router. The
 * history depends on the plan and the configuration only.
 * @param like the desk whose configuration applies.
 * @param onChats called with the number of chats that have begun.
 */
export async function liveChats(
  like: Desk,
  plan: ChatPlan,
  prefix: string,
  { signal, onChats }: Options = {},
): Promise<ChatWeek> {
  const week = await openWeek(like, plan, prefix)
  const { desk, agenda, waits, now } = week
  const { timeZone } = termsAt(desk.timeline, plan.start).policy
  const isOpen = (at: Instant): boolean =>
    channelAvailability('web', channelTerms(versionAt(desk.timeline, at)), at).open
  await planStaff(week, chatShifts(plan, prefix, timeZone, createChance(plan.seed, 'chat-staff'), isOpen))
  const times = arrivals(plan.chats, { ...plan, timeZone }, createChance(plan.seed, 'chat-arrivals'), isOpen)
  for (const [index, at] of times.entries()) {
    agenda.add(Date.parse(at), async () => {
      if (index % 100 === 0) onChats?.(index)
      await arrive(week, index + 1)
    })
  }
  const chooserAt = cachedChooser(() => routingTermsAt(desk.timeline, now()))
  await agenda.run(Date.parse(plan.end), async () => {
    signal?.throwIfAborted()
    await route(week, chooserAt)
  })
  return { desk, waits: waits.foreseen() }
}

/** Offers what is to be offered, and gives back the places that nobody has: the steps of the router. */
async function route(week: Week, chooserAt: ReturnType<typeof cachedChooser>): Promise<void> {
  const { board, agenda, now } = week
  for (let moved = true; moved && board.hasWork;) {
    moved = false
    for (const [id, agents] of Array.from(board.unsettled())) {
      await settlePlaces(week, id, agents)
      moved = true
    }
    const choose = chooserAt(now())
    for (const routed of [...board.transfers(), ...board.waiting()]) {
      const { id, chat } = routed
      if (!chat.transfer && !board.roster.hasPlace('chat')) break
      const choice = chooseForChat(chat, board.roster.colleagues(), choose, now())
      if (choice.kind === 'chosen') await offerChat(week, routed, choice.colleague)
      else if (chat.transfer && (chat.transfer.to.agent ?? !choice.suits))
        await stepChat(week, routed, { type: 'endTransfer', reason: 'nobody' }, 'end', String(chat.version))
      else if (choice.againAt !== undefined) {
        agenda.add(Date.parse(choice.againAt), () => Promise.resolve())
        continue
      } else continue
      await follow(week, id)
      moved = true
    }
  }
}
