import { describe, expect, it } from 'vitest'
import type { Source } from './workspace/sources.ts'
import { packageNames, sources } from './workspace/sources.ts'

/**
 * The folders of product code. Any of it may process outside input: requests, tokens, files, variables, histories,
 * answers of servers.
 */
const rooms = packageNames.map((name) => `packages/${name}/src`)
const isOfTests = ({ isTest, path }: Source): boolean =>
  isTest || /\/(?:testing|bench|contract)\/|\/testing\.ts$/.test(path)

const literal =
  /(?<=(?:[=(,:!&|?[{;>]|\breturn|\/\/[^\n]*)\s*)\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[dgimsuvy]*(?=[\s.,;)\]}])/g

/** The regular expressions in a text of TypeScript. */
const expressionsIn = (text: string): readonly string[] => [...text.matchAll(literal)].map(([, source = '']) => source)

/** Replaces classes and escapes by one character, since no rule looks into them. */
const simplified = (source: string): string => source.replaceAll(/\\.|\[(?:[^\]\\]|\\.)*\]/g, 'x')

const unbounded = String.raw`(?:[*+]|\{\d+,\})\??`
const nested = new RegExp(String.raw`${unbounded}[^()]*\)${unbounded}`)
const goingOn = new RegExp(`${unbounded}.*[^*+?})$]`)

/**
 * Whether a match can begin only where the first repetition ends, and nothing else repeats without a bound: the
 * expression begins with a character that the repetition excludes, as in `\\[([^[\\]]+)\\]`, or not after a repeated
 * one, as in `(?<![a-z])[a-z]+:`. Each character is then scanned once.
 */
function endsAtItsBeginning(source: string): boolean {
  const run = /^\(\?<!(?<run>\[(?:[^\]\\]|\\.)*\])\)\k<run>[+*](?<rest>.*)$/.exec(source)
  if (run) return true
  const begun =
    /^(?<first>\\[^\w\s]|[^\w\s\\[\](){}.*+?^$|])\(?(?<repeated>\\d|\[(?:[^\]\\]|\\.)*\]|\w)[+*](?<rest>.*)$/.exec(
      source,
    )
  const { first = '', repeated = '', rest = '' } = begun?.groups ?? {}
  if (!begun || new RegExp(unbounded).test(simplified(rest.replaceAll(/[()]/g, '')))) return false
  return !new RegExp(`^${repeated}$`, 'u').test(first.at(-1) ?? '')
}

/** Why an expression may scan a character of a text more than a few times, if it may. */
export function riskOf(source: string): string | undefined {
  const plain = simplified(source)
  if (endsAtItsBeginning(source)) return undefined
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
    ['\\[([^[\\]]+)\\]', false],
    ['\\[([^\\]]+)\\]', true],
    [':(\\d+)$', false],
    [':([:\\d]+)$', true],
    ['\\/0+$', false],
    ['\\/\\/+$', true],
    ['(?<![a-z])[a-z]+:', false],
    ['(?<![a-z])[a-z.]+:', true],
  ])('are classified: %s', (source, risky) => {
    expect(riskOf(source) !== undefined).toBe(risky)
  })

  it('for outside input scan each character of it a few times at most', () => {
    const risky = rooms
      .flatMap((room) => sources(room).filter((source) => !isOfTests(source)))
      .flatMap(({ path, text }) => expressionsIn(text).map((source) => ({ path, source, risk: riskOf(source) })))
      .filter(({ risk }) => risk !== undefined)
    expect(risky).toEqual([])
  })
})
