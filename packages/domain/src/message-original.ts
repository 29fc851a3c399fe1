import { z } from 'zod'
import { language, text } from './kernel/values.ts'

/** The text of an agent, of at most so many characters, from which the text that the customer reads was translated. */
export const messageOriginalSchema = (characters: number) =>
  z
    .strictObject({
      body: text(characters).describe('The text, as its author has written it.'),
      language: language.describe('Its language, a tag such as fr.'),
    })
    .optional()
    .describe('What was written, where the body is its translation: it stays with the message.')

/** The text from which a message was translated, as history has it. */
export const storedOriginalSchema = z.object({ body: z.string(), language: z.string() }).optional()

/** The text from which a message was translated, with its language (BCP 47). */
export type MessageOriginal = Readonly<NonNullable<z.output<typeof storedOriginalSchema>>>

/** Who may read from what a message was translated: everybody who reads the message, or the desk alone. */
export const originalReaders = ['everybody', 'desk'] as const
