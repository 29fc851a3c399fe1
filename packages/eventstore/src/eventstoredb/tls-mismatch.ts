import { speaksTls } from '../network/index.ts'
import { hostsOf } from './address.ts'
import { said } from './trouble.ts'

/** What is wrong between the TLS of an address and that of the server there, and what to do; undefined when it is something else. */
export async function tlsMismatch(url: string, error: unknown): Promise<string | undefined> {
  const message = said(error)
  if (/wrong version number|packet length too long/.test(message)) {
    return 'takes no encrypted connections: its address needs tls=false'
  }
  const [, ...after] = message.split('Last error: ')
  const refused = after.join('Last error: ').replace(/^(?:Error: )?(?:\w{1,100}:error:)?/, '')
  if (/certificate|altnames|issuer/i.test(refused)) {
    return `has a certificate that is not trusted (${refused.replace(/\.$/, '')}): tlsCAFile names its authority`
  }
  const unclear = /Failed to connect|Protocol error|ECONNRESET|socket hang up/.test(message)
  if (unclear && url.includes('tls=false') && (await isEncrypted(hostsOf(url)))) {
    return 'takes encrypted connections only: its address must go without tls=false'
  }
  return undefined
}

async function isEncrypted(hosts: string): Promise<boolean> {
  const [host = '', port = '2113'] = hosts.split(',')[0]?.split(':') ?? []
  return speaksTls(host, Number(port))
}
