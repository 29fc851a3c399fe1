import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import type { ClusterInfo as Members } from '@eventstore/db-client/generated/gossip_pb.js'
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js'
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import supported from '@eventstore/db-client/generated/serverfeatures_pb.js'
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { handleUnaryCall } from '@grpc/grpc-js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Subscriptions, Traffic } from './calls.ts'
import { appendCall, readCall } from './calls.ts'
import type { EventLog, Faults } from './event-log.ts'
import { createEventLog, noFaults } from './event-log.ts'

/**
 * A server in this process that speaks the protocol of EventStoreDB as far as the store needs it; it persists nothing.
 */
export type EventStoreServer = {
  /** The connection string. */
  readonly url: string
  readonly port: number
  readonly log: EventLog
  readonly faults: Faults
  /** The cost of reads so far, without subscriptions. */
  readonly traffic: Readonly<Traffic>
  /** How many subscriptions were opened so far. */
  subscribed(): number
  /** Ends every subscription: with an error, or quietly as some proxies do. */
  dropSubscriptions(how: 'with an error' | 'quietly'): void
  /** Breaks every connection and takes no more. */
  stop(): Promise<void>
}

/** How the server for tests is started. */
export type EventStoreServerOptions = {
  /** Any free port by default. */
  readonly port?: number
  /** The log of a stopped server, or of the leader; a new one by default. */
  readonly log?: EventLog
  /** 23.10.0 by default; undefined for a server that does not report one. */
  readonly version?: string | undefined
  /** In PEM; without it the server uses no TLS. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** Starts it. */
export async function startServer(options: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const { log = createEventLog({ links: true }), port: wanted = 0, tls } = options
  const pair = tls && { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }
  const credentials = pair ? ServerCredentials.createSsl(null, [pair]) : ServerCredentials.createInsecure()
  const version = 'version' in options ? options.version : '23.10.0.0'
  const faults = noFaults()
  const subscriptions: Subscriptions = { open: new Set(), ever: 0 }
  const traffic: Traffic = { reads: 0, events: 0 }
  const server = new Server()
  server.addService(streams.StreamsService, {
    read: readCall(log, faults, subscriptions, traffic),
    append: appendCall(log, faults),
  })
  server.addService(gossip.GossipService, { read: gossipCall(faults, () => port) })
  if (version !== undefined) {
    server.addService(features.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: (error: null, value: unknown) => void) =>
        answer(null, new supported.SupportedMethods().setEventStoreServerVersion(version)),
    })
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${wanted}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return {
    url: `esdb://127.0.0.1:${port}?tls=${tls !== undefined}`,
    port,
    log,
    faults,
    traffic,
    subscribed: () => subscriptions.ever,
    dropSubscriptions: (how) => {
      for (const subscription of subscriptions.open) subscription.drop(how === 'quietly')
    },
    stop: async () => server.forceShutdown(),
  }
}

const { ClusterInfo, EndPoint, MemberInfo } = gossipMessages
type State = (typeof MemberInfo.VNodeState)['LEADER' | 'FOLLOWER']

/** `Gossip.Read`: this node, and its leader if it has one. */
function gossipCall(faults: Faults, port: () => number): handleUnaryCall<Empty, Members> {
  return (_, answer) => {
    const { LEADER, FOLLOWER } = MemberInfo.VNodeState
    const { leader } = faults
    const members = leader
      ? [member('127.0.0.1', port(), FOLLOWER), member(leader.host, leader.port, LEADER)]
      : [member('127.0.0.1', port(), LEADER)]
    answer(null, new ClusterInfo().setMembersList(members))
  }
}

const member = (host: string, port: number, state: State): InstanceType<typeof MemberInfo> =>
  new MemberInfo()
    .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
    .setTimeStamp('0')
    .setState(state)
    .setIsAlive(true)
    .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port))
