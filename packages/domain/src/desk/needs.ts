import type { Account } from '../account.ts'
import type { AttachedFile } from '../file.ts'
import { factsOfFile } from '../file.ts'
import type { Actor } from '../kernel/actor.ts'
import type { StreamName } from '../kernel/event.ts'
import { withAccount } from './customers.ts'
import type { StreamCategory } from './categories.ts'
import type { Desk } from './port.ts'
import { isSurvivorOf } from './survivors.ts'

/** Who sends a command, where it goes, and how the desk reads what it needs. */
type Needing = {
  readonly stream: StreamName
  readonly by: Actor
  /** Whether the command is part of imported history, which says itself what was so then. */
  readonly isImported: boolean
  /** Reads streams as stored. */
  readonly read: Desk['read']
  /** Reads the streams of customers and organisations: recent ones, or as stored where a refusal depends on them. */
  readonly readRecord: Desk['read']
}

/** The fields that the desk adds to a command from other streams, whatever its sender has put there. */
export type Facts = {
  readonly attachments?: readonly AttachedFile[]
  readonly file?: AttachedFile['file']
  readonly account?: Account
}

type Command = Parameters<typeof withAccount>[0]

/** What a command in a conversation needs: the files that it names, and what is known of its customer. */
async function factsOfConversation(command: Command, needing: Needing): Promise<Facts> {
  const { by, isImported, readRecord } = needing
  const [files, account] = await Promise.all([
    readFiles(command, needing),
    isImported ? undefined : withAccount(command, by, readRecord),
  ])
  return { ...files, ...account }
}

/**
 * Reads the files that a command names: the desk trusts nothing that its sender says of them. What a visitor has uploaded
 * is the customer's who they said they are.
 */
async function readFiles(
  command: object,
  { stream, by, read }: Pick<Needing, 'stream' | 'by' | 'read'>,
): Promise<Pick<Facts, 'attachments' | 'file'>> {
  const factsOf = async (fileId: string): Promise<AttachedFile['file']> => {
    const facts = factsOfFile((await read('file', fileId)).state, stream)
    const isOfCustomers = by.kind === 'customer' && facts?.storedBy.kind === 'customer'
    if (!facts || !isOfCustomers || !(await isSurvivorOf({ read }, by.id, facts.storedBy.id))) return facts
    return { ...facts, storedBy: { kind: by.kind, id: by.id } }
  }
  if ('fileId' in command && typeof command.fileId === 'string') {
    return { file: await factsOf(command.fileId) }
  }
  if (!('attachments' in command) || !Array.isArray(command.attachments)) return {}
  const named = command.attachments as readonly AttachedFile[]
  const attachments = named.map(async ({ fileId }) => ({ fileId, file: await factsOf(fileId) }))
  return { attachments: await Promise.all(attachments) }
}

/** What the commands of a category need beside their own stream: nothing, where the category is not listed. */
export const needs: { readonly [K in StreamCategory]?: (command: Command, needing: Needing) => Promise<Facts> } = {
  ticket: factsOfConversation,
  chat: factsOfConversation,
}
