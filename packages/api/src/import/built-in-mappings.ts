import type { MappingInput } from './mapping.ts'
import { servicenow } from './servicenow.ts'

/** Names in lists that are read rather than looked through. */
const names = (...lists: readonly string[]): string[] => lists.flatMap((list) => list.split(', '))

const priority = (column: string): Pick<MappingInput, 'priority'> => ({
  priority: {
    column,
    values: {
      low: 'low',
      normal: 'normal',
      high: 'high',
      urgent: 'urgent',
      Low: 'low',
      Medium: 'normal',
      High: 'high',
      Urgent: 'urgent',
      '1 low': 'low',
      '2 normal': 'normal',
      '3 high': 'high',
    },
    otherwise: 'normal',
  },
})

const finalPeople = {
  final_assignee: ['assignee.id', 'assignee_id'],
  final_assignee_name: 'assignee.name',
  final_assignee_email: 'assignee.email',
  final_team: ['group.name', 'group_id'],
}

/**
 * Zendesk's tickets, one JSON object each, as the full export writes them (with comments and people), or pages of the incremental
 * export (`{"tickets": […]}`, without them). A ticket opens with its description; the first comment repeats it. The status,
 * the assignee and the group are those of the last update, and count from then on.
 */
const zendesk: MappingInput = {
  name: 'zendesk',
  json: { records: 'tickets' },
  columns: { customer: ['requester.id', 'requester_id'], title: ['subject', 'raw_subject'] },
  optional: names(
    'comments, assignee.id, assignee.name, assignee.email, group.name, metric_set.solved_at, tags',
    'priority, requester.name, requester.email, submitter.name, subject, raw_subject, via.channel',
    'description, comments.id, comments.created_at, comments.author_id, comments.author.name',
    'comments.plain_body, comments.public',
  ),
  rows: [
    {
      columns: {
        at: 'created_at',
        by: ['requester.id', 'requester_id'],
        opener: ['submitter.id', 'submitter_id'],
        opener_name: 'submitter.name',
        said: ['description', 'subject', 'raw_subject'],
      },
      constants: { event: 'opened' },
    },
    {
      unwind: 'comments',
      skip: 1,
      columns: {
        at: 'comments.created_at',
        by: 'comments.author_id',
        by_name: 'comments.author.name',
        said: ['comments.plain_body', 'comments.body'],
        event: 'comments.public',
        entry: 'comments.id',
      },
    },
    {
      if: 'metric_set.solved_at',
      columns: { at: 'metric_set.solved_at', ...finalPeople },
      constants: { event: 'solved' },
    },
    {
      columns: {
        at: 'updated_at',
        event: 'status',
        ...finalPeople,
      },
    },
  ],
  case: { column: 'id', prefix: 'zendesk-' },
  time: { column: 'at', format: 'iso' },
  identity: ['entry'],
  activity: {
    column: 'event',
    values: {
      opened: { does: 'open' },
      true: { does: 'reply' },
      false: { does: 'addNote' },
      new: 'nothing',
      open: { status: 'in_progress' },
      pending: { status: 'waiting_customer' },
      hold: { status: 'in_progress', tag: 'on-hold' },
      solved: { status: 'resolved' },
      closed: { status: 'closed' },
      deleted: { status: 'closed', reason: 'other' },
    },
  },
  actor: { id: 'by', name: 'by_name' },
  openedBy: { id: 'opener', name: 'opener_name' },
  customer: { id: 'customer', name: 'requester.name', email: 'requester.email' },
  assignee: { id: 'final_assignee', name: 'final_assignee_name', email: 'final_assignee_email' },
  team: { column: 'final_team' },
  ...priority('priority'),
  channel: {
    column: 'via.channel',
    values: {
      web: 'web',
      email: 'email',
      api: 'api',
      chat: 'chat',
      native_messaging: 'chat',
      phone: 'phone',
      voice: 'phone',
    },
    otherwise: 'other',
  },
  subject: '{title}',
  body: '{said}',
  text: '{said}',
  tags: [{ column: 'tags', list: true }],
}

/**
 * Zammad's tickets (`/api/v1/tickets?expand=true`), each with the articles of `/api/v1/ticket_articles/by_ticket/<id>?expand=true`
 * under `articles`. State, owner and group are those of the last update, and count from then on.
 */
