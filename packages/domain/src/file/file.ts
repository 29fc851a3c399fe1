import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, internal, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent, streamOf } from '../kernel/event.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { cutTo, id, isLongerThan, isOnce, line, personId } from '../kernel/values.ts'

/** The limits of files: the length of names and reasons in characters, the files of one message, the largest size. */
export const fileLimits = { name: 200, reason: 2_000, perMessage: 10, bytes: 2_147_483_647 } as const

/** The id of a file: letters, digits, `-` and `_`. */
export const fileIdSchema: z.ZodString = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][\w-]*$/, 'must hold only letters, digits, - and _')

/** The stream that a file belongs to: a ticket, a chat, a customer or an article. */
export const fileOwnerSchema = streamOf({ ticket: id, chat: id, customer: personId, article: id })

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')

/** A media type, such as `image/png`. */
export const mediaTypeSchema = z
  .string()
  .max(127)
  .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type such as image/png')

/** What a scanner found: nothing, something, or that it cannot scan the file. */
export const scanVerdicts = ['clean', 'infected', 'unscannable'] as const

/** What a scanner found. */
export type ScanVerdict = (typeof scanVerdicts)[number]

/** The definition of every command of a file, without its rule. */
const fileCommands = {
  store: defineCommand({
    description: 'Records a file whose content has been received, checked and stored.',
    schema: z.strictObject({
      type: z.literal('store'),
      owner: fileOwnerSchema,
      name: line(fileLimits.name).refine((name) => safeFileName(name) === name, 'must be the name of a file'),
      bytes: z.int().nonnegative().max(fileLimits.bytes),
      sha256,
      mediaType: mediaTypeSchema,
      /** Whether a scanner has to answer before the file may be read. */
      scan: z.boolean(),
    }),
    sentBy: senders.anyone,
  }),
  recordScan: defineCommand({
    description: 'Records the answer of the scanner.',
    schema: z.strictObject({
      type: z.literal('recordScan'),
      verdict: z.enum(scanVerdicts),
      detail: line(fileLimits.name).optional(),
    }),
    sentBy: senders.system,
  }),
  release: defineCommand({
    description: 'Takes a file out of quarantine that the scanner has not judged.',
    schema: z.strictObject({ type: z.literal('release'), reason: line(fileLimits.name).describe('The reason.') }),
    sentBy: senders.desk,
  }),
  delete: defineCommand({
    description: 'Deletes a file. Its name and what happened to it stay in the history; its content does not.',
    schema: z.strictObject({
      type: z.literal('delete'),
      reason: line(fileLimits.reason).describe('The reason, for the desk.'),
    }),
    sentBy: senders.desk,
  }),
}

/** The definition of every event of a file: its part of the event catalogue. */
export const fileEvents = {
  /** The content is in the storage; `by` uploaded it. With `scan` it is in quarantine. */
  FileStored: defineEvent({
    schema: z.object({
      owner: z.string(),
      name: z.string(),
      bytes: z.int().nonnegative(),
      sha256: z.string(),
      mediaType: z.string(),
      scan: z.boolean(),
    }),
    personal: { name: ['customer', 'author'], owner: 'customer', sha256: ['customer', 'author'] },
  }),
  FileScanned: defineEvent({
    schema: z.object({ verdict: z.enum(scanVerdicts), detail: z.string().optional() }),
    personal: {},
  }),
  /** The content is removed from the storage after this event. */
  FileDeleted: defineEvent({ schema: z.object({ reason: z.string() }), personal: { reason: ['customer', 'author'] } }),
} as const

/** Any event of a file. */
export type FileEvent = EventOf<typeof fileEvents>

/** Whether a file may be read: not before the scanner has answered, and never when it found something. */
export const fileStatuses = ['quarantined', 'clean', 'infected', 'deleted'] as const

/** The status of a file. */
export type FileStatus = (typeof fileStatuses)[number]

