import { expect, it } from 'vitest'
import type { Classification, Classifier } from '@guichet/domain'
import { throughCircuit } from './openai-classifier.ts'

const ticket = { subject: 'x', body: 'y' }
const said: Classification = {
  category: 'a',
  tags: [],
  confidence: 1,
  alternatives: [],
  reasons: [],
  by: { classifier: 'service', version: '1' },
}

it('a service that fails again and again is left alone, for longer and longer, until it answers', async () => {
  let [clock, asked, well] = [0, 0, false]
  const service: Classifier = {
    classify: async () => {
      asked++
      if (!well) throw new Error('away')
      return said
    },
  }
  const circuit = throughCircuit(service, { failures: 3, pauseMs: { first: 100, last: 300 }, now: () => clock })
  const failing = () => expect(circuit.classify(ticket)).rejects.toThrow('away')
  await failing()
  await failing()
  await failing()
  for (let n = 0; n < 1_000; n++) expect(await circuit.classify(ticket)).toBeUndefined()
  expect(asked).toBe(3)

  for (const [trial, pause] of [100, 200, 300, 300].entries()) {
    clock += pause - 1
    expect(await circuit.classify(ticket)).toBeUndefined()
    clock += 1
    await failing()
    expect(asked).toBe(4 + trial)
  }

  well = true
  clock += 300
  expect(await circuit.classify(ticket)).toBe(said)
  well = false
  await failing()
  well = true
  expect(await circuit.classify(ticket)).toBe(said)
})

it('what many find out at once about a service makes one pause, and one of them tries it afterwards', async () => {
  let [clock, asked] = [0, 0]
  const fail: (() => void)[] = []
  const service: Classifier = {
    classify: () => {
      asked++
      return new Promise((_, reject) => fail.push(() => reject(new Error('away'))))
    },
  }
  const circuit = throughCircuit(service, { failures: 3, pauseMs: { first: 100, last: 10_000 }, now: () => clock })
  const askTen = () => Array.from({ length: 10 }, () => circuit.classify(ticket).catch(() => 'failed'))
  const failAll = () => fail.splice(0).forEach((each) => each())

  const first = askTen()
  failAll()
  expect(await Promise.all(first)).toEqual(Array.from({ length: 10 }, () => 'failed'))
  expect(asked).toBe(10)

  clock += 99
  expect(await circuit.classify(ticket)).toBeUndefined()
  clock += 1
  const second = askTen()
  failAll()
  expect((await Promise.all(second)).filter((said) => said === 'failed')).toHaveLength(1)
  expect(asked).toBe(11)
})
