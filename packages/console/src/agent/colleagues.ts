import { fill } from '../page/words.ts'
import { inWords, words } from './agent-language.ts'
import type { ChoiceGroup } from './action-form.ts'
import type { Colleague, ColleaguePage, Teams } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import type { Transport } from '../connection/transport.ts'

type Ask = Pick<Transport, 'ask'>

/** To whom a chat goes, as the mutations take it. */
type Target = { readonly agent: { readonly id: string } } | { readonly team: string } | { readonly level: number }

/** The levels of a desk. */
const levels = [2, 3, 1]

const chatsOf = ({ load }: Colleague) => load.find(({ channel }) => channel === 'CHAT') ?? { taken: 0, places: 0 }

/** Whether a colleague can take a chat now: somebody whose browser is closed would not hear of it. */
const isFree = (colleague: Colleague): boolean => {
  const load = chatsOf(colleague)
  return colleague.onShift && colleague.presence.status === 'ONLINE' && load.taken < load.places
}

/** How many pages of a hundred agents a choice shows. */
const mostPages = 5

const amongFirst = fill(words.amongFirst, String(mostPages * 100))

type Colleagues = { readonly free: readonly Colleague[]; readonly others: readonly Colleague[]; readonly more: boolean }

/** Those at work now except the viewer, each group with the least busy first; `more` when there are more than are read. */
async function readColleagues({ ask }: Ask, viewer: string): Promise<Colleagues> {
  const colleagues: Colleague[] = []
  let after: string | null | undefined
  for (let page = 0; page < mostPages && after !== null; page++) {
    const { agents }: ColleaguePage = await ask<ColleaguePage>(agentDocuments.colleagues, { after })
    colleagues.push(...agents.nodes.filter(({ userId }) => userId !== viewer))
    after = agents.pageInfo.hasNextPage ? agents.pageInfo.endCursor : null
  }
  const busy = (one: Colleague): number => chatsOf(one).taken / Math.max(1, chatsOf(one).places)
  const sorted = colleagues.toSorted((a, b) => busy(a) - busy(b) || a.name.localeCompare(b.name, 'en'))
  return { free: sorted.filter(isFree), others: sorted.filter((one) => !isFree(one)), more: after !== null }
}

const optionOf = (colleague: Colleague): readonly [value: string, text: string] => {
  const { userId, name, team, presence } = colleague
  const load = chatsOf(colleague)
  const parts = [
    name,
    ...(team === null ? [] : [team]),
    fill(words.chatsOf, String(load.taken), String(load.places)),
    ...(presence.status === 'ONLINE' ? [] : [inWords(presence.status)]),
  ]
  return [JSON.stringify({ agent: { id: userId } }), parts.join(' · ')]
}

/** Those who are free, under a label that says for how many colleagues it is true. */
const freeOf = ({ free, more }: Colleagues, some: string, none: string): ChoiceGroup => ({
  label: `${free.length > 0 ? some : none}${more ? ` ${amongFirst}` : ''}`,
  options: free.map(optionOf),
})

/** Those who cannot take a chat at once, and where the list ends before the last of all. */
const restOf = ({ others, more }: Colleagues): readonly ChoiceGroup[] => [
  ...(others.length > 0 ? [{ label: words.atWork, options: others.map(optionOf) }] : []),
  ...(more ? [{ label: fill(words.moreColleagues, String(mostPages * 100)), options: [] }] : []),
]

/** Those whom an agent can invite: everybody at work, with those who are not free last. */
export async function invitable(transport: Ask, viewer: string): Promise<readonly ChoiceGroup[]> {
  const colleagues = await readColleagues(transport, viewer)
  return [freeOf(colleagues, words.free, words.freeNone), ...restOf(colleagues)]
}

/**
 * To whom an agent can hand a chat over: a colleague, those who are free first, a team, or the experts of a level.
 */
export async function transferable(transport: Ask, viewer: string): Promise<readonly ChoiceGroup[]> {
  const [colleagues, { configuration }] = await Promise.all([
    readColleagues(transport, viewer),
    transport.ask<Teams>(agentDocuments.teams),
  ])
  const teams = configuration?.teams ?? []
  return [
    freeOf(colleagues, words.colleaguesFree, words.colleaguesNone),
    ...(teams.length > 0
      ? [
          {
            label: words.teams,
            options: teams.map(({ name, label }) => [JSON.stringify({ team: name }), label] as const),
          },
        ]
      : []),
    {
      label: words.experts,
      options: levels.map((level) => [JSON.stringify({ level }), fill(words.level, String(level))] as const),
    },
    ...restOf(colleagues),
  ]
}

/** The target that a chosen option stands for. */
export const targetOf = (chosen: string): Target => JSON.parse(chosen) as Target
