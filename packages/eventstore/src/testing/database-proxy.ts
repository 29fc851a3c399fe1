import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A TCP proxy before a database, which can lose requests and answers, and cut connections. */
export type DatabaseProxy = {
  readonly url: string
  /** Loses every answer from now on, until `cut`. */
  swallowAnswers(): void
  /** Resolves when a request with this text has come, which is kept from the database, as is all that follows on its connection. */
  holdBack(text: string): Promise<void>
  /** Ends every connection. */
  cut(): void
  close(): Promise<void>
}

/** Opens a proxy on a free port of this machine before the database at a URL; what comes goes through until it is told otherwise. */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const sockets = new Set<Socket>()
  let swallowing = false
  let held: { readonly text: string; readonly come: () => void } | undefined

  const server = createServer((client) => {
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => void sockets.delete(socket))
    }
    let holding = false
    client.on('data', (chunk) => {
      if (held && chunk.includes(held.text)) {
        holding = true
        held.come()
      }
      if (!holding) upstream.write(chunk)
    })
    client.on('end', () => upstream.end())
    upstream.on('data', (chunk) => swallowing || client.write(chunk)).on('end', () => client.end())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url.port = String((server.address() as AddressInfo).port)

  const cut = (): void => {
    swallowing = false
    held = undefined
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    swallowAnswers: () => void (swallowing = true),
    holdBack: (text) => new Promise((come) => void (held = { text, come })),
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
