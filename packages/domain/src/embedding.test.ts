import { readFileSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'

const example = new URL('../../../examples/embed-the-domain/', import.meta.url)
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const run = (file: string): Promise<unknown> => import(new URL(file, example).href)

afterEach(() => vi.restoreAllMocks())

it('runs a ticket in memory from its opening to its end, as the example shows', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ').trim()))
  await run('index.mjs')
  expect(lines).toEqual([
    '1 TicketOpened by Camille Durand : Où est ma facture ?',
    '2 AgentReplied by Alex Martin : Bonjour Camille, la voici.',
    '3 TicketStarted by Alex Martin',
    '4 TicketResolved by Alex Martin',
    '5 TicketClosed by Camille Durand',
  ])
})

it('specifies rules without a test framework, as the example shows', async () => {
  await expect(run('rules.mjs')).resolves.toBeDefined()
})

it.each(['index.mjs', 'rules.mjs'])('shows %s in the README of the package', (file) => {
  expect(readme).toContain(readFileSync(new URL(file, example), 'utf8'))
})
