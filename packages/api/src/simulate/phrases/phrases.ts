import type { Priority } from '@guichet/domain'
import type { Language } from '../customers.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { spanish } from './spanish.ts'

/** Something customers write about, with what the desk asks back and answers. */
export type Problem = {
  /** One of the default configuration's. */
  readonly category?: string
  readonly subject: string
  readonly question: string
  readonly askBack: string
  readonly details: string
  readonly solution: string
  readonly priority?: Priority
}

/** What is said in one language. */
export type Phrases = {
  readonly problems: readonly [Problem, ...Problem[]]
  readonly outage: Problem
  readonly wish: Problem
  readonly spam: Problem
  readonly thanks: string
  readonly stillBroken: string
  readonly again: string
  readonly update: string
  readonly sorry: string
  /** What an agent has tried, and why it goes to an expert. */
  readonly tried: string
  readonly beyond: string
  /** What an expert says who hands it back. */
  readonly easy: string
}

export const phrases: Readonly<Record<Language, Phrases>> = { fr: french, en: english, es: spanish }
