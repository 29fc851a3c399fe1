import type { Account } from '../account.ts'
import type { AttachedFile } from '../file/file.ts'
import { factsOfFile } from '../file/file.ts'
import { articleTreeId } from '../knowledge/article-tree.ts'
import { isPublicRevision } from '../knowledge/public-revision.ts'
import type { SentArticle } from '../sent-article.ts'
import type { Actor } from '../kernel/actor.ts'
import type { StreamName } from '../kernel/event.ts'
import { withAccount } from './customers.ts'
import type { StreamCategories, StreamCategory } from './categories.ts'
import type { currentConfiguration } from './current-configuration.ts'
import type { IdentifiedSender, Outcome, StreamDesk } from './port.ts'
import { removeFromMerged, withListings } from './remove-from-merged.ts'
import { isSurvivorOf } from './survivors.ts'

/** Who sends a command, where it goes, and how the desk reads what it needs. */
type Needing = {
  readonly stream: StreamName
  readonly by: Actor
  /** Whether the command is part of imported history, which says itself what was so then. */
  readonly isImported: boolean
  /** Reads streams as stored. */
  readonly read: StreamDesk['read']
  /** Reads the streams of customers and organisations: recent ones, or as stored where a refusal depends on them. */
  readonly readRecord: StreamDesk['read']
}

/** The fields that the desk adds to a command from other streams, whatever its sender has put there. */
export type Facts = {
  readonly attachments?: readonly AttachedFile[]
  readonly file?: AttachedFile['file']
  readonly account?: Account
  readonly article?: SentArticle
}

type Command = Parameters<typeof withAccount>[0]

/** What a command in a conversation needs: the files that it names, and what is known of its customer. */
async function factsOfConversation(command: Command, needing: Needing): Promise<Facts> {
  const { by, isImported, readRecord } = needing
  const [files, article, account] = await Promise.all([
    readFiles(command, needing),
    readSentArticle(command, needing),
    isImported ? undefined : withAccount(command, by, readRecord),
  ])
  return { ...files, ...article, ...account }
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

/** Reads whether customers read the text of an article that a message is made of, as it is stored now. */
async function readSentArticle(command: object, { read }: Pick<Needing, 'read'>): Promise<Pick<Facts, 'article'>> {
  const { article } = command as { readonly article?: SentArticle }
  if (!article) return {}
  const [stored, tree] = await Promise.all([read('article', article.articleId), read('articleTree', articleTreeId)])
  return { article: { ...article, isPublic: isPublicRevision(stored.state, tree.state, article) } }
}

/** Commands that were carried out or refused, and who sent them. */
type CommandContext = {
  readonly desk: Pick<StreamDesk, 'read' | 'engine'>
  readonly configured: Pick<ReturnType<typeof currentConfiguration>, 'sent'>
  readonly id: string
  readonly commands: readonly { readonly type: string }[]
  readonly sender: IdentifiedSender
}

type OutcomeOf<K extends StreamCategory> = Outcome<StreamCategories[K]['event'], StreamCategories[K]['state']>

/** What the commands of a category need beside their own stream, and what is done after them. */
type Needs<K extends StreamCategory> = {
  readonly facts?: (command: Command, needing: Needing) => Promise<Facts>
  /** Adds to commands which other records list what they remove, given the state that they are decided on. */
  readonly listings?: <C>(
    desk: Pick<StreamDesk, 'read'>,
    state: StreamCategories[K]['state'],
    commands: readonly C[],
  ) => Promise<readonly C[]>
  /** @returns the outcome, at the position of what it has done. */
  readonly after?: (answered: CommandContext, outcome: OutcomeOf<K>) => Promise<OutcomeOf<K>>
}

/** What the commands of each category need beside their own stream: nothing, where the category is not listed. */
export const needs: { readonly [K in StreamCategory]?: Needs<K> } = {
  ticket: { facts: factsOfConversation },
  chat: { facts: factsOfConversation },
  customer: {
    listings: withListings,
    after: async ({ desk, id, commands, sender }, outcome) =>
      outcome.ok ? removeFromMerged(desk, id, commands, sender, outcome.value) : outcome,
  },
  configuration: {
    after: async ({ configured }, outcome) => {
      await configured.sent(outcome.ok ? outcome.value : undefined)
      return outcome
    },
  },
}
