import { writeFile } from 'node:fs/promises'

const columns = [
  'number',
  'incident_state',
  'sys_mod_count',
  'made_sla',
  'caller_id',
  'opened_by',
  'opened_at',
  'sys_updated_by',
  'sys_updated_at',
  'contact_type',
  'location',
  'category',
  'subcategory',
  'u_symptom',
  'cmdb_ci',
  'priority',
  'assignment_group',
  'assigned_to',
]
const states = ['New', 'Active', 'Awaiting User Info', 'Active', 'Resolved', 'Closed']

/**
 * Writes a log of a former helpdesk in the format of ServiceNow's: six rows for each incident. Returns their number.
 */
export async function writeIncidentLog(file: string, incidents: number): Promise<number> {
  const rows = Array.from({ length: incidents }, (_, incident) =>
    states.map((state, step) => row(incident, state, step)),
  )
  await writeFile(file, [columns, ...rows.flat()].map((cells) => cells.join(',')).join('\n') + '\n')
  return incidents * states.length
}

function row(incident: number, state: string, step: number): readonly string[] {
  const opened = `${1 + (incident % 28)}/3/2016 08:00`
  const updated = `${1 + (incident % 28)}/3/2016 ${10 + step}:${String(incident % 60).padStart(2, '0')}`
  return [
    `INC${String(incident).padStart(7, '0')}`,
    state,
    String(step),
    'true',
    `Caller ${incident % 300}`,
    'Opened by 8',
    opened,
    `Updated by ${incident % 20}`,
    updated,
    'Phone',
    'Location 1',
    `Category ${incident % 30}`,
    'Subcategory 2',
    '?',
    '?',
    '3 - Moderate',
    `Group ${incident % 9}`,
    step === 0 ? '?' : `Resolver ${incident % 40}`,
  ]
}
