declare module 'http_ece' {
  import type { ECDH } from 'node:crypto'

  /** Keys of the encryption of web pushes, RFC 8291; texts are base64url. */
  type Parameters = {
    readonly version: 'aes128gcm'
    /** The key pair of this side. */
    readonly privateKey: ECDH
    /** The public key of the other side, to encrypt. */
    readonly dh?: string
    readonly authSecret: string
  }
  export function encrypt(plain: Buffer, parameters: Parameters): Buffer
  export function decrypt(encrypted: Buffer, parameters: Parameters): Buffer
}
