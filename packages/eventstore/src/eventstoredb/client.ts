import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EventStoreDBClient } from '@eventstore/db-client'
import type { ChannelCredentialOptions, NodePreference } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import service from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Channel, ClientReadableStream } from '@grpc/grpc-js'
import type { Address } from './address.ts'
import type { Place } from './position.ts'

const { ReadReq } = streams
const Query = ReadReq.Options

/** The streams of a read of all events: those with a prefix, or those whose names match an expression. */
export type StreamFilter = { readonly prefixes: string[] } | { readonly regex: string }

/** A read of all events; the event at `from` is included when reading forwards, and not when reading backwards. */
export type ReadFiltered = {
  readonly from: Place | 'start' | 'end'
  readonly limit: number
  readonly backwards?: boolean
  /** All streams without one, including those of the server. */
  readonly filter?: StreamFilter | undefined
}

/** How many events the server examines before it answers with those that pass the filter; its own default is 32. */
const searchWindow = 4_096

/**
 * The published client, with a read of all events that the server filters: the protocol has it, the client's `readAll`
 * does not.
 */
export class FilteringClient extends EventStoreDBClient {
  /**
   * One call for each append (docs/decisions/020): in the shared one a broken connection fails the appends of all
   * clients.
   */
  protected override supports = async (): Promise<boolean> => false

  /** The current channel of calls; it changes when the client turns to another node. */
  channel(): Promise<Channel> {
    return this.getChannel()
  }

  async serverVersion(): Promise<string> {
    return (await this.capabilities).serverVersion
  }

  /** Reads all events as the leader knows them. */
  readFiltered({ from, limit, backwards = false, filter }: ReadFiltered): Promise<ClientReadableStream<ReadResp>> {
    const all = new Query.AllOptions()
    if (from === 'start') all.setStart(new shared.Empty())
    else if (from === 'end') all.setEnd(new shared.Empty())
    else {
      const { commit, prepare } = from
      all.setPosition(new Query.Position().setCommitPosition(`${commit}`).setPreparePosition(`${prepare}`))
    }
    const { BACKWARDS, FORWARDS } = Query.ReadDirection
    const options = new Query()
      .setAll(all)
      .setResolveLinks(false)
      .setCount(`${limit}`)
      .setReadDirection(backwards ? BACKWARDS : FORWARDS)
      .setUuidOption(new Query.UUIDOption().setString(new shared.Empty()))
    if (filter) options.setFilter(onServer(filter))
    else options.setNoFilter(new shared.Empty())
    const request = new ReadReq().setOptions(options)
    const call = this.callArguments({ requiresLeader: true }, { deadline: Infinity })
    return this.GRPCStreamCreator(service.StreamsClient, 'readAll', (client) => client.read(request, ...call))()
  }
}

function onServer(filter: StreamFilter): InstanceType<typeof Query.FilterOptions> {
  const expression = new Query.FilterOptions.Expression()
  if ('regex' in filter) expression.setRegex(filter.regex)
  else expression.setPrefixList(filter.prefixes)
  return new Query.FilterOptions()
    .setStreamIdentifier(expression)
    .setMax(searchWindow)
    .setCheckpointintervalmultiplier(1)
}

/**
 * Creates a client for an address; it connects at its first use.
 * @throws Error, with a line for the operator, when a file of the certificates cannot be read.
 */
export function clientFor({ discover, hosts, credentials, options }: Address): FilteringClient {
  const [host = { address: '', port: 0 }] = hosts
  const channel = channelOptions(options)
  const settings = { ...numbers(options, callNumbers), ...named(options) }
  const discovery = { ...settings, ...numbers(options, discoveryNumbers), ...preferred(options) }
  const user = credentials && { ...credentials }
  if (discover) return new FilteringClient({ ...discovery, discover: host }, channel, user)
  if (hosts.length > 1) return new FilteringClient({ ...discovery, endpoints: [...hosts] }, channel, user)
  return new FilteringClient({ ...settings, endpoint: host }, channel, user)
}

type Options = Address['options']

type CallSetting = 'defaultDeadline' | 'keepAliveInterval' | 'keepAliveTimeout'
type DiscoverySetting = 'maxDiscoverAttempts' | 'discoveryInterval' | 'gossipTimeout'

const callNumbers: readonly CallSetting[] = ['defaultDeadline', 'keepAliveInterval', 'keepAliveTimeout']
const discoveryNumbers: readonly DiscoverySetting[] = ['maxDiscoverAttempts', 'discoveryInterval', 'gossipTimeout']

function numbers<K extends string>(options: Options, names: readonly K[]): { [P in K]?: number } {
  const values: { [P in K]?: number } = {}
  for (const name of names) if (options[name] !== undefined) values[name] = Number(options[name])
  return values
}

const named = ({ connectionName }: Options): { readonly connectionName?: string } =>
  connectionName === undefined ? {} : { connectionName }

const preferences: Readonly<Record<string, NodePreference>> = {
  leader: 'leader',
  follower: 'follower',
  random: 'random',
  readonlyreplica: 'read_only_replica',
}

function preferred({ nodePreference = '' }: Options): { readonly nodePreference?: NodePreference } {
  const preference = preferences[nodePreference.toLowerCase().replaceAll(/[_-]/g, '')]
  return preference === undefined ? {} : { nodePreference: preference }
}

function channelOptions({ tls, tlsCAFile, userCertFile, userKeyFile }: Options): ChannelCredentialOptions {
  if (tls === 'false') return { insecure: true }
  if ((userCertFile === undefined) !== (userKeyFile === undefined)) {
    throw new Error('a user certificate needs its key: give userCertFile and userKeyFile')
  }
  return {
    insecure: false,
    ...(tlsCAFile !== undefined && { rootCertificate: fileOf('tlsCAFile', tlsCAFile) }),
    ...(userCertFile !== undefined && { userCertFile: fileOf('userCertFile', userCertFile) }),
    ...(userKeyFile !== undefined && { userKeyFile: fileOf('userKeyFile', userKeyFile) }),
  }
}

function fileOf(option: string, path: string): Buffer {
  try {
    return readFileSync(resolve(path))
  } catch (cause) {
    throw new Error(`the file of a certificate, ${option}, cannot be read: ${path}`, { cause })
  }
}
