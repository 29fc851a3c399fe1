import type { Actor } from '@guichet/domain'
import { later, minutes } from '@guichet/domain'
import type { ChatShift } from './chat-shifts.ts'
import { follow } from './chat-visits.ts'
import type { Week } from './week.ts'
import { accepted } from './week.ts'

/** The places of an agent. */
const places = 3

/** How long an agent stays after a shift for chats that nobody has taken over. */
const overtime = minutes(20)

/** Registers the agents of some shifts, who then come and go by them. */
export async function planStaff(week: Week, shifts: readonly ChatShift[]): Promise<void> {
  const { desk, agenda, prefix } = week
  for (const { id, name, languages, rating } of new Set(shifts.map(({ agent }) => agent))) {
    const profile = { name, rating, languages: [...languages], capacity: { chat: places } }
    const registered = await desk.execute(
      'agent',
      id,
      { type: 'register', profile },
      { by: { kind: 'system', id: prefix } },
    )
    accepted(registered)
    await refreshAgent(week, id)
  }
  for (const shift of shifts) {
    agenda.add(Date.parse(shift.from), () => beginShift(week, shift))
    agenda.add(Date.parse(shift.to), () => endShift(week, shift))
  }
}

async function beginShift(week: Week, shift: ChatShift): Promise<void> {
  week.onShift.add(shift.agent.id)
  await setAvailability(week, shift.agent.id, 'available')
}

/** An agent hands over what they have, and stays until it is taken over or they put it back into the queue. */
async function endShift(week: Week, { agent: { id: agentId, name }, to }: ChatShift): Promise<void> {
  const { desk, board, agenda, onShift, after } = week
  const by: Actor = { kind: 'agent', id: agentId, name }
  const assignedChats = () =>
    [...board.chats()].filter(({ chat }) => chat.status === 'active' && chat.assignee?.id === agentId)
  onShift.delete(agentId)
  await setAvailability(week, agentId, 'break')
  for (const { id, chat } of assignedChats()) {
    if (chat.transfer) continue
    accepted(await desk.execute('chat', id, { type: 'transfer', to: { level: 1 }, note: 'end of shift' }, { by }))
    await follow(week, id)
  }
  const leave = async (): Promise<void> => {
    if (onShift.has(agentId)) return
    if (agenda.now() >= Date.parse(later(to, overtime)))
      for (const { id } of assignedChats()) {
        accepted(await desk.execute('chat', id, { type: 'requeue', reason: 'end of shift' }, { by }))
        await follow(week, id)
      }
    if (assignedChats().length === 0) await setAvailability(week, agentId, 'offline')
    else after(minutes(2), leave)
  }
  after(minutes(2), leave)
}

async function setAvailability(
  week: Week,
  agentId: string,
  availability: 'available' | 'break' | 'offline',
): Promise<void> {
  const { desk } = week
  const by: Actor = { kind: 'agent', id: agentId }
  accepted(await desk.execute('agent', agentId, { type: 'setAvailability', availability }, { by }))
  await refreshAgent(week, agentId)
}

async function refreshAgent(week: Week, id: string): Promise<void> {
  const { desk, board } = week
  const { version, state } = await desk.read('agent', id)
  board.roster.update(id, version, state)
}
