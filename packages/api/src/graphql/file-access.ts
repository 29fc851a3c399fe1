import type { Files } from '@guichet/files'
import type { FileState, StoredFile, TicketState } from '@guichet/domain'
import { parseStream, personId } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { actorOf, isStaff } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import { viewerOf } from './context.ts'
import type { ApiContext, Services } from './services.ts'

/** A file with its id. */
export type FileRow = StoredFile & { readonly id: string }

/** Returns the storage of the files; throws `files_unavailable` in a server without one. */
export function filesOf({ services: { files } }: Pick<ApiContext, 'services'>): Files {
  if (!files) throw edgeError('files_unavailable', 'this server stores no files')
  return files
}

/** The rules of one kind of owner of files. */
type OwnerAccess = {
  /** Whether a principal may add a file to the owner. */
  mayAdd(principal: Principal, id: string, context: ApiContext): Promise<boolean> | boolean
  /** Whether a customer may see a file that somebody else has uploaded to the owner. */
  isShownTo(principal: Principal, id: string, fileId: string, context: ApiContext): Promise<boolean>
}

/** Who may add and see files, by the category of the stream that they belong to. */
const owners: Readonly<Record<string, OwnerAccess>> = {
  ticket: {
    mayAdd: async (principal, id, { services: { ownership } }) =>
      (await ownership.exists(id)) && (await ownership.maySee(principal, id)),
    isShownTo: async (principal, id, fileId, { services: { ownership, desk } }) =>
      (await ownership.maySee(principal, id)) && isAttachedInPublic(id, fileId, desk),
  },
  chat: {
    mayAdd: (principal, id, { services: { desk } }) => maySeeChat(principal, id, desk),
    isShownTo: async (principal, id, fileId, context) =>
      (await maySeeChat(principal, id, context.services.desk)) &&
      (await context.read('chatMessages')).showsFile(id, fileId),
  },
  customer: {
    mayAdd: (principal, id) => isStaff(principal) && personId.safeParse(id).success,
    isShownTo: async () => false,
  },
}

/** Whether a chat exists, and is the principal's if that is a customer. */
async function maySeeChat(principal: Principal, id: string, desk: Services['desk']): Promise<boolean> {
  const { state } = await desk.read('chat', id)
  return state.status !== 'absent' && (isStaff(principal) || state.customer.id === principal.id)
}

/** Whether a message that customers see has the file. A reply to a merged ticket is in the one that it was merged into. */
async function isAttachedInPublic(ticketId: string, fileId: string, desk: Services['desk']): Promise<boolean> {
  let id: string | undefined = ticketId
  const seen = new Set<string>()
  while (id !== undefined && !seen.has(id)) {
    seen.add(id)
    const { state }: { readonly state: TicketState } = await desk.read('ticket', id)
    if (state.status === 'absent') return false
    const attached = state.attachments.find((each) => each.id === fileId)
    if (attached) return !attached.internal
    id = state.mergedInto
  }
  return false
}

/** Whether the viewer may add files to a stream. */
export async function mayAddFiles(context: ApiContext, owner: string): Promise<boolean> {
  const { category, id } = parseStream(owner)
  return (await owners[category]?.mayAdd(viewerOf(context), id, context)) ?? false
}

/**
 * Whether the viewer may see a file. The desk sees all. Customers see those that they have uploaded, and those of
 * messages that they are shown.
 */
async function maySee(context: ApiContext, fileId: string, file: StoredFile): Promise<boolean> {
  const viewer = viewerOf(context)
  if (isStaff(viewer)) return true
  const { kind, id } = actorOf(viewer)
  if (file.storedBy.kind === kind && file.storedBy.id === id) return true
  const owner = parseStream(file.owner)
  return (await owners[owner.category]?.isShownTo(viewer, owner.id, fileId, context)) ?? false
}

/** Loads a file that the viewer may see. Unknown and foreign ones are the same. */
export async function loadFile(id: string, context: ApiContext): Promise<FileRow | undefined> {
  const { state }: { readonly state: FileState } = await context.services.desk.read('file', id)
  if (state.status === 'absent' || !(await maySee(context, id, state))) return undefined
  return { ...state, id }
}
