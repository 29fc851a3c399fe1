const shape =
  /^esdb(?<discover>\+discover)?:\/\/(?:(?<user>[^\s:@/?]+):(?<password>[^\s@/?]+)@)?(?<hosts>[\w.-]+(?::\d{1,5})?(?:,[\w.-]+(?::\d{1,5})?)*)\/?(?:\?(?<options>\S+))?$/

const aNumber = /^-?\d{1,9}$/
const aTruth = /^(?:true|false)$/
const anything = /^.+$/

/** What may stand behind the question mark, and which values it takes: what the client understands, and `streamPrefix`. */
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

/** A connection string, taken apart. */
export type Address = {
  readonly discover: boolean
  readonly hosts: readonly { readonly address: string; readonly port: number }[]
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly options: Readonly<Record<string, string>>
}

/**
 * What is wrong with a connection string of EventStoreDB, in words that repeat no password; undefined when nothing is.
 * The client would only warn of some of it, and print the string as it does.
 */
export function eventStoreUrlFault(url: string): string | undefined {
  const address = parseAddress(url)
  return typeof address === 'string' ? address : undefined
}

/** Takes a connection string apart; answers with what is wrong with it where that cannot be done. */
export function parseAddress(url: string): Address | string {
  const { groups } = shape.exec(url) ?? {}
  if (!groups) return 'must be of the form esdb://user:password@host:2113?tls=true, its password URL-encoded'
  const given: Record<string, string> = {}
  for (const option of groups['options']?.split('&') ?? []) {
    const [name = '', value = ''] = option.split('=')
    if (name === 'tlsVerifyCert') return 'cannot switch off tlsVerifyCert: give tlsCAFile instead'
    const allowed = options[name]
    if (!allowed) return `has an unknown option: ${name.slice(0, 40)}`
    const text = decoded(value)
    if (text === undefined || !allowed.test(text)) return `has a value that cannot be for the option ${name}`
    given[name] = text
  }
  const [username, password] = [decoded(groups['user'] ?? ''), decoded(groups['password'] ?? '')]
  if (username === undefined || password === undefined) return 'has a user or a password that is not URL-encoded'
  const hosts = (groups['hosts'] ?? '').split(',').map((host) => {
    const [address = '', port = '2113'] = host.split(':')
    return { address, port: Number(port) }
  })
  const credentials = username === '' ? undefined : { username, password }
  return { discover: groups['discover'] !== undefined, hosts, credentials, options: given }
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
