import { z } from 'zod'
import {
  commandIdSchema,
  defaultChatSettings,
  fileAggregate,
  fileLimits,
  fileStatuses,
  id as ticketId,
  instant,
  personId,
  refusal,
  safeFileName,
  streamName,
  versionAt,
} from '@guichet/domain'
import { hasPreview, isNamedAsSound, TooManyUploads, UploadTaken } from '@guichet/files'
import { actorOf, isCustomer, principalKey } from '../../auth/principal.ts'
import { operationOf } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandInput, CommandResult } from '../command.ts'
import { derivedId, refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import type { FileRow } from './file-access.ts'
import { filesOf, isOpenTo, loadFile, mayAddFiles } from './file-access.ts'
import { addInputs } from '../inputs.ts'
import { addCommandMutations, addMutation } from '../mutation.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import { addResultTypes, payloadOf } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import type { UploadedContent } from '../stored-content.ts'
import { fileError, storedFile, storeReceived } from '../stored-content.ts'
import { addPeople, enumOf } from '../vocabulary.ts'

/** For how long a link to a file can be used, in milliseconds. */
const linkMs = 15 * 60_000

/** For how long an upload can be begun, in milliseconds. */
const uploadMs = 15 * 60_000

/** Adds `File` and the query `file`. */
export function addFileType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const status = enumOf(builder, 'FileStatus', fileStatuses, {
    description: 'Whether a file may be read.',
    describe: (word) => statuses[word],
  })
  const file = builder.objectRef<FileRow>('File')
  builder.node(file, {
    description: 'A file of a conversation, a customer or an article, checked by its content.',
    id: { description: 'The global id. Inputs take it as `fileId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('file', loadFile),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'The id of its stream, without the prefix of its type.' }),
      name: t.exposeString('name', { description: 'Its name, safe to save it under.' }),
      mediaType: t.exposeString('mediaType', {
        description: 'By its content, whatever its sender said; application/octet-stream when that is unknown.',
      }),
      bytes: t.exposeInt('bytes', { description: 'The length of its content.' }),
      sha256: t.exposeString('sha256', { description: 'The SHA-256 of its content, in hexadecimal digits.' }),
      status: t.expose('status', { type: status, description: 'Whether it may be read.' }),
      scanned: t.string({
        nullable: true,
        description: 'What the scanner found, or why it cannot scan the file; null for customers.',
        extensions: deskOnly,
        resolve: ({ scanned }) => scanned?.detail,
      }),
      storedBy: t.expose('storedBy', { type: actor, description: 'Who uploaded it.' }),
      storedAt: t.expose('storedAt', { type: 'DateTime', description: 'When it was stored.' }),
      url: t.string({
        nullable: true,
        description:
          'The path of its content at this server. Whoever has it can read the file, for 15 minutes. Null while the file may not be read.',
        resolve: contentLinkTo,
      }),
      previewUrl: t.string({
        nullable: true,
        description: 'As `url`, of a small WebP picture of it. Null for what is no picture.',
        resolve: previewLinkTo,
      }),
    }),
  })
  builder.queryField('file', (t) =>
    t.field({
      type: file,
      nullable: true,
      description: 'A file by its id; null if there is none, or if it is not yours to see.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, context) => loadFile(id, context),
    }),
  )
  return file
}

const statuses = {
  quarantined: 'The scanner has not answered yet, or cannot scan it.',
  clean: 'It may be read.',
  infected: 'The scanner has found something. It may not be read.',
  deleted: 'Its content is gone.',
} as const

/** The path of the content of a file at this server, signed for some minutes; undefined while it may not be read. */
export const contentLinkTo = (file: FileRow, _: object, context: ApiContext): string | undefined =>
  linkTo(file, 'content', context)

/** The path of a small picture of a file, as `contentLinkTo`; undefined for what is no picture too. */
export const previewLinkTo = (file: FileRow, _: object, context: ApiContext): string | undefined =>
  hasPreview(file.mediaType) && filesOf(context).previews ? linkTo(file, 'preview', context) : undefined

function linkTo({ id, status }: FileRow, use: 'content' | 'preview', context: ApiContext): string | undefined {
  if (status !== 'clean') return undefined
  // Pictures are drawn in turns of those who ask for them.
  const reader = use === 'preview' && context.principal ? principalKey(context.principal) : undefined
  return filesOf(context).links.sign(id, use, new Date(Date.now() + linkMs), reader)
}

/** A place to which the content of a file may be sent. */
type UploadGrant = { readonly id: string; readonly url: string; readonly expiresAt: string }

type UploadResult = CommandResult & { readonly upload?: UploadGrant }

