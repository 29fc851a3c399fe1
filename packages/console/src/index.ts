export { reconnectDelay } from './connection/back-off.ts'
export { documents } from './connection/documents.ts'
export { deskWords } from './desk-words.ts'
export type { PageTexts } from './desk-words.ts'
export { widgetWords } from './words/by-language.ts'

/** The folder of the built scripts that browsers load, with a slash at its end. The step of the build that fills it is `build-site.mjs`. */
export const siteFolder: URL = new URL('../dist/site/', import.meta.url)
