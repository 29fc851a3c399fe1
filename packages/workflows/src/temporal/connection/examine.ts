import type { Connection } from '@temporalio/client'
import { connect } from 'node:tls'
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
    if (unclear && !address.connection.tls && (await speaksTls(address))) return { ...trouble, kind: 'tls_needed' }
    return trouble
  }
}

/** Whether there is TLS at an address: without it such a server just hangs up. */
function speaksTls({ connection: { address = '' } }: TemporalAddress): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 7233),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      timeout: patienceMs,
    })
    const answer = (speaks: boolean) => (): void => {
      resolve(speaks)
      socket.destroy()
    }
    socket.once('secureConnect', answer(true)).once('error', answer(false)).once('timeout', answer(false))
    socket.once('close', answer(false))
  })
}
