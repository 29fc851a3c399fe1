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
  final_assignee_name: 'assignee.name',
  final_assignee_email: 'assignee.email',
  final_team: ['group.name', 'group_id'],
}

/** A deleted ticket is one row with a meaningless status. It is refused, and so included in the account. */
const isThere = { column: 'status', not: ['deleted'] }

/**
 * Zendesk's tickets, one JSON object each, as in the full export (with comments and people), or pages of the
 * incremental export (`{"tickets": […]}`, without them). A ticket opens with its description; the first comment repeats
 * it. The status, the assignee and the group are those of the last update, and apply from then on.
 */
export const zendesk: MappingInput = {
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
      if: isThere,
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
      if: isThere,
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
      closed: { status: 'closed' },
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
 * under `articles`. State, owner and group are those of the last update, and apply from then on.
 */
export const zammad: MappingInput = {
  name: 'zammad',
  missing: ['', '-'],
  optional: names(
    'articles, close_at, owner, organization, articles.id, articles.created_at, articles.created_by',
    'articles.body, articles.content_type, articles.internal, articles.sender, create_article_type',
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
  channel: {
    column: 'create_article_type',
    values: { email: 'email', web: 'web', phone: 'phone', chat: 'chat' },
    otherwise: 'other',
  },
  subject: '{title}',
  body: '{said}',
  text: '{said}',
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
