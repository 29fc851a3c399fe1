import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { describeIssue } from '@guichet/domain'
import { ImportFault } from '../fault.ts'
import { placesOf } from '@guichet/desk'
import { names, priority, servicenow, zammad, zendesk } from './helpdesk-mappings.ts'
import type { Mapping, MappingInput } from './mapping.ts'
import { mappingSchema } from './mapping.ts'

/**
 * Freshdesk's export of tickets as CSV: one line per ticket, with the times at which it was opened, first answered,
 * resolved, closed and last changed. It contains no message texts and no zone: times are in the account's zone.
 */
const freshdesk: MappingInput = {
  name: 'freshdesk',
  missing: ['', 'No Agent', 'No Group', '--'],
  optional: names(
    'Subject, Type, Source, Priority, Agent, Group, Tags, Initial response time, Resolved time',
    'Closed time, Contact ID, Full name, Email, Last update time, Product, Company Name, Language',
  ),
  columns: { contact: ['Contact ID', 'Email', 'Full name'] },
  rows: [
    { columns: { at: 'Created time' }, constants: { event: 'opened' } },
    {
      if: 'Initial response time',
      columns: { at: 'Initial response time', by: 'Agent', owner: 'Agent', group: 'Group' },
      constants: { event: 'answered' },
    },
    ...['Resolved', 'Closed'].map((event) => ({
      if: `${event} time`,
      columns: { at: `${event} time`, by: 'Agent', owner: 'Agent', group: 'Group' },
      constants: { event },
    })),
    ...['Resolved time', 'Closed time'].map((ended) => ({
      if: [ended, { column: 'Status', not: ['Resolved', 'Closed'] }],
      columns: { at: ['Last update time', 'Closed time', 'Resolved time'] },
      constants: { event: 'reopened' },
    })),
    {
      columns: {
        at: ['Last update time', 'Closed time', 'Resolved time', 'Created time'],
        event: 'Status',
        owner: 'Agent',
        group: 'Group',
      },
    },
  ],
  case: { column: 'Ticket ID', prefix: 'freshdesk-' },
  time: { column: 'at', format: ['yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd HH:mm', 'yyyy-MM-dd hh:mm:ss a', 'iso'] },
  activity: {
    column: 'event',
    values: {
      opened: { does: 'open' },
      answered: { does: 'agentReply' },
      reopened: { status: 'in_progress' },
      Open: 'nothing',
      Pending: { status: 'waiting_customer' },
      'Waiting on Customer': { status: 'waiting_customer' },
      'Waiting on Third Party': { status: 'in_progress', tag: 'waiting-on-third-party' },
      Resolved: { status: 'resolved' },
      Closed: { status: 'closed', reason: 'solved' },
    },
    otherwise: 'nothing',
  },
  actor: { id: 'by', kind: 'agent' },
  customer: { id: 'contact', name: 'Full name', email: 'Email' },
  assignee: { id: 'owner' },
  team: { column: 'group' },
  category: { column: 'Type' },
  language: { column: 'Language' },
  ...priority('Priority'),
  channel: {
    column: 'Source',
    values: { Email: 'email', Portal: 'web', Phone: 'phone', Chat: 'chat', 'Feedback Widget': 'web' },
    otherwise: 'other',
  },
  subject: '{Subject}',
  body: 'Ticket {Ticket ID}, imported without the words in which it was reported.[\nSubject: {Subject}][\nProduct: {Product}][\nCompany: {Company Name}]',
  tags: [{ column: 'Tags', list: true }],
}

/** The time of the last post of a Discourse topic, if given. */
const lastPost = ['last_posted_at', 'created_at']

/**
 * A topic of a Discourse forum (`/t/<id>.json`), one document or line each. The author of the topic is the customer;
 * staff are agents, and other members third persons. The accepted answer resolves it. Even with later posts, an accepted topic ends as
 * resolved, and a closed or archived one as closed.
 */