/** A file of a conversation, a customer or an article. */
export type StoredFile = {
  readonly status: FileStatus
  /** The stream that it belongs to, such as `ticket-4711`. */
  readonly owner: string
  readonly name: string
  readonly bytes: number
  /** The SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string
  /** By its content; `application/octet-stream` when it is unknown. */
  readonly mediaType: string
  readonly storedBy: Actor
  readonly storedAt: Instant
  readonly updatedAt: Instant
  /** The answer of the scanner, if it has answered. */
  readonly scanned?: { readonly verdict: ScanVerdict; readonly detail?: string | undefined } | undefined
}

/** The state of a file; `absent` before it is stored. */
export type FileState = { readonly status: 'absent' } | StoredFile

function evolve(state: FileState, event: FileEvent): FileState {
  if (event.type === 'FileStored') {
    const { at, by, owner, name, bytes, sha256, mediaType, scan } = event
    const status = scan ? 'quarantined' : 'clean'
    return { status, owner, name, bytes, sha256, mediaType, storedBy: by, storedAt: at, updatedAt: at }
  }
  if (state.status === 'absent') return state
  const updated = { ...state, updatedAt: event.at }
  if (event.type === 'FileDeleted') return { ...updated, status: 'deleted' }
  const { verdict, detail } = event
  const scanned = { verdict, ...(detail !== undefined && { detail }) }
  return { ...updated, scanned, status: verdict === 'unscannable' ? 'quarantined' : verdict }
}

/** Files: the streams `file-<id>`. */
export const fileAggregate = defineAggregate({
  category: 'file',
  id: fileIdSchema,
  commands: fileCommands,
  events: fileEvents,
  initial: { status: 'absent' },
  begunBy: ['store'],
  notFound: 'file_not_found',
  evolve,
  rules: {
    store: ({ at, by, owner, name, bytes, sha256, mediaType, scan }, state) => {
      if (state.status === 'absent')
        return accept([{ type: 'FileStored', at, by, owner, name, bytes, sha256, mediaType, scan }])
      return state.sha256 === sha256 && state.owner === owner ? accept([]) : deny(refusal('file_already_stored'))
    },
    recordScan: ({ at, by, verdict, detail }, state) => scanned({ at, by }, state, verdict, detail),
    release: ({ at, by, reason }, state) =>
      state.status === 'infected' ? deny(refusal('file_infected')) : scanned({ at, by }, state, 'clean', reason),
    delete: ({ at, by, reason }, { status }) =>
      accept(status === 'deleted' ? [] : [{ type: 'FileDeleted', at, by, reason }]),
  },
})

/** The answer to whether a file in quarantine may be read; a file that is judged or deleted takes none. */
function scanned(
  caused: Pick<FileEvent, 'at' | 'by'>,
  { status, scanned }: StoredFile,
  verdict: ScanVerdict,
  detail: string | undefined,
): Result<readonly FileEvent[]> {
  if (status !== 'quarantined' || scanned?.verdict === verdict) return accept([])
  return accept([{ type: 'FileScanned', ...caused, verdict, ...(detail !== undefined && { detail }) }])
}

/** What the desk adds to a file that a message names: what it read of the file. */
export const fileFacts = z.object({
  /** Whether the file belongs to the stream that the command is sent to. */
  here: z.boolean(),
  /** The stream that it belongs to. */
  owner: z.string().optional(),
  status: z.enum(fileStatuses),
  storedBy: z.object({ kind: z.string(), id: z.string() }),
  name: z.string(),
  mediaType: z.string(),
  bytes: z.number(),
})

/** Whether a type of content is sound, or one that sound without a picture has as well. */
export const mayBeSound = (mediaType: string): boolean =>
  /^(?:audio\/|video\/(?:webm|ogg|mp4)$|application\/ogg$)/.test(mediaType)

