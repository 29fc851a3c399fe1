import type { Files } from '@guichet/files'
import type { FileState, StoredFile } from '@guichet/domain'
import { isSurvivorOf, parseStream, personId, sharesChatsOf, streamName, ticketsNaming } from '@guichet/domain'
import type { Principal } from '../../auth/principal.ts'
import { isStaff } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import { viewerOf } from '../context.ts'
import type { ApiContext, Services } from '../services.ts'
import { isTicketOfViewer, maySeeTicket, mayShare, readVisibleChat } from '../shared-access.ts'

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
    mayAdd: async (_, id, context) => {
      if (!(await context.services.ownership.exists(id))) return false
      return (await isTicketOfViewer(id, context)) || (mayShare('attach', context) && (await maySeeTicket(id, context)))
    },
    isShownTo: (_, id, fileId, context) => isShownInTicket(fileId, streamName('ticket', id), context),
  },
  chat: {
    mayAdd: (principal, id, { services: { desk } }) => maySeeChat(principal, id, desk),
    isShownTo: async (principal, id, fileId, context) => {
      const isInChat = (await readVisibleChat(id, context)) !== undefined
      if (isInChat && (await (await context.read('chatMessages')).showsFile(id, fileId))) return true
      return principal.role !== 'visitor' && isShownInTicket(fileId, streamName('chat', id), context)
    },
  },
  customer: {
    mayAdd: (principal, id) => isStaff(principal) && personId.safeParse(id).success,
    isShownTo: async () => false,
  },
  article: {
    mayAdd: async (principal, id, { services: { desk } }) => {
      if (!isStaff(principal)) return false
      const { state } = await desk.read('article', id)
      return state.status !== 'absent' && state.status !== 'deleted'
    },
    isShownTo: async (_, id, fileId, context) => {
      // Customers and visitors load those articles alone that are published for everybody.
      if (!(await context.loaders.article.load(id))) return false
      return (await (await context.read('articles')).publishedFiles(id)).includes(fileId)
    },
  },
}

/** Whether a chat exists, and is the principal's if that is a customer. */
async function maySeeChat(principal: Principal, id: string, desk: Services['desk']): Promise<boolean> {
  const { state } = await desk.read('chat', id)
  return state.status !== 'absent' && (isStaff(principal) || sharesChatsOf(desk, principal.id, state.customer.id))
}

/** Whether a message that customers see has the file, in a ticket that the viewer may see: its own or a survivor. */
async function isShownInTicket(fileId: string, owner: string, context: ApiContext): Promise<boolean> {
  for await (const { attached, shownIn } of ticketsNaming(context.services.desk, fileId, owner)) {
    if (attached.internal) continue
    for (const ticketId of shownIn) if (await maySeeTicket(ticketId, context)) return true
  }
  return false
}

/** Whether a principal may send files to a category of streams: visitors to chats alone. */
export const isOpenTo = ({ role }: Principal, category: string): boolean => role !== 'visitor' || category === 'chat'

/** Whether a principal may see files of a category of streams: visitors those of chats and of articles. */
const isReadBy = (principal: Principal, category: string): boolean =>
  isOpenTo(principal, category) || category === 'article'

/** Whether the viewer may add files to a stream. */
export async function mayAddFiles(context: ApiContext, owner: string): Promise<boolean> {
  const { category, id } = parseStream(owner)
  return (await owners[category]?.mayAdd(viewerOf(context), id, context)) ?? false
}

/**
 * Whether the viewer may see a file. The desk sees all. Customers see those that they have uploaded, and those of
 * messages and published articles that they are shown; visitors those of their chats and of such articles.
 */
async function maySee(context: ApiContext, fileId: string, file: StoredFile): Promise<boolean> {
  const viewer = viewerOf(context)
  if (isStaff(viewer)) return true
  const { kind, id } = file.storedBy
  if (kind === 'customer' && (await isSurvivorOf(context.services.desk, viewer.id, id))) return true
  const owner = parseStream(file.owner)
  if (!isReadBy(viewer, owner.category)) return false
  return (await owners[owner.category]?.isShownTo(viewer, owner.id, fileId, context)) ?? false
}

/** Loads a file that the viewer may see. Unknown and foreign ones are the same. */
export async function loadFile(id: string, context: ApiContext): Promise<FileRow | undefined> {
  const { state }: { readonly state: FileState } = await context.services.desk.read('file', id)
  if (state.status === 'absent' || !(await maySee(context, id, state))) return undefined
  return { ...state, id }
}
