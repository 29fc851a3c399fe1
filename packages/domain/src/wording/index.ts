import { english } from './english.ts'
import { french } from './french.ts'
import type { Wording } from './wording.ts'

export * from './check-wording.ts'
export * from './english.ts'
export * from './french.ts'
export * from './render.ts'
export * from './wording.ts'

/** The languages that come with Guichet. */
export const defaultWording: Wording = { fr: french, en: english }
