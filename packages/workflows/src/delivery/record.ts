import type { Delivery } from './delivery.ts'

/** Records deliveries that are not there yet; its one parameter is their rows as JSON. */
export const recordDeliveries = `
  insert into guichet_workflows.delivery (key, id, channel, kind, recipient_id, content)
  select key, id, channel, kind, recipient_id, content
  from json_to_recordset($1::json) as r (key text, id text, channel text, kind text, recipient_id text, content json)
  order by key
  on conflict (key) do nothing`

/** Deliveries as `recordDeliveries` takes them. */
export const deliveryRows = (deliveries: readonly Delivery[]): string =>
  JSON.stringify(deliveries.map(({ recipientId, ...rest }) => ({ ...rest, recipient_id: recipientId })))
