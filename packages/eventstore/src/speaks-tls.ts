import { connect } from 'node:tls'

/**
 * Whether the server at an address speaks TLS, with any certificate. A server with TLS just hangs up on a plain
 * connection.
 */
export function speaksTls(host: string, port: number, patienceMs = 5_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['h2'], timeout: patienceMs })
    const answer = (speaks: boolean) => (): void => {
      resolve(speaks)
      socket.destroy()
    }
    socket.once('secureConnect', answer(true)).once('error', answer(false))
    socket.once('timeout', answer(false)).once('close', answer(false))
  })
}
