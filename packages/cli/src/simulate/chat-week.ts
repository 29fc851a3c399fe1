import type { Actor, Chat, ChatOffer, ChatState, Desk, Instant, Outcome } from '@guichet/domain'
import {
  channelAvailability,
  channelTerms,
  chooseForChat,
  chatActor,
  clockActor,
  configurationId,
  createChatBoard,
  createDesk,
  guichetEvents,
  inMemoryStore,
  instant,
  later,
  minutes,
  routingTermsAt,
  settleChat,
  streamName,
  termsAt,
  versionAt,
} from '@guichet/domain'
import { cachedChooser, offerChat, settlePlaces, stepChat } from '@guichet/workflows'
import { CommandFault } from '../fault.ts'
import { arrivals, categoryAt } from './case.ts'
import type { ChatShift } from './chat-shifts.ts'
import { chatShifts } from './chat-shifts.ts'
import type { ChatAct, ChatPlan, ChatStory } from './chat-story.ts'
import { chatStory } from './chat-story.ts'
import type { ForeseenWaits } from './chat-waits.ts'
import { watchWaits } from './chat-waits.ts'
import { createAgenda } from './agenda.ts'
import type { Chance } from './customers.ts'
import { createChance } from './customers.ts'

/** A lived week of chats: its history in memory, and how well waits were foreseen. */
type ChatWeek = { readonly desk: Desk; readonly waits: ForeseenWaits }

/** A visit: its story, and how far it has got. */
type Visit = {
  readonly id: string
  readonly story: ChatStory & { readonly chance: Chance }
  readonly by: Actor & { readonly kind: 'customer'; readonly name: string }
  acts: readonly ChatAct[]
  /** Counts the times for which agents have had the chat: what was planned before is void. */
  epoch: number
  returned: boolean
  chat: ChatState
}

const seconds = (count: number): number => count * 1_000

/** The places of an agent. */
const places = 3

