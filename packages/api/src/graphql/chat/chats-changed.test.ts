import { expect, it } from 'vitest'
import type { ChatRow } from '@guichet/projections'
import { changedChats } from './chat-queries.ts'
import type { ApiContext, ChatWatch } from '../services.ts'
import { subscribed } from '../subscription.ts'

type Changes = Parameters<Parameters<ChatWatch['follow']>[0]>[0]

const row = (id: string, version: number) => ({ id, version, status: 'waiting' }) as unknown as ChatRow

/** The chats that change, shown by hand, and those that were read again. `own` are those of the reader: all without it. */
function followed(own?: readonly ChatRow[]) {
  let show: (changes: Changes) => void = () => undefined
  const chatWatch: ChatWatch = {
    follow: async (listener) => {
      show = listener
      return () => undefined
    },
  }
  const reads: (readonly string[])[] = []
  const read = async () => ({
    byIds: async (ids: readonly string[]) => {
      reads.push(ids)
      return ids.map((id) => (id === 'gone' ? undefined : row(id, 99)))
    },
    list: async ({ involving }: { readonly involving: string }) => ({
      rows: involving === 'ana' ? (own ?? []).map((each) => ({ row: each })) : [],
    }),
  })
  const principal = { id: 'ana', role: 'agent', expiresAt: Date.now() + 3_600_000 }
  const services = { chatWatch, streams: { join: () => () => undefined } }
  const context = { principal, services, read } as unknown as ApiContext
  const changed = subscribed(context, changedChats(context, own === undefined))
  return { changed, reads, show: (rows: readonly ChatRow[]) => show({ chats: rows } as unknown as Changes) }
}

it('holds a hundred rows for a reader who has stopped, and reads the others again when they are asked for', async () => {
  const { changed, reads, show } = followed()
  const first = changed.next()
  show([row('c0', 1)])
  expect((await first).value).toMatchObject({ id: 'c0', version: 1 })
  for (const version of [1, 2]) show(Array.from({ length: 300 }, (_, n) => row(`c${n}`, version)))
  show([row('gone', 1), row('c299', 3)])
  const seen = new Map<string, number>()
  for (let n = 0; n < 300; n++) {
    const { value } = (await changed.next()) as { readonly value: ChatRow & { readonly version: number } }
    expect(seen.has(value.id)).toBe(false)
    seen.set(value.id, value.version)
  }
  expect(seen.size).toBe(300)
  expect([...seen.values()].filter((version) => version === 2)).toHaveLength(100)
  expect([...seen.values()].filter((version) => version === 99)).toHaveLength(200)
  const next = changed.next()
  show([row('c7', 4)])
  expect((await next).value).toMatchObject({ id: 'c7', version: 4 })
  expect(reads.map((ids) => ids.length)).toEqual([50, 50, 50, 50, 1])
})

it('shows the reader a chat that they had when they began to follow theirs, and have no more', async () => {
  const theirs = { ...row('c1', 1), agent: { id: 'ana' }, participants: [] } as unknown as ChatRow
  const another = { ...row('c2', 2), agent: { id: 'ben' }, participants: [] } as unknown as ChatRow
  const { changed, show } = followed([theirs])
  const first = changed.next()
  await new Promise(setImmediate)
  show([another, { ...another, id: 'c1' }])
  expect((await first).value).toMatchObject({ id: 'c1', agent: { id: 'ben' } })
  const second = changed.next()
  show([
    { ...another, id: 'c1', version: 3 },
    { ...theirs, id: 'c3' },
  ])
  expect((await second).value).toMatchObject({ id: 'c3' })
})
