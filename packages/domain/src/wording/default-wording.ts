import { english } from './english.ts'
import { french } from './french.ts'
import type { Wording } from './wording.ts'

/** The languages that come with Guichet. */
export const defaultWording: Wording = { fr: french, en: english }