/** How long an agent stays after a shift for chats that nobody has taken over. */
const overtime = minutes(20)

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
  {
    signal,
    onChats,
  }: { readonly signal?: AbortSignal | undefined; readonly onChats?: ((count: number) => void) | undefined } = {},
): Promise<ChatWeek> {
  const agenda = createAgenda(Date.parse(plan.start))
  const now = (): Instant => instant(new Date(agenda.now()))
  const desk = await deskLike(like, now, prefix)
  const board = createChatBoard()
  const steps = { desk, board }
  const chooserAt = cachedChooser(() => routingTermsAt(desk.timeline, now()))
  const waits = watchWaits(board)
  const visits = new Map<string, Visit>()
  const shiftOf = new Map<string, ChatShift>()

  const after = (ms: number, work: () => Promise<unknown>): void => agenda.add(agenda.now() + Math.max(0, ms), work)
  const isOpen = (at: Instant): boolean =>
    channelAvailability('web', channelTerms(versionAt(desk.timeline, at)), at).open

  const refreshAgent = async (id: string): Promise<void> => {
    const { version, state } = await desk.read('agent', id)
    board.roster.update(id, version, state)
  }

  /** Follows a chat after a step: what is due in it, and what its people do next. */
  const follow = async (id: string): Promise<void> => {
    const { state } = await desk.read('chat', id)
    const visit = visits.get(id)
    if (!visit || state.status === 'absent') return
    const { chat: before } = visit
    visit.chat = state
    board.updateChat(id, state)
    waits.changed(id, before, state, agenda.now())
    const { deadlines } = await desk.clockState(streamName('chat', id), { version: state.version, state })
    for (const { dueAt } of deadlines.slice(0, 1)) agenda.add(Date.parse(dueAt), () => fireDue(id))
    const round = before.status === 'absent' ? undefined : before.offer?.round
    if (state.offer && state.offer.round !== round) answerOffer(visit, state.offer)
    if (state.status === 'active' && before.status !== 'active') converse(visit, ++visit.epoch)
    if (state.status === 'closed' && before.status !== 'closed') await ended(visit)
  }

  const fireDue = async (id: string): Promise<void> => {
    const { deadlines } = await desk.clockState(streamName('chat', id))
    const due = deadlines.find(({ dueAt }) => dueAt <= now())
    if (!due) return
    accepted(await desk.engine.execute('chat', id, { type: 'fire', ...due }, { by: clockActor }))
    await follow(id)
  }

  /** Offers what is to be offered, and gives back the places that nobody has: the steps of the router. */
  const route = async (): Promise<void> => {
    for (let moved = true; moved && board.hasWork;) {
      moved = false
      for (const [id, agents] of Array.from(board.unsettled())) {
        await settlePlaces(steps, id, agents)
        moved = true
      }
      const choose = chooserAt(now())
      for (const routed of [...board.transfers(), ...board.waiting()]) {
        const { id, chat } = routed
        if (!chat.transfer && !board.roster.hasPlace('chat')) break
        const choice = chooseForChat(chat, board.roster.colleagues(), choose, now())
        if (choice.kind === 'chosen') await offerChat(steps, routed, choice.colleague)
        else if (chat.transfer && (chat.transfer.to.agent ?? !choice.suits))
          await stepChat(steps, routed, { type: 'endTransfer', reason: 'nobody' }, 'end', String(chat.version))
        else if (choice.againAt !== undefined) {
          agenda.add(Date.parse(choice.againAt), () => Promise.resolve())
          continue
        } else continue
        await follow(id)
        moved = true
      }
    }
  }

  const answerOffer = ({ id, story: { chance } }: Visit, { round, agent }: ChatOffer): void => {
    const answer = chance.weighted({ accept: 92, decline: 4, miss: 4 })
    if (answer === 'miss') return
    after(seconds(2) + Math.min(seconds(16), chance.about(seconds(4))), async () => {
      const { state } = await desk.read('chat', id)
      if (state.status === 'absent' || state.offer?.round !== round) return
      const by: Actor = { kind: 'agent', id: agent.id, ...(agent.name !== undefined && { name: agent.name }) }
      if (answer === 'accept' && shiftOf.has(agent.id)) await desk.acceptChat(id, { by })
      else accepted(await desk.execute('chat', id, { type: 'decline', reason: 'busy' }, { by }))
      await follow(id)
    })
  }

  /** Both sides go on with the talk, as long as an agent has the chat. */
  const converse = (visit: Visit, epoch: number): void => {
    const [act, ...others] = visit.acts
    if (!act) return
    after(act.after, async () => {
      const { state } = await desk.read('chat', visit.id)
      if (state.status !== 'active' || !state.assignee || visit.epoch !== epoch) return
      visit.acts = others
      await perform(visit, act, state)
      await follow(visit.id)
      converse(visit, epoch)
    })
  }

  const perform = async (visit: Visit, act: ChatAct, chat: Chat): Promise<void> => {
    const { id, story } = visit
    const { id: agentId = '', name = agentId } = chat.assignee ?? {}
    const agent: Actor = { kind: 'agent', id: agentId, name }
    const by = act.by === 'agent' ? agent : visit.by
    if ('says' in act) {
      accepted(
        await desk.execute(
          'chat',
          id,
          { type: 'send', messageId: `m${chat.messageCount + 1}`, body: act.says },
          { by },
        ),
      )
      if (story.chance.happens(0.6)) after(seconds(story.chance.whole(1, 5)), () => read(visit, act.by))
      return
    }
    switch (act.does) {
      case 'leave':
        return accepted(await desk.execute('chat', id, { type: 'end' }, { by }))
      case 'transfer':
        if (chat.transfer) return
        return accepted(
          await desk.execute('chat', id, { type: 'transfer', to: { level: 1 }, note: story.problem.subject }, { by }),
        )
      case 'convert':
        return accepted(await desk.convertChat(id, story.problem.subject, { by }))
      default: {
        const reason = act.does === 'solve' ? 'solved' : act.does
        return accepted(await desk.execute('chat', id, { type: 'close', reason }, { by }))
      }
    }
  }

  /** The other side reads what was written. */
  const read = async ({ id, by }: Visit, writer: 'agent' | 'customer'): Promise<void> => {
    const { state } = await desk.read('chat', id)
    if (state.status !== 'active' || !state.assignee) return
    const reader: Actor = writer === 'agent' ? by : { kind: 'agent', id: state.assignee.id }
    accepted(await desk.execute('chat', id, { type: 'markRead', upTo: state.lastItem }, { by: reader }))
    await follow(id)
  }

  /** The visitor loses patience while nobody has taken the chat. */
  const giveUp = async ({ id, story: { givesUp }, by }: Visit): Promise<void> => {
    const { state } = await desk.read('chat', id)
    if (state.status !== 'waiting' || state.acceptedAt !== undefined) return
    if (givesUp === 'says_so') accepted(await desk.execute('chat', id, { type: 'end' }, { by }))
    else accepted(await desk.engine.execute('chat', id, { type: 'disconnect' }, { by: chatActor }))
    await follow(id)
    if (givesUp !== 'comes_back') return
    after(minutes(1), async () => {
      accepted(await desk.engine.execute('chat', id, { type: 'reconnect' }, { by: chatActor }))
      await follow(id)
    })
  }

  const ended = async (visit: Visit): Promise<void> => {
    const { id, by, story, chat } = visit
    await settleChat(desk, id)
    if (chat.status !== 'closed' || chat.acceptedAt === undefined || chat.closed?.reason === 'spam') return
    const { rating: rated, back } = story
    if (rated && !visit.returned) {
      const { rating, resolved } = rated
      after(rated.after, async () => {
        const { state } = await desk.read('chat', id)
        if (state.status !== 'closed') return
        accepted(await desk.execute('chat', id, { type: 'rate', rating, resolved }, { by }))
        await follow(id)
      })
    }
    if (!back || visit.returned || chat.conversion) return
    visit.returned = true
    after(back.after, async () => {
      const reopened = await desk.reopenChat(id, { by })
      if (!reopened.ok) return
      visit.acts = back.acts
      await follow(id)
      after(story.patience, () => giveUp(visit))
    })
  }

  const arrive = async (number: number): Promise<void> => {
    const story = chatStory(plan.seed, number, Math.ceil(plan.chats * 0.7))
    const { writer, problem, channel } = story
    const { name, firstName, email, language } = writer
    const customer = { id: `${prefix}-${writer.id}`, name, firstName, email }
    const id = `${prefix}-${number}`
    const by = { kind: 'customer', id: customer.id, name } as const
    const { policy } = termsAt(desk.timeline, now())
    const start = {
      customer,
      channel,
      language,
      message: { messageId: 'm0', body: problem.question },
      ...categoryAt(policy, problem),
    }
    for (const chatId of story.startsTwice ? [id, `${id}-again`] : [id]) {
      const started = await desk.startChat(chatId, start, { by })
      if (!started.ok || started.value.stream !== streamName('chat', id) || chatId !== id) continue
      const visit: Visit = { id, story, by, acts: story.acts, epoch: 0, returned: false, chat: { status: 'absent' } }
      visits.set(id, visit)
      await follow(id)
      if (visit.chat.status !== 'absent') waits.begun(id, visit.chat, agenda.now())
      after(story.patience, () => giveUp(visit))
    }
  }

  const set = async (agentId: string, availability: 'available' | 'break' | 'offline'): Promise<void> => {
    const by: Actor = { kind: 'agent', id: agentId }
    accepted(await desk.execute('agent', agentId, { type: 'setAvailability', availability }, { by }))
    await refreshAgent(agentId)
  }

  const beginShift = async (shift: ChatShift): Promise<void> => {
    shiftOf.set(shift.agent.id, shift)
    await set(shift.agent.id, 'available')
  }

  /** An agent hands over what they have, and stays until it is taken over or they put it back into the queue. */
  const endShift = async ({ agent: { id: agentId, name }, to }: ChatShift): Promise<void> => {
    const by: Actor = { kind: 'agent', id: agentId, name }
    const assignedChats = () =>
      [...board.chats()].filter(({ chat }) => chat.status === 'active' && chat.assignee?.id === agentId)
    shiftOf.delete(agentId)
    await set(agentId, 'break')
    for (const { id, chat } of assignedChats()) {
      if (chat.transfer) continue
      accepted(await desk.execute('chat', id, { type: 'transfer', to: { level: 1 }, note: 'end of shift' }, { by }))
      await follow(id)
    }
    const leave = async (): Promise<void> => {
      if (shiftOf.has(agentId)) return
      if (agenda.now() >= Date.parse(later(to, overtime)))
        for (const { id } of assignedChats()) {
          accepted(await desk.execute('chat', id, { type: 'requeue', reason: 'end of shift' }, { by }))
          await follow(id)
        }
      if (assignedChats().length === 0) await set(agentId, 'offline')
      else after(minutes(2), leave)
    }
    after(minutes(2), leave)
  }

  const { timeZone } = termsAt(desk.timeline, plan.start).policy
  const shifts = chatShifts(plan, prefix, timeZone, createChance(plan.seed, 'chat-staff'), isOpen)
  for (const { id, name, languages, rating } of new Set(shifts.map(({ agent }) => agent))) {
    const profile = { name, rating, languages: [...languages], capacity: { chat: places } }
    const registered = await desk.execute(
      'agent',
      id,
      { type: 'register', profile },
      { by: { kind: 'system', id: prefix } },
    )
    accepted(registered)
    await refreshAgent(id)
  }
  for (const shift of shifts) {
    agenda.add(Date.parse(shift.from), () => beginShift(shift))
    agenda.add(Date.parse(shift.to), () => endShift(shift))
  }
  const times = arrivals(plan.chats, { ...plan, timeZone }, createChance(plan.seed, 'chat-arrivals'), isOpen)
  for (const [index, at] of times.entries()) {
    agenda.add(Date.parse(at), async () => {
      if (index % 100 === 0) onChats?.(index)
      await arrive(index + 1)
    })
  }
  await agenda.run(Date.parse(plan.end), async () => {
    signal?.throwIfAborted()
    await route()
  })
  return { desk, waits: waits.foreseen() }
}

/** A desk in memory with the configuration of another one, and a clock of its own. */
async function deskLike({ base, store }: Desk, now: () => Instant, prefix: string): Promise<Desk> {
  const memory = inMemoryStore({ catalogue: guichetEvents })
  const stream = streamName('configuration', configurationId)
  for (const { event, commandId } of await store.readStream(stream))
    await memory.append({ stream, expectedVersion: 'any', commandId, events: [event] })
  let ids = 0
  return createDesk({
    ...base,
    store: memory,
    now,
    newId: () => `${prefix}:${++ids}`,
    cachedStreams: 100_000,
  })
}

/** @throws Fault `simulation_refused` for a command that the rules refuse: the simulation sends none that they should. */
function accepted(outcome: Outcome): void {
  if (!outcome.ok)
    throw new CommandFault('simulation_refused', `the desk refuses the simulation: ${outcome.refusal.message}`)
}
