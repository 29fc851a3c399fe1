import { expect, it } from 'vitest'
import { showSolutions } from './draft-solutions.ts'
import { Refused, Unreachable } from './refusals.ts'
import type { Transport } from './transport.ts'

const options = {
  language: 'en',
  titles: { tickets: 'Tickets', articles: 'Articles' },
  nameOf: () => 'Ana',
  showsUnlinked: true,
}

/** Asks for what may solve a draft; each request is answered by a function. Returns the result, and how often it has waited. */
async function ask(answer: (attempt: number) => unknown) {
  let requests = 0
  const pauses: number[] = []
  const transport: Pick<Transport, 'ask' | 'pause'> = {
    ask: async <T>() => answer(requests++) as T,
    pause: async (attempt) => void pauses.push(attempt),
  }
  const outcome = await showSolutions(transport, 'Draft~1~zoe', options).catch((error: unknown) => error)
  return { outcome, requests, pauses }
}

const fail = (error: Error) => (): never => {
  throw error
}

it('shows nothing where the desk refuses to say, and asks no more', async () => {
  expect(await ask(fail(new Refused('forbidden')))).toEqual({ outcome: [], requests: 1, pauses: [] })
})

it('asks again where the desk cannot be reached, or has no such draft yet, four times at most', async () => {
  const later = (attempt: number): unknown => {
    if (attempt === 0) throw new Unreachable('status 503')
    return attempt === 1 ? { node: null } : { node: { similarTickets: [], suggestedArticles: [] } }
  }
  expect(await ask(later)).toEqual({ outcome: [], requests: 3, pauses: [0, 1] })
  expect(await ask(fail(new Unreachable('offline')))).toEqual({ outcome: [], requests: 4, pauses: [0, 1, 2, 3] })
})

it('hides no error of its own', async () => {
  const fault = new TypeError('node is not iterable')
  expect(await ask(fail(fault))).toEqual({ outcome: fault, requests: 1, pauses: [] })
  const { outcome, requests } = await ask(() => ({ node: { similarTickets: 7 } }))
  expect(outcome).toBeInstanceOf(TypeError)
  expect(requests).toBe(1)
})
