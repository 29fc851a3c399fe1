import { speaksTls } from '@guichet/eventstore'
import type { Connection } from '@temporalio/client'
import type { TemporalAddress } from './temporal-connection.ts'
import type { Trouble } from './trouble.ts'
import { troubleOf } from './trouble.ts'

const patienceMs = 5_000

/** Asks a server for the namespace. @returns the id of the namespace, or what keeps the server from being used. */
export async function examine(
  connection: Connection,
  address: TemporalAddress,
): Promise<Trouble | { readonly namespaceId: string }> {
  const { namespace } = address
  try {
    const { namespaceInfo } = await connection.withDeadline(Date.now() + patienceMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    )
    return { namespaceId: namespaceInfo?.id ?? '' }
  } catch (error) {
    const trouble = troubleOf(error) ?? { kind: 'failing', reason: String(error) }
    const unclear = /^(?:Failed to connect|Protocol error|read ECONNRESET|socket hang up)/.test(trouble.reason)
    if (unclear && !address.connection.tls && (await isEncrypted(address))) return { ...trouble, kind: 'tls_needed' }
    return trouble
  }
}

function isEncrypted({ connection: { address = '' } }: TemporalAddress): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return speaksTls(hostname.replace(/^\[|\]$/g, ''), Number(port || 7233), patienceMs)
}
