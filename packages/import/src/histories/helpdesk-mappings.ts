import type { MappingInput } from './mapping.ts'

/** Splits comma-separated lists of names, for readable code. */
export const names = (...lists: readonly string[]): string[] => lists.flatMap((list) => list.split(', '))

/** Maps the priority column of these helpdesks. */
export const priority = (column: string): Pick<MappingInput, 'priority'> => ({
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
  final_assignee_name: ['assignee.name', 'users[assignee_id].name'],
  final_assignee_email: ['assignee.email', 'users[assignee_id].email'],
  final_team: ['group.name', 'groups[group_id].name', 'group_id'],
}

/**
 * Where the author of a comment has no role, they are of the desk, unless they are copied in and do not follow it, or the page has
 * users, and they are not among them.
 */
const commentAuthor = {
  by: 'comments.author_id',
  by_name: ['comments.author.name', 'users[comments.author_id].name'],
  by_email: ['comments.author.email', 'users[comments.author_id].email', 'comments.via.source.from.address'],
  by_role: ['comments.author.role', 'users[comments.author_id].role'],
  by_desk: ['assignee.id[comments.author_id]', 'assignee_id[comments.author_id]', 'follower_ids[comments.author_id]'],
  by_unknown: 'users[requester_id].id',
  by_copy: ['email_cc_ids[comments.author_id]', 'collaborator_ids[comments.author_id]'],
}

/** A deleted ticket is one row with a meaningless status. It is refused, and so included in the account. */
const isThere = { column: 'status', not: ['deleted'] }

/**
 * Zendesk's tickets, one JSON object each, as in the full export (with comments and people), or pages of the
 * incremental export (`{"tickets": […], "users": […]}`). A ticket opens with its description; the first comment repeats
 * it. A comment by somebody who is neither the requester nor of the desk is a note. The status, the assignee and the group are
 * those of the last update, and apply from then on. Zendesk closes only what was solved.
 */
export const zendesk: MappingInput = {
  name: 'zendesk',
  json: { records: 'tickets' },
  columns: {
    customer: ['requester.id', 'requester_id'],
    customer_name: ['requester.name', 'users[requester_id].name'],
    customer_email: ['requester.email', 'users[requester_id].email'],
    language: ['requester.locale', 'users[requester_id].locale'],
    title: ['subject', 'raw_subject'],
  },
  optional: names(
    'requester.locale, comments.author.email, comments.author.role',
    'users[requester_id].id, comments.via.source.from.address',
    'users[requester_id].name, users[requester_id].email, users[requester_id].locale, users[submitter_id].name',
    'users[assignee_id].name, users[assignee_id].email, groups[group_id].name',
    'users[comments.author_id].name, users[comments.author_id].email, users[comments.author_id].role',
    'assignee.id[comments.author_id], assignee_id[comments.author_id], follower_ids[comments.author_id]',
    'email_cc_ids[comments.author_id], collaborator_ids[comments.author_id]',
    'comments, assignee.id, assignee.name, assignee.email, group.name, metric_set.solved_at, tags',
    'priority, requester.name, requester.email, submitter.name, subject, raw_subject, via.channel',
    'description, comments.id, comments.created_at, comments.author_id, comments.author.name',
    'comments.plain_body, comments.public',
  ),
  rows: [
    {
      if: isThere,
      columns: {
        at: 'created_at',
        by: ['requester.id', 'requester_id'],
        opener: ['submitter.id', 'submitter_id'],
        opener_name: ['submitter.name', 'users[submitter_id].name'],
        said: ['description', 'subject', 'raw_subject'],
      },
      constants: { event: 'opened' },
    },
    {
      unwind: 'comments',
      skip: 1,
      if: isThere,
      columns: {
        at: 'comments.created_at',
        ...commentAuthor,
        said: ['comments.plain_body', 'comments.body'],
        event: 'comments.public',
        entry: 'comments.id',
      },
    },
    {
      if: ['metric_set.solved_at', isThere],
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
      closed: { status: 'closed', reason: 'solved' },
    },
  },
  actor: {
    id: 'by',
    name: 'by_name',
    email: 'by_email',
    role: [
      { column: 'by', values: { '-1': 'automatic' } },
      { column: 'by_role', values: { 'end-user': 'customer' }, otherwise: 'agent' },
      { column: 'by_desk', otherwise: 'agent' },
      { column: 'by_copy', otherwise: 'other' },
      { column: 'by_unknown', otherwise: 'other' },
    ],
  },
  openedBy: { id: 'opener', name: 'opener_name' },
  customer: { id: 'customer', name: 'customer_name', email: 'customer_email' },
  language: { column: 'language' },
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

const isPublic = { column: 'articles.internal', not: ['true'] }
/** A call is written down by the desk, for the customer. */
const isCall = { column: 'articles.type', is: ['phone'] }
const article = {
  at: 'articles.created_at',
  said: 'articles.body',
  said_in: 'articles.content_type',
  entry: 'articles.id',
  event: 'articles.sender',
  is_automatic: 'articles.preferences.is-auto-response',
}

/**
 * Zammad's tickets (`/api/v1/tickets?expand=true`), each with the articles of `/api/v1/ticket_articles/by_ticket/<id>?expand=true`
 * under `articles`. An article of a customer who is not the ticket's is a note. State, owner and group are those of the last
 * update, and apply from then on: what waits for a date is the desk's to take up again, and is neither chased nor closed.
 */
export const zammad: MappingInput = {
  name: 'zammad',
  missing: ['', '-'],
  optional: names(
    'articles, close_at, owner, organization, articles.id, articles.created_at, articles.created_by',
    'articles.body, articles.content_type, articles.internal, articles.sender, create_article_type, last_close_at',
    'articles.origin_by, articles.type, articles.preferences.is-auto-response, articles.detected_language',
    'pending_time',
  ),
  columns: { language: 'articles.detected_language' },
  html: [{ column: 'said', if: { column: 'said_in', value: 'text/html' } }],
  rows: [
    {
      unwind: 'articles',
      columns: { ...article, by: ['articles.origin_by', 'articles.created_by'] },
      if: [isPublic, { column: 'articles.type', not: ['phone'] }],
    },
    {
      unwind: 'articles',
      columns: { ...article, by: ['articles.origin_by', 'customer'] },
      if: [isPublic, isCall, { column: 'articles.sender', is: ['Customer'] }],
    },
    {
      unwind: 'articles',
      columns: { ...article, by: ['articles.origin_by', 'articles.created_by'] },
      if: [isPublic, isCall, { column: 'articles.sender', not: ['Customer'] }],
    },
    {
      unwind: 'articles',
      columns: {
        at: 'articles.created_at',
        by: 'articles.created_by',
        said: 'articles.body',
        said_in: 'articles.content_type',
        entry: 'articles.id',
        noted_by: 'articles.sender',
      },
      constants: { event: 'note' },
      if: { column: 'articles.internal', is: ['true'] },
    },
    ...['close_at', 'last_close_at'].map((closed) => ({
      if: closed,
      columns: { at: closed, final_owner: 'owner', final_group: 'group' },
      constants: { event: 'solved' },
    })),
    {
      if: ['pending_time', { column: 'state', is: ['pending reminder', 'pending close'] }],
      columns: { at: 'updated_at', until: 'pending_time' },
      constants: { event: 'pending' },
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
      pending: { does: 'addNote' },
      'pending reminder': { status: 'in_progress', tag: 'pending-reminder' },
      'pending close': { status: 'in_progress', tag: 'pending-close' },
      solved: { status: 'resolved' },
      closed: { status: 'closed', reason: 'solved' },
      merged: { status: 'closed', reason: 'duplicate' },
      removed: { status: 'closed', reason: 'other' },
    },
  },
  actor: {
    id: 'by',
    role: [
      { column: 'is_automatic', values: { true: 'automatic' } },
      { column: 'event', values: { Customer: 'customer', Agent: 'agent' } },
      { column: 'noted_by', values: { Customer: 'customer', Agent: 'agent' } },
    ],
  },
  customer: { id: 'customer', email: 'customer' },
  language: { column: 'language' },
  assignee: { id: 'final_owner' },
  team: { column: 'final_group' },
  ...priority('priority'),
  channel: {
    column: 'create_article_type',
    values: { email: 'email', web: 'web', phone: 'phone', chat: 'chat' },
    otherwise: 'other',
  },
  subject: '{title}',
  body: '{said}',
  text: '[{said}][Pending until {until}]',
}

/**
 * ServiceNow's incident event log. Only values that change from row to row are imported: `resolved_at`, `closed_at`,
 * `closed_code` and `resolved_by` have the final value on every row, and would put later facts into earlier events.
 */
export const servicenow: MappingInput = {
  name: 'servicenow',
  missing: ['', '?'],
  case: { column: 'number' },
  time: { column: 'sys_updated_at', format: 'd/M/yyyy HH:mm', zone: 'UTC', toleranceMinutes: 120 },
  openedAt: { column: 'opened_at', format: 'd/M/yyyy HH:mm', zone: 'UTC' },
  identity: ['sys_mod_count'],
  activity: {
    column: 'incident_state',
    values: {
      New: { status: 'new' },
      Active: { status: 'in_progress' },
      'Awaiting User Info': { status: 'waiting_customer' },
      'Awaiting Problem': { status: 'in_progress', tag: 'awaiting-problem' },
      'Awaiting Vendor': { status: 'in_progress', tag: 'awaiting-vendor' },
      'Awaiting Evidence': { status: 'in_progress', tag: 'awaiting-evidence' },
      Resolved: { status: 'resolved' },
      Closed: { status: 'closed' },
    },
  },
  actor: { id: 'sys_updated_by', kind: 'agent' },
  openedBy: { id: 'opened_by' },
  customer: { id: 'caller_id', missing: 'unknown caller' },
  assignee: { id: 'assigned_to', missingMeans: 'unassigned' },
  team: { column: 'assignment_group' },
  priority: {
    column: 'priority',
    values: { '1 - Critical': 'urgent', '2 - High': 'high', '3 - Moderate': 'normal', '4 - Low': 'low' },
  },
  category: { column: 'category' },
  channel: {
    column: 'contact_type',
    values: { Phone: 'phone', IVR: 'phone', Email: 'email', 'Self service': 'web' },
    otherwise: 'other',
  },
  language: 'en',
  subject: '{number}[: {category}][ / {subcategory}][ / {u_symptom}]',
  body:
    'Incident {number}, imported without the words in which it was reported.' +
    '[\nReported by: {contact_type}][\nCategory: {category}][\nSubcategory: {subcategory}][\nSymptom: {u_symptom}]' +
    '[\nLocation: {location}][\nConfiguration item: {cmdb_ci}]',
  tags: [{ column: 'made_sla', value: 'false', tag: 'sla-missed' }],
}
