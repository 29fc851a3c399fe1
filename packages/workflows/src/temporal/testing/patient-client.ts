import type { Client } from '@temporalio/client'

const anHour = 3_600_000

/** A client whose calls go on for an hour, whatever deadline they are given: they end sooner only when they are broken off. */
export function patientClient(client: Client): Client {
  const withDeadline = client.withDeadline.bind(client)
  client.withDeadline = (_, call) => withDeadline(Date.now() + anHour, call)
  return client
}
