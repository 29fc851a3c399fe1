import { expect, it } from 'vitest'
import type { Classification, Classifier } from '@guichet/domain'
import { throughCircuit } from './openai-classifier.ts'

const ticket = { subject: 'x', body: 'y' }
const answer: Classification = {
  category: 'a',
  tags: [],
  confidence: 1,
  alternatives: [],
  reasons: [],
  by: { classifier: 'service', version: '1' },
}

it('a circuit pauses a failing service, for longer and longer, until it answers', async () => {
  let [clock, requests, well] = [0, 0, false]
  const service: Classifier = {
    classify: async () => {
      requests++
      if (!well) throw new Error('away')
      return answer
    },
  }
  const circuit = throughCircuit(service, { failures: 3, pauseMs: { first: 100, last: 300 }, now: () => clock })
  const failing = () => expect(circuit.classify(ticket)).rejects.toThrow('away')
  await failing()
  await failing()
  await failing()
  for (let n = 0; n < 1_000; n++) expect(await circuit.classify(ticket)).toBeUndefined()
  expect(requests).toBe(3)

  for (const [trial, pause] of [100, 200, 300, 300].entries()) {
    clock += pause - 1
    expect(await circuit.classify(ticket)).toBeUndefined()
    clock += 1
    await failing()
    expect(requests).toBe(4 + trial)
  }

  well = true
  clock += 300
  expect(await circuit.classify(ticket)).toBe(answer)
  well = false
  await failing()
  well = true
  expect(await circuit.classify(ticket)).toBe(answer)
})

it('concurrent failures cause one pause of a circuit, and one request tries the service afterwards', async () => {
  let [clock, requests] = [0, 0]
  const fail: (() => void)[] = []
  const service: Classifier = {
    classify: () => {
      requests++
      return new Promise((_, reject) => fail.push(() => reject(new Error('away'))))
    },
  }
  const circuit = throughCircuit(service, { failures: 3, pauseMs: { first: 100, last: 10_000 }, now: () => clock })
  const askTen = () => Array.from({ length: 10 }, () => circuit.classify(ticket).catch(() => 'failed'))
  const failAll = () => fail.splice(0).forEach((each) => each())

  const first = askTen()
  failAll()
  expect(await Promise.all(first)).toEqual(Array.from({ length: 10 }, () => 'failed'))
  expect(requests).toBe(10)

  clock += 99
  expect(await circuit.classify(ticket)).toBeUndefined()
  clock += 1
  const second = askTen()
  failAll()
  expect((await Promise.all(second)).filter((answer) => answer === 'failed')).toHaveLength(1)
  expect(requests).toBe(11)
})
