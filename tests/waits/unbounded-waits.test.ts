import { parseAst } from 'rolldown/parseAst'
import { describe, expect, it } from 'vitest'
import { packageNames, sources } from '../workspace/sources.ts'

type Node = { readonly type: string; readonly start: number; readonly [part: string]: unknown }

const isNode = (part: unknown): part is Node => typeof (part as Node | null)?.type === 'string'

/** A node and what is in it, without the functions in it: what they do happens at another time. */
function* within(node: Node): Generator<Node> {
  yield node
  for (const part of Object.values(node).flat()) {
    if (isNode(part) && !/Function/.test(part.type)) yield* within(part)
  }
}

/** Everything in a node. */
function* all(node: Node): Generator<Node> {
  yield node
  for (const part of Object.values(node).flat()) if (isNode(part)) yield* all(part)
}

const isPause = /^(?:delay|sleep|setTimeout|setImmediate)$/

/** Whether a node awaits that time passes: a timer, or a promise that one resolves. */
const isPausing = ({ type, argument }: Node): boolean =>
  type === 'AwaitExpression' &&
  isNode(argument) &&
  [...(argument.type === 'NewExpression' ? all(argument) : within(argument))].some(
    ({ type: inner, callee }) => inner === 'CallExpression' && isNode(callee) && isPause.test(String(callee['name'])),
  )

/**
 * Whether a loop waits: its condition awaits something, or it goes on for as long as it likes and pauses in between. A `for` that
 * counts its turns does not.
 */
function isWaiting(node: Node): boolean {
  const { type, test, update, body } = node
  if (!/^(?:While|DoWhile|For)Statement$/.test(type)) return false
  if (isNode(test) && [...within(test)].some((each) => each.type === 'AwaitExpression')) return true
  const counts = type === 'ForStatement' && isNode(test) && isNode(update)
  return !counts && isNode(body) && [...within(body)].some(isPausing)
}

/** The lines of a text of TypeScript on which loops begin that wait. */
function waitingLoops(text: string): readonly number[] {
  const program = parseAst(text, { lang: 'ts' }) as unknown as Node
  return [...all(program)].filter(isWaiting).map(({ start }) => text.slice(0, start).split('\n').length)
}

/** Texts without any of these have no loop that waits. */
const candidate = /\bwhile\s*\(|\bfor\s*\([^\n]*;\s*\)|\bfor\s*\([^;{]*;[^;]*\bawait\b/

/** The loops that have a bound of their own, or are no part of a test. */
const exempt: Readonly<Record<string, string>> = {
  'tests/process/guichet.ts': 'it has a deadline, and a message at its end',
  'packages/workflows/src/testing/until.ts': 'it has a deadline, and a message at its end',
  'packages/eventstore/src/testing/postgres.ts': 'it has a deadline, after which it goes on',
}

describe('the loops of a test that wait', () => {
  it.each([
    ['while (!(await holds())) look()', true],
    ['while ((await read()).length === 0);', true],
    ['do look()\nwhile (await waits())', true],
    ['for (; !(await holds()); pause++) look()', true],
    ['for (;;) { if (seen) break; await delay(20) }', true],
    ['while (!seen) await new Promise((resolve) => setTimeout(resolve, 2))', true],
    ['for (;;) { const page = await read(); if (page.length === 0) break }', false],
    ['for (let turn = 0; turn < 5; turn++) await setImmediate()', false],
    ['while (busy) await write()', false],
    ['while (open) later(async () => { await delay(20) })', false],
  ])('are recognized: %s', (text, waits) => {
    expect(candidate.test(text) && waitingLoops(text).length > 0).toBe(waits)
  })

  it('have a bound and a message: they are calls of vi.waitUntil, expect.poll or eventually', () => {
    const ofTests = [...packageNames.map((name) => `packages/${name}/src`), 'tests', 'examples']
      .flatMap((folder) => sources(folder))
      .filter(({ path, isTest }) => isTest || /^tests\/|\/(?:testing|contract)\/|\/testing\.ts$/.test(path))
    const waiting = ofTests
      .filter(({ text }) => candidate.test(text))
      .flatMap(({ path, text }) => waitingLoops(text).map((line) => ({ path, line })))
    expect(waiting.filter(({ path }) => !(path in exempt)).map(({ path, line }) => `${path}:${line}`)).toEqual([])
    expect(Object.keys(exempt).filter((path) => !waiting.some((each) => each.path === path))).toEqual([])
  })
})
