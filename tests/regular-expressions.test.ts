import { describe, expect, it } from 'vitest'
import { sources } from './workspace/sources.ts'

/** The rooms that look at what comes from outside: requests, tokens, configurations. */
const rooms = ['auth', 'desk-configuration', 'errors', 'graphql', 'server'].map((room) => `packages/api/src/${room}`)

const literal =
  /(?<=[=(,:!&|?[{;]\s*)\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[dgimsuvy]*(?=[\s.,;)\]}])/g

/** The regular expressions in a text of TypeScript. */
const expressionsIn = (text: string): readonly string[] => [...text.matchAll(literal)].map(([, source = '']) => source)

/** Classes and escapes stand for one character, which no rule looks into. */
const simplified = (source: string): string => source.replaceAll(/\\.|\[(?:[^\]\\]|\\.)*\]/g, 'x')

const unbounded = String.raw`(?:[*+]|\{\d+,\})\??`
const nested = new RegExp(String.raw`${unbounded}[^()]*\)${unbounded}`)
const goingOn = new RegExp(`${unbounded}.*[^*+?})$]`)

/** Why an expression may look at a character of a text more than a few times, if it may. */
export function riskOf(source: string): string | undefined {
  const plain = simplified(source)
  if (nested.test(plain)) return 'it repeats what repeats itself'
  const anchored = plain.startsWith('^') || plain.startsWith('(?:^')
  return !anchored && (goingOn.test(plain) || new RegExp(`${unbounded}\\)*\\$$`).test(plain))
    ? 'it may begin anywhere, repeats without a bound and goes on behind that: give the repetition a bound, or begin with ^'
    : undefined
}

describe('regular expressions', () => {
  it.each([
    [' ?Did you mean [^?]*\\?', true],
    ['(a+)+b', true],
    ['^(a+)+$', true],
    ['\\s+$', true],
    ['x.*y', true],
    ['^x.*y$', false],
    ['\\d+', false],
    ['[^?]{0,99}\\?', false],
  ])('are told apart: %s', (source, risky) => {
    expect(riskOf(source) !== undefined).toBe(risky)
  })

  it('that meet what comes from outside look at each character of it a few times at the most', () => {
    const risky = rooms
      .flatMap((room) => sources(room).filter(({ isTest, path }) => !isTest && !path.includes('/testing/')))
      .flatMap(({ path, text }) => expressionsIn(text).map((source) => ({ path, source, risk: riskOf(source) })))
      .filter(({ risk }) => risk !== undefined)
    expect(risky).toEqual([])
  })
})