const zammad: MappingInput = {
  name: 'zammad',
  missing: ['', '-'],
  optional: names(
    'articles, close_at, owner, organization, articles.id, articles.created_at, articles.created_by',
    'articles.body, articles.content_type, articles.internal, articles.sender',
  ),
  html: [{ column: 'said', if: { column: 'said_in', value: 'text/html' } }],
  rows: [
    {
      unwind: 'articles',
      columns: {
        at: 'articles.created_at',
        by: ['articles.origin_by', 'articles.created_by'],
        said: 'articles.body',
        said_in: 'articles.content_type',
        entry: 'articles.id',
        event: 'articles.sender',
      },
      if: { column: 'articles.internal', not: ['true'] },
    },
    {
      unwind: 'articles',
      columns: {
        at: 'articles.created_at',
        by: 'articles.created_by',
        said: 'articles.body',
        said_in: 'articles.content_type',
        entry: 'articles.id',
      },
      constants: { event: 'note' },
      if: { column: 'articles.internal', is: ['true'] },
    },
    {
      if: 'close_at',
      columns: { at: 'close_at', final_owner: 'owner', final_group: 'group' },
      constants: { event: 'solved' },
    },
    { columns: { at: 'updated_at', event: 'state', final_owner: 'owner', final_group: 'group' } },
  ],
  case: { column: 'number', prefix: 'zammad-' },
  time: { column: 'at', format: 'iso' },
  openedAt: { column: 'created_at', format: 'iso' },
  identity: ['entry'],
  activity: {
    column: 'event',
    values: {
      Customer: { does: 'customerReply' },
      Agent: { does: 'agentReply' },
      System: { does: 'addNote' },
      note: { does: 'addNote' },
      new: 'nothing',
      open: { status: 'in_progress' },
      'pending reminder': { status: 'waiting_customer' },
      'pending close': { status: 'resolved' },
      solved: { status: 'resolved' },
      closed: { status: 'closed' },
      merged: { status: 'closed', reason: 'duplicate' },
      removed: { status: 'closed', reason: 'other' },
    },
  },
  actor: { id: 'by' },
  customer: { id: 'customer', email: 'customer' },
  assignee: { id: 'final_owner' },
  team: { column: 'final_group' },
  ...priority('priority'),
  subject: '{title}',
  body: '{said}',
  text: '{said}',
}

/**
 * Freshdesk's export of tickets as CSV: one line for each ticket, with the times at which it was opened, first answered,
 * resolved, closed and last changed. It holds no words, and no zone: times are those of the account.
 */
const freshdesk: MappingInput = {
  name: 'freshdesk',
  missing: ['', 'No Agent', 'No Group', '--'],
  optional: names(
    'Subject, Type, Source, Priority, Agent, Group, Tags, Initial response time, Resolved time',
    'Closed time, Contact ID, Full name, Email, Last update time, Product, Company Name',
  ),
  columns: { contact: ['Contact ID', 'Email', 'Full name'] },
  rows: [
    { columns: { at: 'Created time' }, constants: { event: 'opened' } },
    {
      if: 'Initial response time',
      columns: { at: 'Initial response time', by: 'Agent', owner: 'Agent', group: 'Group' },
      constants: { event: 'answered' },
    },
    { if: 'Resolved time', columns: { at: 'Resolved time', by: 'Agent' }, constants: { event: 'Resolved' } },
    { if: 'Closed time', columns: { at: 'Closed time', by: 'Agent' }, constants: { event: 'Closed' } },
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
      Open: 'nothing',
      Pending: { status: 'waiting_customer' },
      'Waiting on Customer': { status: 'waiting_customer' },
      'Waiting on Third Party': { status: 'in_progress', tag: 'waiting-on-third-party' },
      Resolved: { status: 'resolved' },
      Closed: { status: 'closed' },
    },
    otherwise: 'nothing',
  },
  actor: { id: 'by', kind: 'agent' },
  customer: { id: 'contact', name: 'Full name', email: 'Email' },
  assignee: { id: 'owner' },
  team: { column: 'group' },
  category: { column: 'Type' },
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

/**
 * A topic of a Discourse forum (`/t/<id>.json`), one document or line each: whoever asked is the customer, whoever else replied an
 * agent. The answer that was accepted resolves it.
 */
const discourse: MappingInput = {
  name: 'discourse',
  optional: names(
    'post_stream.posts.accepted_answer, tags, details.created_by.name, post_stream.posts.name',
    'post_stream.posts.action_code, category_id',
  ),
  html: ['said'],
  rows: [
    {
      unwind: 'post_stream.posts',
      columns: {
        at: 'post_stream.posts.created_at',
        by: 'post_stream.posts.username',
        by_name: 'post_stream.posts.name',
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
  ],
  case: { column: 'id', prefix: 'topic-' },
  time: { column: 'at', format: 'iso' },
  identity: ['entry'],
  activity: { column: 'event', values: { post: { does: 'reply' }, accepted: { status: 'resolved' } } },
  actor: { id: 'by', name: 'by_name' },
  customer: { id: 'details.created_by.username', name: 'details.created_by.name' },
  subject: '{title}',
  body: '{said}',
  text: '{said}',
  tags: [{ column: 'tags', list: true }],
}

/**
 * A mailbox in the format mbox. Who began a thread is its customer, whoever else writes an agent, unless the mapping names the
 * addresses of the desk: then somebody else's mail is a note.
 */
const mbox: MappingInput = {
  name: 'mbox',
  columns: { words: ['text', 'subject', 'message_id'] },
  case: { column: 'thread', prefix: 'mail-' },
  time: { column: 'date', format: 'iso' },
  identity: ['message_id'],
  activity: {
    column: 'sender',
    values: { customer: { does: 'customerReply' }, agent: { does: 'agentReply' }, other: { does: 'addNote' } },
  },
  actor: { id: 'from', name: 'from_name', email: 'from' },
  customer: { id: 'customer', name: 'customer_name', email: 'customer' },
  constants: { channel: 'email' },
  channel: { column: 'channel', values: { email: 'email' } },
  subject: '{subject}',
  body: '{words}[\n\nAttachments: {attachments}]',
  text: '{words}[\n\nAttachments: {attachments}]',
}

/** The mappings that are named rather than written. */
export const builtInMappings: Readonly<Record<string, MappingInput>> = {
  servicenow,
  zendesk,
  zammad,
  freshdesk,
  discourse,
  mbox,
}
