import { expect, it } from 'vitest'
import type { Colleague } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { invitable, targetOf, transferable } from './colleagues.ts'
import type { Transport } from '../connection/transport.ts'

const colleague = (name: string, status: string, taken: number, onShift = true) =>
  ({
    userId: name,
    name,
    team: null,
    onShift,
    presence: { status },
    load: [{ channel: 'CHAT', taken, places: 2 }],
  }) as Colleague

const atWork = [
  colleague('me', 'ONLINE', 0),
  colleague('closed', 'OFFLINE', 0),
  colleague('away', 'AWAY', 0),
  colleague('busier', 'ONLINE', 1),
  colleague('full', 'ONLINE', 2),
  colleague('idle', 'ONLINE', 0),
  colleague('off', 'ONLINE', 0, false),
]

/** A desk that answers with pages of agents, without an end where there is no last page. */
function deskWith(...pages: readonly (readonly Colleague[])[]) {
  const asked: unknown[] = []
  const ask = ((document: string, variables: { readonly after?: string }) => {
    if (document === agentDocuments.teams) return Promise.resolve({ configuration: { teams: [] } })
    const page = Number(variables.after ?? 0)
    asked.push(page)
    const pageInfo = { hasNextPage: pages.length !== page + 1, endCursor: String(page + 1) }
    return Promise.resolve({ agents: { nodes: pages[page] ?? [], pageInfo } })
  }) as Transport['ask']
  return { ask, asked }
}

const named = (groups: Awaited<ReturnType<typeof invitable>>) =>
  groups.map(({ label, options }) => [
    label,
    options.map(([value]) => {
      const target = targetOf(value)
      return 'agent' in target ? target.agent.id : target
    }),
  ])

const others = ['At work, but offline, away or without a place', ['away', 'closed', 'off', 'full']]

it('names as free who is online, on shift and has a place, the least busy first; the others come last', async () => {
  expect(named(await invitable(deskWith(atWork), 'me'))).toEqual([['Free', ['idle', 'busier']], others])
  expect(named(await transferable(deskWith(atWork.slice(0, 3), atWork.slice(3)), 'me'))).toEqual([
    ['Colleagues who are free', ['idle', 'busier']],
    ['Experts', [{ level: 2 }, { level: 3 }, { level: 1 }]],
    others,
  ])
})

it('says that nobody is free where only closed browsers have a place', async () => {
  const desk = deskWith(atWork.slice(0, 2))
  expect((await transferable(desk, 'me'))[0]).toEqual({ label: 'No colleague is free', options: [] })
})

it('reads a bounded number of pages, and says at the end of the list that there are more', async () => {
  const desk = deskWith()
  const groups = await invitable(desk, 'me')
  expect(desk.asked).toEqual([0, 1, 2, 3, 4])
  expect(groups.at(-1)).toEqual({ label: 'More colleagues than the first 500 are at work', options: [] })
})

it('says of no more colleagues than it has read whether they are free', async () => {
  const pages = (...first: readonly Colleague[]) => deskWith(first, [], [], [], [], [])
  const labelled = async (...first: readonly Colleague[]) =>
    Promise.all([invitable(pages(...first), 'me'), transferable(pages(...first), 'me')]).then((lists) =>
      lists.map(([group]) => group?.label),
    )
  expect(await labelled(colleague('full', 'ONLINE', 2))).toEqual([
    'Nobody is free among the first 500 at work',
    'No colleague is free among the first 500 at work',
  ])
  expect(await labelled(colleague('idle', 'ONLINE', 0))).toEqual([
    'Free among the first 500 at work',
    'Colleagues who are free among the first 500 at work',
  ])
})
