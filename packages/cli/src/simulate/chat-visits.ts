import type { Actor, Chat, ChatOffer } from '@guichet/domain'
import { chatActor, clockActor, minutes, settleChat, streamName, termsAt } from '@guichet/domain'
import { categoryAt } from './case.ts'
import type { ChatAct } from './chat-story.ts'
import { chatStory } from './chat-story.ts'
import type { Visit, Week } from './week.ts'
import { accepted } from './week.ts'

const seconds = (count: number): number => count * 1_000

/** A visitor arrives and starts a chat, some of them twice. */
export async function arrive(week: Week, number: number): Promise<void> {
  const { desk, agenda, waits, visits, now, after, plan, prefix } = week
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
    await follow(week, id)
    if (visit.chat.status !== 'absent') waits.begun(id, visit.chat, agenda.now())
    after(story.patience, () => giveUp(week, visit))
  }
}

/** Follows a chat after a step: what is due in it, and what its people do next. */
export async function follow(week: Week, id: string): Promise<void> {
  const { desk, board, agenda, waits, visits } = week
  const { state } = await desk.read('chat', id)
  const visit = visits.get(id)
  if (!visit || state.status === 'absent') return
  const { chat: before } = visit
  visit.chat = state
  board.updateChat(id, state)
  waits.changed(id, before, state, agenda.now())
  const { deadlines } = await desk.clockState(streamName('chat', id), { version: state.version, state })
  for (const { dueAt } of deadlines.slice(0, 1)) agenda.add(Date.parse(dueAt), () => fireDue(week, id))
  const round = before.status === 'absent' ? undefined : before.offer?.round
  if (state.offer && state.offer.round !== round) answerOffer(week, visit, state.offer)
  if (state.status === 'active' && before.status !== 'active') converse(week, visit, ++visit.epoch)
  if (state.status === 'closed' && before.status !== 'closed') await endVisit(week, visit)
}

async function fireDue(week: Week, id: string): Promise<void> {
  const { desk, now } = week
  const { deadlines } = await desk.clockState(streamName('chat', id))
  const due = deadlines.find(({ dueAt }) => dueAt <= now())
  if (!due) return
  accepted(await desk.engine.execute('chat', id, { type: 'fire', ...due }, { by: clockActor }))
  await follow(week, id)
}

function answerOffer(week: Week, { id, story: { chance } }: Visit, { round, agent }: ChatOffer): void {
  const { desk, onShift, after } = week
  const answer = chance.weighted({ accept: 92, decline: 4, miss: 4 })
  if (answer === 'miss') return
  after(seconds(2) + Math.min(seconds(16), chance.about(seconds(4))), async () => {
    const { state } = await desk.read('chat', id)
    if (state.status === 'absent' || state.offer?.round !== round) return
    const by: Actor = { kind: 'agent', id: agent.id, ...(agent.name !== undefined && { name: agent.name }) }
    if (answer === 'accept' && onShift.has(agent.id)) await desk.acceptChat(id, { by })
    else accepted(await desk.execute('chat', id, { type: 'decline', reason: 'busy' }, { by }))
    await follow(week, id)
  })
}

/** Both sides go on with the talk, as long as an agent has the chat. */
function converse(week: Week, visit: Visit, epoch: number): void {
  const { desk, after } = week
  const [act, ...others] = visit.acts
  if (!act) return
  after(act.after, async () => {
    const { state } = await desk.read('chat', visit.id)
    if (state.status !== 'active' || !state.assignee || visit.epoch !== epoch) return
    visit.acts = others
    await perform(week, visit, act, state)
    await follow(week, visit.id)
    converse(week, visit, epoch)
  })
}

async function perform(week: Week, visit: Visit, act: ChatAct, chat: Chat): Promise<void> {
  const { desk, after } = week
  const { id, story } = visit
  const { id: agentId = '', name = agentId } = chat.assignee ?? {}
  const agent: Actor = { kind: 'agent', id: agentId, name }
  const by = act.by === 'agent' ? agent : visit.by
  if ('says' in act) {
    accepted(
      await desk.execute('chat', id, { type: 'send', messageId: `m${chat.messageCount + 1}`, body: act.says }, { by }),
    )
    if (story.chance.happens(0.6)) after(seconds(story.chance.whole(1, 5)), () => read(week, visit, act.by))
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
async function read(week: Week, { id, by }: Visit, writer: 'agent' | 'customer'): Promise<void> {
  const { desk } = week
  const { state } = await desk.read('chat', id)
  if (state.status !== 'active' || !state.assignee) return
  const reader: Actor = writer === 'agent' ? by : { kind: 'agent', id: state.assignee.id }
  accepted(await desk.execute('chat', id, { type: 'markRead', upTo: state.lastItem }, { by: reader }))
  await follow(week, id)
}

/** The visitor loses patience while nobody has taken the chat. */
async function giveUp(week: Week, { id, story: { givesUp }, by }: Visit): Promise<void> {
  const { desk, after } = week
  const { state } = await desk.read('chat', id)
  if (state.status !== 'waiting' || state.acceptedAt !== undefined) return
  if (givesUp === 'says_so') accepted(await desk.execute('chat', id, { type: 'end' }, { by }))
  else accepted(await desk.engine.execute('chat', id, { type: 'disconnect' }, { by: chatActor }))
  await follow(week, id)
  if (givesUp !== 'comes_back') return
  after(minutes(1), async () => {
    accepted(await desk.engine.execute('chat', id, { type: 'reconnect' }, { by: chatActor }))
    await follow(week, id)
  })
}

/** Who had an agent may rate the chat, and come back to it once. */
async function endVisit(week: Week, visit: Visit): Promise<void> {
  const { desk, after } = week
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
      await follow(week, id)
    })
  }
  if (!back || visit.returned || chat.conversion) return
  visit.returned = true
  after(back.after, async () => {
    const reopened = await desk.reopenChat(id, { by })
    if (!reopened.ok) return
    visit.acts = back.acts
    await follow(week, id)
    after(story.patience, () => giveUp(week, visit))
  })
}
