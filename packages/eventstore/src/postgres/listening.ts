import pg from 'pg'
import { pauseAfter } from '../retry.ts'

const reconnectMs = { first: 100, last: 5_000 }

/** A connection that hears the notifications of a channel. */
export type Listening = { close(): Promise<void> }

type ListeningOptions = {
  readonly connection: pg.ClientConfig
  readonly channel: string
  readonly onNotification: (payload: string) => void
  /** Called whenever it has begun to listen: what was sent before was not heard. */
  readonly onListening: () => void
  /** Called whenever the connection is lost, or could not be opened. */
  readonly onLost?: () => void
}

/** Listens on a connection of its own, which reconnects for ever, until it is closed. Starts at once. */
export function startListening({
  connection,
  channel,
  onNotification,
  onListening,
  onLost,
}: ListeningOptions): Listening {
  let reconnect: NodeJS.Timeout | undefined
  let listener: pg.Client | undefined
  let closed = false

  const listen = async (failures: number): Promise<void> => {
    const client = new pg.Client({ ...connection, keepAlive: true })
    listener = client
    const again = (): void => {
      if (closed || listener !== client) return
      listener = undefined
      onLost?.()
      void client.end().catch(() => undefined)
      reconnect = setTimeout(() => void listen(failures), pauseAfter(++failures, reconnectMs))
      reconnect.unref()
    }
    client.once('error', again).on('error', () => undefined)
    client.once('end', again)
    client.on('notification', ({ payload }) => onNotification(payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      failures = 0
      onListening()
    } catch {
      again()
    }
  }
  void listen(0)

  return {
    close: async () => {
      closed = true
      clearTimeout(reconnect)
      await listener?.end().catch(() => undefined)
    },
  }
}
