import type { MappingInput } from './mapping.ts'

/**
 * ServiceNow's incident event log. Only what changes from row to row is replayed: `resolved_at`, `closed_at`,
 * `closed_code` and `resolved_by` hold the final value on every row and would tell the past what came later.
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
