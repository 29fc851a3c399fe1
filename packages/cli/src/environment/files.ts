import { join, resolve } from 'node:path'
import { z } from 'zod'
import { fileLimits } from '@guichet/domain'
import { CommandFault } from '../fault.ts'
import { duration } from './services.ts'

const printable = z
  .string()
  .max(1_000)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')

/** The variables for where files are kept and how they are checked. */
export const fileVariables = {
  GUICHET_FILES_FOLDER: z.string().max(1_000).optional(),
  GUICHET_FILES_BUCKET_URL: z
    .url({ protocol: /^https?$/, error: 'must be the http or https address of a bucket' })
    .max(2_000)
    .refine((url) => !/^\w+:\/\/[^/]*@/.test(url), 'must hold no user and no password')
    .optional(),
  GUICHET_FILES_BUCKET_REGION: z.string().max(100).default('us-east-1'),
  GUICHET_FILES_BUCKET_KEY_ID: printable.optional(),
  GUICHET_FILES_BUCKET_SECRET: printable.optional(),
  GUICHET_FILE_BYTES: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, 'must be a number of bytes')
    .transform(Number)
    .refine((bytes) => bytes <= fileLimits.bytes, `must be at most ${fileLimits.bytes}`)
    .default(25 * 1024 * 1024),
  GUICHET_UNATTACHED_FILES: duration.default(86_400_000),
  GUICHET_CLAMD: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'must be of the form clamd.example:3310')
    .optional(),
} as const

type FileVariables = z.infer<z.ZodObject<typeof fileVariables>>

/** Where files are kept, and how they are checked. */
export type FilesEnvironment = {
  /** A folder, or a bucket of an S3-compatible server. */
  readonly storage:
    | { readonly folder: string }
    | { readonly url: string; readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The folder of this machine in which content is received. */
  readonly workFolder: string
  /** The longest file, in bytes. */
  readonly maxBytes: number
  /** After how many milliseconds a file that no message has named is deleted. */
  readonly unattachedMs: number
  /** The scanner; undefined for none. */
  readonly clamd: { readonly host: string; readonly port: number } | undefined
}

/** @throws Fault `config_missing` or `config_invalid` when variables do not fit together. */
export function filesEnvironment(variables: FileVariables, home: string): FilesEnvironment {
  const workFolder = join(home, 'files')
  return {
    storage: storageOf(variables) ?? { folder: resolve(variables.GUICHET_FILES_FOLDER ?? workFolder) },
    workFolder,
    maxBytes: variables.GUICHET_FILE_BYTES,
    unattachedMs: variables.GUICHET_UNATTACHED_FILES,
    clamd: variables.GUICHET_CLAMD === undefined ? undefined : addressOf(variables.GUICHET_CLAMD),
  }
}

function storageOf(variables: FileVariables): FilesEnvironment['storage'] | undefined {
  const {
    GUICHET_FILES_FOLDER: folder,
    GUICHET_FILES_BUCKET_URL: url,
    GUICHET_FILES_BUCKET_REGION: region,
    GUICHET_FILES_BUCKET_KEY_ID: accessKeyId,
    GUICHET_FILES_BUCKET_SECRET: secretAccessKey,
  } = variables
  if (url === undefined && accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (folder !== undefined) {
    throw new CommandFault('config_invalid', 'GUICHET_FILES_FOLDER and GUICHET_FILES_BUCKET_URL exclude one another')
  }
  if (url !== undefined && accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { url: url.endsWith('/') ? url.slice(0, -1) : url, region, accessKeyId, secretAccessKey }
  }
  const lacking =
    url === undefined
      ? 'GUICHET_FILES_BUCKET_URL'
      : accessKeyId === undefined
        ? 'GUICHET_FILES_BUCKET_KEY_ID'
        : 'GUICHET_FILES_BUCKET_SECRET'
  throw new CommandFault('config_missing', `${lacking} is missing, and another variable of the bucket is there`, {
    next: 'set GUICHET_FILES_BUCKET_URL, GUICHET_FILES_BUCKET_KEY_ID and GUICHET_FILES_BUCKET_SECRET, or none of them',
  })
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
