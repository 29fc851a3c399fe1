const shape =
  /^esdb(?<discover>\+discover)?:\/\/(?:(?<user>[^\s:@/?]+):(?<password>[^\s/?]+)@)?(?<hosts>[\w.-]+(?::\d{1,5})?(?:,[\w.-]+(?::\d{1,5})?)*)\/?(?:\?(?<options>\S+))?$/

const aNumber = /^-?\d{1,9}$/
const aTruth = /^(?:true|false)$/
const anything = /^.+$/

/** The parameters that the query of an address may have, with their values: those of the client, and `streamPrefix`. */
const options: Readonly<Record<string, RegExp>> = {
  tls: aTruth,
  tlsCAFile: anything,
  userCertFile: anything,
  userKeyFile: anything,
  connectionName: anything,
  nodePreference: /^(?:leader|follower|random|read[_-]?only[_-]?replica)$/i,
  maxDiscoverAttempts: aNumber,
  discoveryInterval: aNumber,
  gossipTimeout: aNumber,
  defaultDeadline: aNumber,
  keepAliveInterval: aNumber,
  keepAliveTimeout: aNumber,
  streamPrefix: /^[A-Za-z0-9_]{1,40}$/,
}

/** A parsed connection string. */
export type Address = {
  readonly discover: boolean
  readonly hosts: readonly { readonly address: string; readonly port: number }[]
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly options: Readonly<Record<string, string>>
}

/**
 * Describes the fault of an EventStoreDB connection string, without repeating a password; undefined when there is none.
 * The client would only warn of some faults, and print the string as it does.
 */
export function eventStoreUrlFault(url: string): string | undefined {
  const address = parseAddress(url)
  return typeof address === 'string' ? address : undefined
}

/** Parses a connection string; returns its fault where that is impossible. */
export function parseAddress(url: string): Address | string {
  const { groups } = shape.exec(url) ?? {}
  if (!groups)
    return 'must be of the form esdb://user:password@host:2113?tls=true, / and ? in its user and password URL-encoded'
  const settings: Record<string, string> = {}
  for (const option of groups['options']?.split('&') ?? []) {
    const [name = '', value = ''] = option.split('=')
    if (name === 'tlsVerifyCert') return 'cannot switch off tlsVerifyCert: give tlsCAFile instead'
    const allowed = options[name]
    if (!allowed) return `has an unknown option: ${name.slice(0, 40)}`
    const text = decoded(value)
    if (text === undefined || !allowed.test(text)) return `has a value that cannot be for the option ${name}`
    settings[name] = text
  }
  const [username, password] = [decoded(groups['user'] ?? ''), decoded(groups['password'] ?? '')]
  if (username === undefined || password === undefined) return 'has a user or a password that is not URL-encoded'
  const hosts = (groups['hosts'] ?? '').split(',').map((host) => {
    const [address = '', port = '2113'] = host.split(':')
    return { address, port: Number(port) }
  })
  const credentials = username === '' ? undefined : { username, password }
  return { discover: groups['discover'] !== undefined, hosts, credentials, options: settings }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The hosts of a connection string, without anything secret. */
export const hostsOf = (url: string): string => shape.exec(url)?.groups?.['hosts'] ?? 'an unreadable address'