/** The fields of `createUpload`, beside those of every input. */
const uploadSchema = z.strictObject({
  ticketId: ticketId.optional().describe('The ticket that the file is for.'),
  chatId: ticketId.optional().describe('The chat that the file is for.'),
  customerId: personId.optional().describe('The customer that the file is about. Only for the desk.'),
  articleId: ticketId
    .optional()
    .describe('The article whose text will name the file, as `file:` and its id. Only for the desk.'),
  openTicketCommandId: commandIdSchema
    .optional()
    .describe(
      'For a ticket that you have yet to open, without choosing its id: the commandId that `openTicket` will have.',
    ),
  name: z.string().min(1).max(1_000).describe('The name of the file; it is made safe.'),
  bytes: z.int().nonnegative().max(fileLimits.bytes).describe('The length of the content, in bytes.'),
})

/** Adds `createUpload`, `uploadFile` and `deleteFile`. */
export function addFileMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { payload, payloadWith } = use(addResultTypes)
  const file = use(addFileType)
  const grant = builder.objectRef<UploadGrant>('UploadGrant').implement({
    description: 'A place to which the content of a file may be sent, by PUT or POST, without a token.',
    fields: (t) => ({
      fileId: t.exposeID('id', { description: 'The id that the file will have.' }),
      url: t.exposeString('url', {
        description: 'The path at this server. Send the bytes alone as the body of the request.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the upload may begin.' }),
    }),
  })
  addMutation(builder, inputs, 'createUpload', {
    description:
      'Grants an upload of a file to a ticket, a chat or an article, or about a customer. The file is there once its content has been received, checked and stored.',
    payload: (operation) =>
      builder.objectRef<UploadResult>(payloadOf(operation)).implement({
        interfaces: [payload],
        fields: (t) => ({
          readModelsReached: t.boolean({ description: 'Always true: nothing is stored yet.', resolve: () => true }),
          upload: t.expose('upload', { type: grant, nullable: true, description: 'Where to send the content.' }),
        }),
      }),
    schema: uploadSchema,
    fields: (t) => ({
      commandId: t.id({
        required: true,
        description: 'An id of your choice. Sending the same one again returns the same upload.',
      }),
    }),
    resolve: (upload, { commandId }, context) => createUpload({ ...upload, commandId }, context),
  })

  const filePayload = payloadWith({
    reached: 'Always true: a file is read from its history; lists follow later.',
    fields: (t) => ({
      file: t.field({
        type: file,
        nullable: true,
        description: 'The file after the command.',
        resolve: ({ id }, _, context) => (id === undefined ? undefined : loadFile(id, context)),
      }),
    }),
  })
  addMutation(builder, inputs, 'uploadFile', {
    description:
      'Uploads a file with the operation, in a multipart request. A slow connection is better served by `createUpload`.',
    payload: filePayload,
    schema: uploadSchema.omit({ name: true, bytes: true }),
    fields: (t) => ({
      commandId: t.id({
        required: true,
        description: 'An id of your choice. Sending the same file again under it returns the same file.',
      }),
      content: t.field({ type: 'Upload', required: true, description: 'The file, with its name.' }),
    }),
    resolve: (owner, input, context) => uploadFile({ ...owner, ...input }, context),
  })
  const { store: _store, ...operations } = operationOf.file
  addCommandMutations(builder, inputs, {
    category: 'file',
    definitions: fileAggregate,
    payload: filePayload,
    operations,
    id: 'The file.',
  })
}

/** What the fields of an input name as the owner of a file. */
type OwnerInput = {
  readonly [K in 'ticketId' | 'chatId' | 'customerId' | 'articleId' | 'openTicketCommandId']?: string | null | undefined
}

type RefusedUpload = { readonly refused: CommandResult }

const invalid = (field: string, message: string): RefusedUpload => ({
  refused: refused(refusal('invalid_command', { message: `${field}: ${message}`, field })),
})

/** A file that is to be added, with the name by which its content is checked, and the field of the input that has it. */
type NewFile = { readonly name: string; readonly bytes: number; readonly field: 'name' | 'content' }

