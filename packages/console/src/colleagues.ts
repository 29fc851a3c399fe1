import type { ChoiceGroup } from './action-form.ts'
import type { Colleague, ColleaguePage, Teams } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import type { Transport } from './transport.ts'

type Ask = Pick<Transport, 'ask'>

/** To whom a chat goes, as the mutations take it. */
type Target = { readonly agent: { readonly id: string } } | { readonly team: string } | { readonly level: number }

/** The levels of a desk. */
const levels = [2, 3, 1]

const chatsOf = ({ load }: Colleague) => load.find(({ channel }) => channel === 'CHAT') ?? { taken: 0, places: 0 }

const isFree = (colleague: Colleague): boolean => {
  const { taken, places } = chatsOf(colleague)
  return colleague.onShift && taken < places
}

/** Those at work now except the viewer: those who are free first, the least busy first. */
async function readColleagues({ ask }: Ask, viewer: string): Promise<readonly Colleague[]> {
  const found: Colleague[] = []
  for (let after: string | null | undefined; after !== null;) {
    const { agents }: ColleaguePage = await ask<ColleaguePage>(agentDocuments.colleagues, { after })
    found.push(...agents.nodes.filter(({ userId }) => userId !== viewer))
    after = agents.pageInfo.hasNextPage ? agents.pageInfo.endCursor : null
  }
  const busy = (one: Colleague): number => chatsOf(one).taken / Math.max(1, chatsOf(one).places)
  return found.toSorted((a, b) => busy(a) - busy(b) || a.name.localeCompare(b.name, 'en'))
}

const optionOf = (colleague: Colleague): readonly [value: string, text: string] => {
  const { userId, name, team, presence } = colleague
  const { taken, places } = chatsOf(colleague)
  const parts = [
    name,
    ...(team === null ? [] : [team]),
    `${taken} of ${places} chats`,
    ...(presence.status === 'ONLINE' ? [] : [presence.status.toLowerCase()]),
  ]
  return [JSON.stringify({ agent: { id: userId } }), parts.join(' · ')]
}

/** Those whom an agent can invite: everybody at work, with those who have no place left last. */
export async function invitable(transport: Ask, viewer: string): Promise<readonly ChoiceGroup[]> {
  const colleagues = await readColleagues(transport, viewer)
  const [free, others] = [colleagues.filter(isFree), colleagues.filter((one) => !isFree(one))]
  return [
    { label: free.length > 0 ? 'Free' : 'Nobody is free', options: free.map(optionOf) },
    ...(others.length > 0 ? [{ label: 'At work, without a free place', options: others.map(optionOf) }] : []),
  ]
}

/** To whom an agent can hand a chat over: a colleague who is free, a team, or the experts of a level. */
export async function transferable(transport: Ask, viewer: string): Promise<readonly ChoiceGroup[]> {
  const [colleagues, { configuration }] = await Promise.all([
    readColleagues(transport, viewer),
    transport.ask<Teams>(agentDocuments.teams),
  ])
  const free = colleagues.filter(isFree)
  const teams = configuration?.teams ?? []
  return [
    { label: free.length > 0 ? 'Colleagues who are free' : 'No colleague is free', options: free.map(optionOf) },
    ...(teams.length > 0
      ? [{ label: 'Teams', options: teams.map(({ name, label }) => [JSON.stringify({ team: name }), label] as const) }]
      : []),
    { label: 'Experts', options: levels.map((level) => [JSON.stringify({ level }), `Level ${level}`] as const) },
  ]
}

/** The target that a chosen option stands for. */
export const targetOf = (chosen: string): Target => JSON.parse(chosen) as Target
