import { describe, expect, it } from 'vitest'
import { candidateTable, listedCandidates, readCandidateTable } from './candidates.ts'

describe('a table of candidates', () => {
  it('is read as it was written, whatever the ids, the highest score first', () => {
    const [one, other] = [
      [40, 22.5],
      [0, -1],
    ]
    const table = candidateTable(
      ['speciality', 'rating'],
      [
        { agentId: 'b', score: -1, parts: [0, -1] },
        { agentId: 'auth0|5f 7c 8e', score: 62.5, parts: [40, 22.5] },
        { agentId: 'a', score: -1, parts: [0, -1] },
      ],
    )
    const named = ([speciality = 0, rating = 0]: readonly number[]) => [
      { name: 'speciality', points: speciality },
      { name: 'rating', points: rating },
    ]
    expect(readCandidateTable(table)).toEqual([
      { agentId: 'auth0|5f 7c 8e', score: 62.5, parts: named(one ?? []) },
      { agentId: 'a', score: -1, parts: named(other ?? []) },
      { agentId: 'b', score: -1, parts: named(other ?? []) },
    ])
    expect(readCandidateTable(candidateTable([], [{ agentId: 'a b', score: 0, parts: [] }]))).toEqual([
      { agentId: 'a b', score: 0, parts: [] },
    ])
  })
})

describe('the candidates that a decision lists', () => {
  const many = Array.from({ length: 700 }, (_, n) => ({ agentId: `a${n}`, score: n, parts: [n] }))
  const one = { agentId: 'chosen', score: 300, parts: [300] }

  it('are all of them, up to the limit', () => {
    expect(listedCandidates(many.slice(0, 500), ['a0', 'a1'])).toEqual(many.slice(0, 500))
  })

  it('are the chosen one, and the best of the others', () => {
    expect(listedCandidates([...many, one], ['chosen'])).toEqual([one, ...many.slice(201).reverse()])
  })
})
