import { z } from 'zod'
import { fileIdSchema } from '../file/file.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import { printable } from '../kernel/values.ts'

/**
 * The limits of what is kept of a file besides its text, in characters; `files` is how many pictures and attachments of a
 * text come in with it, and `target` the length of what it wrote for one.
 */
export const textSourceLimits = { path: 500, head: 20_000, tail: 20_000, files: 200, target: 500 } as const

/** A path of a Markdown file in a folder: names joined by `/`, none of which leads out of the folder. */
const filePath = printable(textSourceLimits.path)
  .regex(/\.(?:md|markdown)$/i, 'must be the path of a Markdown file')
  .refine(
    (path) => !/[\\\t\r\n]/.test(path) && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..'),
    'must be names joined by /, none of which leads out of the folder',
  )

/**
 * The file that a text was imported from: `head`, the text with what `files` says in place of the ids of files, and `tail`
 * are the file, byte for byte.
 */
export const textSourceSchema = z.strictObject({
  path: filePath.describe('Its path in the folder that was imported.'),
  head: printable(textSourceLimits.head).describe(
    'All that stands before the text: a byte order mark, the front matter, blank lines.',
  ),
  tail: printable(textSourceLimits.tail).describe('All that stands behind the text, such as the last line end.'),
  files: z
    .record(fileIdSchema, printable(textSourceLimits.target))
    .refine((files) => Object.keys(files).length <= textSourceLimits.files, 'must not name so many files')
    .optional()
    .describe(
      'What it wrote where the text names a file of the article now, such as `img/a.png`, by the ids of the files.',
    ),
})

/** The file that a text was imported from. */
export type TextSource = Readonly<z.infer<typeof textSourceSchema>>

/** A source as an event stores it. */
export const storedTextSource = z.object({
  path: z.string(),
  head: z.string(),
  tail: z.string(),
  files: z.record(z.string(), z.string()).optional(),
})

/** The fingerprint of a file: of a text with what surrounds it there. */
export const sourceFingerprint = (text: object, { path, head, tail, files }: TextSource): string =>
  fingerprintOf({ ...text, source: { path, head, tail, ...(files && { files }) } })
