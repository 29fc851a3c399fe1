import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatCommandInput } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const emma = { kind: 'agent', id: 'emma', name: 'Emma' } as const

/** Zoé's chat waits, Emma has Max's, and Nina's is closed. */
beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const start = async (id: string, body: string, priority: 'low' | 'urgent' = 'low') => {
    const by = { kind: 'customer', id, name: id } as const
    const message = { messageId: randomUUID(), body }
    await desk.startChat(`${id}-chat`, { customer: { id, name: id }, channel: 'web', message, priority }, { by })
  }
  const send = async (id: string, command: ChatCommandInput): Promise<void> => {
    expect(await desk.execute('chat', `${id}-chat`, command, { by: emma })).toMatchObject({ ok: true })
  }
  await desk.execute('agent', 'emma', { type: 'register', profile: { name: 'Emma' } }, { by: emma })
  await desk.execute('agent', 'emma', { type: 'setAvailability', availability: 'available' }, { by: emma })
  await start('zoe', 'Where is\nmy invoice?', 'urgent')
  await start('max', 'The invoice is wrong')
  await start('nina', 'Hello')
  await desk.acceptChat('max-chat', { by: emma })
  await send('max', { type: 'send', messageId: 'note', kind: 'note', body: 'Ask Ana' })
  await send('nina', { type: 'close', reason: 'solved' })
  await store.close()
})

const ids = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { code, out, err } = await cli.run('chats', 'list', '--json', ...args)
  expect([code, err]).toEqual([0, ''])
  return (JSON.parse(out) as { readonly chats: readonly { readonly id: string }[] }).chats.map(({ id }) => id)
}

describe('guichet chats list', () => {
  it('shows who waits for whom, and the beginning of the last message on one line', async () => {
    const { out } = await cli.run('chats', 'list', '--status', 'waiting', 'active', '--order', 'wait')
    const [, zoe, max] = out.split('\n')
    expect(zoe).toMatch(/^zoe-chat +waiting +urgent +web +zoe +– +\S+ +desk +Where is my invoice\?$/)
    expect(max).toMatch(/^max-chat +active +low +web +max +Emma +\S+ +desk +Ask Ana$/)
  })

  it.each([
    [
      ['--search', 'invoice'],
      ['max-chat', 'zoe-chat'],
    ],
    [['--agent', 'emma'], ['max-chat']],
    [['--agent', 'nobody', '--status', 'waiting'], ['zoe-chat']],
    [['--customer', 'nina'], ['nina-chat']],
    [['--priority', 'urgent'], ['zoe-chat']],
    [['--category', 'billing'], []],
  ])('takes only those that pass %s', async (filters, expected) => {
    expect(await ids(...filters)).toEqual(expected)
  })

  it('says that there are more than it may show, and that there are none', async () => {
    expect((await cli.run('chats', 'list', '--limit', '1')).out).toContain('and more than these 1')
    expect(await cli.run('chats', 'list', '--customer', 'nobody-knows')).toMatchObject({ out: 'no such chats' })
  })
})

describe('guichet chats export', () => {
  it('writes a transcript for its audience, and overwrites no file', async () => {
    const out = join(cli.folder, 'max.txt')
    expect(await cli.run('chats', 'export', 'max-chat', '--out', out)).toMatchObject({ code: 0 })
    const text = await readFile(out, 'utf8')
    expect(text).toContain('The invoice is wrong')
    expect(text).not.toContain('Ask Ana')
    expect(await cli.run('chats', 'export', 'max-chat', '--out', out)).toMatchObject({
      code: 2,
      err: expect.stringContaining('it exists') as string,
    })
    const forDesk = join(cli.folder, 'max.json')
    await cli.run('chats', 'export', 'Chat~max-chat', '--as', 'desk', '--format', 'json', '--out', forDesk)
    expect(await readFile(forDesk, 'utf8')).toContain('Ask Ana')
  })

  it('refuses a chat that there is not, and leaves no file', async () => {
    const out = join(cli.folder, 'none.txt')
    expect(await cli.run('chats', 'export', 'none', '--out', out)).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no chat none') as string,
    })
    await writeFile(out, '', { flag: 'wx' })
  })
})