const discourse: MappingInput = {
  name: 'discourse',
  optional: names(
    'post_stream.posts.accepted_answer, tags, details.created_by.name, post_stream.posts.name',
    'post_stream.posts.action_code, category_id, accepted_answer, closed, archived, last_posted_at',
    'locale, post_stream.posts.locale, post_stream.posts.staff, post_stream.posts.moderator, post_stream.posts.admin',
    'post_stream.posts.user_id',
  ),
  columns: { language: ['locale', 'post_stream.posts.locale'] },
  html: ['said'],
  rows: [
    {
      unwind: 'post_stream.posts',
      columns: {
        at: 'post_stream.posts.created_at',
        by: 'post_stream.posts.username',
        by_name: 'post_stream.posts.name',
        by_account: 'post_stream.posts.user_id',
        is_staff: 'post_stream.posts.staff',
        is_moderator: 'post_stream.posts.moderator',
        is_admin: 'post_stream.posts.admin',
        is_member: ['post_stream.posts.staff', 'post_stream.posts.moderator', 'post_stream.posts.admin'],
        said: 'post_stream.posts.cooked',
        entry: 'post_stream.posts.id',
      },
      constants: { event: 'post' },
      if: { column: 'post_stream.posts.post_type', is: ['1'] },
    },
    {
      unwind: 'post_stream.posts',
      if: { column: 'post_stream.posts.accepted_answer', is: ['true'] },
      columns: { at: 'post_stream.posts.created_at', entry: 'post_stream.posts.id' },
      constants: { event: 'accepted' },
    },
    {
      unwind: 'post_stream.posts',
      if: {
        column: 'post_stream.posts.action_code',
        is: ['closed.enabled', 'autoclosed.enabled', 'closed.disabled', 'autoclosed.disabled'],
      },
      columns: {
        at: 'post_stream.posts.created_at',
        by: 'post_stream.posts.username',
        by_name: 'post_stream.posts.name',
        entry: 'post_stream.posts.id',
        event: 'post_stream.posts.action_code',
      },
    },
    { if: 'accepted_answer', columns: { at: lastPost }, constants: { event: 'accepted' } },
    ...['closed', 'archived'].map((end) => ({
      if: { column: end, is: ['true'] },
      last: true,
      columns: { at: lastPost },
      constants: { event: 'closed' },
    })),
  ],
  case: { column: 'id', prefix: 'topic-' },
  time: { column: 'at', format: 'iso' },
  identity: ['entry'],
  activity: {
    column: 'event',
    values: {
      post: { does: 'reply' },
      accepted: { status: 'resolved' },
      closed: { status: 'closed' },
      'closed.enabled': { status: 'closed' },
      'autoclosed.enabled': { status: 'closed' },
      'closed.disabled': { status: 'in_progress' },
      'autoclosed.disabled': { status: 'in_progress' },
    },
  },
  actor: {
    id: 'by',
    name: 'by_name',
    role: [
      { column: 'by_account', values: { '-1': 'automatic', '-2': 'automatic' } },
      { column: 'is_staff', values: { true: 'agent' } },
      { column: 'is_moderator', values: { true: 'agent' } },
      { column: 'is_admin', values: { true: 'agent' } },
      { column: 'is_member', otherwise: 'other' },
    ],
  },
  customer: { id: 'details.created_by.username', name: 'details.created_by.name' },
  language: { column: 'language' },
  subject: '{title}',
  body: '{said}',
  text: '{said}',
  tags: [{ column: 'tags', list: true }],
}

/**
 * A mailbox in the format mbox. The author of the first mail of a thread is its customer; what neither they nor the desk have
 * written, what the desk has not written to them, and what a program has answered is a note.
 */
const mbox: MappingInput = {
  name: 'mbox',
  columns: { words: ['text', 'subject'] },
  case: { column: 'thread', prefix: 'mail-' },
  time: { column: 'date', format: 'iso' },
  identity: ['message_id'],
  activity: {
    column: 'sender',
    values: {
      customer: { does: 'customerReply' },
      agent: { does: 'agentReply' },
      internal: { does: 'addNote' },
      other: { does: 'reply' },
      automatic: { does: 'reply' },
    },
  },
  actor: {
    id: 'from',
    name: 'from_name',
    email: 'from',
    role: { column: 'sender', values: { other: 'other', automatic: 'automatic' } },
  },
  customer: { id: 'customer', name: 'customer_name', email: 'customer' },
  constants: { channel: 'email' },
  language: { column: 'language' },
  channel: { column: 'channel', values: { email: 'email' } },
  subject: '{subject}',
  body: '{words}[\n\nAttachments: {attachments}]',
  text: '{words}[\n\nAttachments: {attachments}]',
}

/** The built-in mappings by name. */
export const builtInMappings: Readonly<Record<string, MappingInput>> = {
  servicenow,
  zendesk,
  zammad,
  freshdesk,
  discourse,
  mbox,
}

/** Returns the built-in mapping of a name, or reads the mapping of a JSON file.
 * @throws Fault `mapping_unknown`, `mapping_unreadable` or `mapping_invalid`, which names the faulty field. */
export async function findMapping(nameOrFile: string): Promise<Mapping> {
  if (Object.hasOwn(builtInMappings, nameOrFile)) return parseMapping(builtInMappings[nameOrFile], nameOrFile)
  if (!nameOrFile.endsWith('.json')) {
    throw new ImportFault('mapping_unknown', `no mapping is called ${nameOrFile}`, {
      next: `use one of ${Object.keys(builtInMappings).join(', ')}, or a .json file`,
    })
  }
  return parseMapping(await readJson(nameOrFile), nameOrFile)
}

/** Checks a mapping and fills in its defaults.
 * @throws Fault `mapping_invalid`, which names the faulty field and its allowed values. */
export function parseMapping(value: unknown, source: string): Mapping {
  const parsed = mappingSchema.safeParse(extended(value, source), describeIssue)
  if (parsed.success) return parsed.data
  throw new ImportFault('mapping_invalid', `${source}: ${inWords(parsed.error.issues)}`)
}

/** Adds to a mapping that `extends` a built-in one all fields of that one which it does not define itself. */
function extended(value: unknown, source: string): unknown {
  if (typeof value !== 'object' || value === null || !('extends' in value)) return value
  const { extends: base, ...fields } = value
  if (typeof base === 'string' && Object.hasOwn(builtInMappings, base)) return { ...builtInMappings[base], ...fields }
  throw new ImportFault(
    'mapping_invalid',
    `${source}: extends: must be one of ${Object.keys(builtInMappings).join(', ')}`,
  )
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : 'cannot be read'
    throw new ImportFault('mapping_unreadable', `the mapping ${file} ${reason}`, { cause })
  }
}

/** Describes the first fault of a mapping: the path of the field, and its allowed values. */
function inWords(issues: readonly z.core.$ZodIssue[]): string {
  const [{ path, message } = { path: [], message: 'is not valid' }] = issues.flatMap(placesOf)
  return `${path.join('.') || 'the mapping'}: ${message}`
}
