const shape =
  /^esdb(?:\+discover)?:\/\/(?:[^\s:@/?]+:[^\s@/?]+@)?(?<hosts>[\w.-]+(?::\d{1,5})?(?:,[\w.-]+(?::\d{1,5})?)*)\/?(?:\?(?<options>\S+))?$/

const aNumber = /^-?\d{1,9}$/
const aTruth = /^(?:true|false)$/
const anything = /^.+$/

/** What the client understands behind the question mark, and which values it takes. */
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
}

/**
 * What is wrong with a connection string of EventStoreDB, in words that repeat no password; undefined when nothing is.
 * The client would only warn of some of it, and print the string as it does.
 */
export function eventStoreUrlFault(url: string): string | undefined {
  const { groups } = shape.exec(url) ?? {}
  if (!groups) return 'must be of the form esdb://user:password@host:2113?tls=true, its password URL-encoded'
  for (const option of groups['options']?.split('&') ?? []) {
    const [name = '', value = ''] = option.split('=')
    if (name === 'tlsVerifyCert') return 'cannot switch off tlsVerifyCert: give tlsCAFile instead'
    const allowed = options[name]
    if (!allowed) return `has an unknown option: ${name.slice(0, 40)}`
    if (!allowed.test(value)) return `has a value that cannot be for the option ${name}`
  }
  return undefined
}

/** The hosts of a connection string, without anything secret. */
export const hostsOf = (url: string): string => shape.exec(url)?.groups?.['hosts'] ?? 'an unreadable address'