/** The files that a message names, by their ids. */
export const attachedFilesSchema = z
  .array(
    z.strictObject({
      fileId: fileIdSchema.describe('The id of a file that you have uploaded to this conversation.'),
      file: internal(fileFacts.optional()),
    }),
  )
  .max(fileLimits.perMessage)
  .refine((files) => isOnce(files, ({ fileId }) => fileId), 'must name each file once')
  .optional()

/** A file that a message names, with what the desk has read of it; undefined when there is no such file. */
export type AttachedFile = {
  readonly fileId: string
  readonly file?: Readonly<z.infer<typeof fileFacts>> | undefined
}

/** What the desk adds to a file that a command on a stream names. */
export const factsOfFile = (state: FileState, stream: string): AttachedFile['file'] => {
  if (state.status === 'absent') return undefined
  const { owner, status, storedBy, name, mediaType, bytes } = state
  const sender = { kind: storedBy.kind, id: storedBy.id }
  return { here: owner === stream, owner, status, storedBy: sender, name, mediaType, bytes }
}

/**
 * Why a message may not name these files, if it may not: a sender names files that they have uploaded to this
 * conversation themselves. Customers get the same answer for every file that they may not name, so that no id reveals
 * anything.
 */
export function refuseFiles(
  files: readonly AttachedFile[] | undefined,
  by: Actor,
): { readonly ok: false; readonly refusal: Refusal } | undefined {
  for (const [index, { file }] of (files ?? []).entries()) {
    const field = `attachments[${index}].fileId`
    const mine = file?.storedBy.kind === by.kind && file.storedBy.id === by.id
    if (!file || file.status === 'deleted' || (by.kind === 'customer' && !(mine && file.here))) {
      return deny(refusal('file_not_found', { field }))
    }
    if (!file.here) return deny(refusal('file_elsewhere', { field }))
    if (!mine) return deny(refusal('file_not_yours', { field }))
    if (file.status === 'infected') return deny(refusal('file_infected', { field }))
  }
  return undefined
}

/** Scripts in which a joiner or a half space between two letters belongs to the spelling of a word. */
const joined = ['Arab Syrc Mong Nkoo Adlm Rohg', 'Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt']
  .flatMap((scripts) => scripts.split(' '))
  .map((script) => `\\p{Script=${script}}`)
  .join('')
const pictures = '\\p{Extended_Pictographic}'

/**
 * Control characters, marks of writing direction, characters without width, and halves of surrogate pairs. A joiner and a
 * half space (U+200D, U+200C) stay where the spelling needs them, as in Persian, and the joiner in an emoji of several.
 */
const unsafe = new RegExp(
  `(?!(?<=[${joined}])[\\u200c\\u200d](?=[${joined}])|(?<=[${pictures}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=${pictures}))` +
    '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2028\\u2029]',
  'gu',
)

/** Names that Windows reserves for devices. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * A name under which a file can be saved anywhere: one part of a path, without control characters, marks of writing
 * direction and characters that a file system takes for something else. Its ending stays when it is cut.
 */
export function safeFileName(name: string): string {
  const part = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const cleanName = trimmed(
    part
      .replace(/([\u200c\u200d])\1{1,200}/gu, '$1')
      .replace(unsafe, '')
      .replace(/[<>:"|?*]/g, '_')
      .replace(/\s+/gu, ' '),
  )
  if (cleanName === '') return 'file'
  const named = reserved.test(cleanName) ? `_${cleanName}` : cleanName
  if (!isLongerThan(named, fileLimits.name)) return named
  const [ending = ''] = /\.[\p{L}\p{N}]{1,10}$/u.exec(named) ?? []
  return trimmed(cutTo(named, fileLimits.name - ending.length)) + ending
}

/** A text without dots, spaces and joiners at either end. */
function trimmed(text: string): string {
  const isCut = (at: number): boolean => '. \u200c\u200d'.includes(text.charAt(at))
  let [start, end] = [0, text.length]
  while (start < end && isCut(start)) start++
  while (end > start && isCut(end - 1)) end--
  return text.slice(start, end)
}