/** Returns the stream to which the viewer may add a file, and counts the bytes. */
async function ownerFor(
  { ticketId, chatId, customerId, articleId, openTicketCommandId }: OwnerInput,
  { name, bytes, field }: NewFile,
  context: ApiContext,
): Promise<RefusedUpload | { readonly owner: string }> {
  const viewer = viewerOf(context)
  const { maxBytes } = filesOf(context)
  const named = [
    ['ticket', ticketId],
    ['chat', chatId],
    ['customer', customerId],
    ['article', articleId],
    ['new', openTicketCommandId],
  ] as const
  const [first, second] = named.filter(([, id]) => id != null)
  if (!first || second) return invalid('ticketId', 'give either a ticket, a chat, a customer or an article')
  if (bytes > maxBytes) return invalid('bytes', `a file has at most ${maxBytes} bytes`)
  const [category, id] = first
  if (!isOpenTo(viewer, category)) throw edgeError('forbidden', 'input: visitors send files to their chats')
  const isNew = category === 'new'
  const owner = isNew ? streamName('ticket', derivedId(viewer, id ?? '')) : streamName(category, id ?? '')
  if ((category === 'customer' || category === 'article') && isCustomer(viewer))
    throw edgeError('forbidden', `input.${category}Id: customers send files to conversations`)
  if (!isNew && !(await mayAddFiles(context, owner))) {
    return { refused: refused(refusal(`${category}_not_found`, { field: `${category}Id` })) }
  }
  if (category === 'chat') {
    const { files, voice } = await takenIn(id ?? '', context)
    if (!files && !voice) return { refused: refused(refusal('chat_kind_not_allowed', { field: 'chatId' })) }
    if (!files && !isNamedAsSound(name)) return { refused: refused(refusal('chat_kind_not_allowed', { field })) }
  }
  if (await isBlocked(context)) return { refused: refused(refusal('customer_blocked')) }
  // What comes with an operation was counted before it was read.
  const over = field === 'name' ? context.services.takeUploaded(viewer, bytes, context.address) : undefined
  if (over) throw over
  return { owner }
}

/** What a chat takes from the viewer: anything from the desk; from customers any file, voice notes alone, or none. */
async function takenIn(id: string, context: ApiContext): Promise<{ readonly files: boolean; readonly voice: boolean }> {
  const { desk } = context.services
  const { state } = await desk.read('chat', id)
  if (state.status === 'absent' || !isCustomer(viewerOf(context))) return { files: true, voice: true }
  const { channels } = versionAt(desk.timeline, instant(new Date())).chat ?? defaultChatSettings
  return channels[state.channel]
}

/** The id of the file of an upload: the same for each repeat by the same sender. */
const fileIdFor = (context: ApiContext, commandId: string): string =>
  derivedId(viewerOf(context), `upload ${commandId}`)

type UploadInput = Pick<CommandInput, 'commandId'> & z.input<typeof uploadSchema>

/** Checks who asks for what, and grants an upload. */
async function createUpload({ commandId, ...fields }: UploadInput, context: ApiContext): Promise<UploadResult> {
  const parsed = uploadSchema.safeParse(fields)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return invalid(String(issue?.path[0] ?? 'name'), issue?.message ?? 'is malformed').refused
  }
  const { name, bytes } = parsed.data
  const file = { name: safeFileName(name), bytes }
  const result = await ownerFor(parsed.data, { ...file, field: 'name' }, context)
  if ('refused' in result) return result.refused
  const viewer = viewerOf(context)
  const { ledger, links } = filesOf(context)
  const id = fileIdFor(context, commandId)
  const granted = { id, owner: result.owner, ...file }
  const expiresAt = new Date(Date.now() + uploadMs)
  try {
    await ledger.grant(
      { ...granted, by: actorOf(viewer), principal: principalKey(viewer) },
      expiresAt,
      context.services.uploadsAtOnce(viewer),
    )
  } catch (error) {
    if (error instanceof UploadTaken) return refused(refusal('command_id_reused', { field: 'commandId' }))
    if (error instanceof TooManyUploads) throw edgeError('too_many_uploads', error.message)
    throw error
  }
  const upload = { id, url: links.sign(id, 'upload', expiresAt), expiresAt: expiresAt.toISOString() }
  return { id, executed: undefined, userErrors: [], upload }
}

type ContentInput = Pick<CommandInput, 'commandId'> & OwnerInput & { readonly content: UploadedContent }

/** Stores a file that came with the operation. */
async function uploadFile({ commandId, content, ...of }: ContentInput, context: ApiContext): Promise<CommandResult> {
  const { received, name } = content
  const result = await ownerFor(of, { name, bytes: received.bytes, field: 'content' }, context)
  if ('refused' in result) return result.refused
  const { desk, acknowledged } = context.services
  const id = fileIdFor(context, commandId)
  const file = { id, owner: result.owner, name, by: actorOf(viewerOf(context)) }
  const earlierFile = await storedFile(id, desk)
  if (earlierFile && (earlierFile.sha256 !== received.sha256 || earlierFile.owner !== result.owner)) {
    return refused(refusal('command_id_reused', { field: 'commandId' }))
  }
  try {
    if (!earlierFile) await storeReceived(received, file, { desk, acknowledged, files: filesOf(context) })
  } catch (error) {
    throw fileError(error)
  }
  return { id, executed: undefined, userErrors: [] }
}
