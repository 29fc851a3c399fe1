import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { safeFileName } from '@guichet/domain'
import type { Files } from '@guichet/files'
import { edgeError, edgeErrorOf } from '../errors.ts'
import { fileError, UploadedContent } from '../graphql/stored-content.ts'

/** The most files of one request. */
export const filesPerRequest = 5

const place = z
  .string()
  .max(200)
  .refine((path) => {
    const [first, ...names] = path.split('.')
    return first === 'variables' && names.length > 0 && names.every((name) => /^\w+$/.test(name))
  })
const mapSchema = z.record(z.string().max(100), z.array(place).length(1))
const operationsSchema = z.object({
  query: z.unknown(),
  operationName: z.unknown().optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
  extensions: z.unknown().optional(),
})

/** An operation that came with files. */
type WithFiles = {
  /** The parameters of the operation, with the files in its variables. */
  readonly parameters: unknown
  /** Deletes the files. What was stored of them stays. */
  release(): Promise<void>
}

/**
 * Reads an operation with files, as the GraphQL multipart request specification has it: the fields `operations` and `map`,
 * then the files, each of which is received into a file of this machine.
 * @throws `malformed_request`, `payload_too_large`, `file_too_large`, `file_type_refused`, `files_unavailable`.
 */
export async function readMultipart(request: FastifyRequest, files: Files | undefined): Promise<WithFiles> {
  if (!files) throw edgeError('files_unavailable', 'this server stores no files')
  const contents: UploadedContent[] = []
  const release = async (): Promise<void> => {
    await Promise.all(contents.map(({ received }) => received.discard()))
  }
  let operations: z.infer<typeof operationsSchema> | undefined
  let map: z.infer<typeof mapSchema> | undefined
  try {
    for await (const part of partsOf(request)) {
      if (part.type === 'field') {
        if (part.fieldname === 'operations') operations = fieldOf(part.fieldname, part.value, operationsSchema)
        else if (part.fieldname === 'map') map = fieldOf(part.fieldname, part.value, mapSchema)
        else throw edgeError('malformed_request', 'the fields of a multipart request are operations and map')
        continue
      }
      const [path] = (operations && map?.[part.fieldname]) ?? []
      if (!operations || path === undefined) {
        part.file.resume()
        throw edgeError('malformed_request', 'the fields operations and map come first and name every file')
      }
      // A part may have no name.
      const { filename }: { readonly filename?: string | undefined } = part
      const name = safeFileName(filename ?? '')
      const received = await files.receiver
        .receive(part.file, { name, maxBytes: files.maxBytes })
        .catch((error: unknown) => {
          const failure = fileError(error)
          throw failure === error && part.file.errored === error ? malformed(error) : failure
        })
      const content = new UploadedContent(received, name)
      contents.push(content)
      put(operations.variables, path.split('.').slice(1), content)
    }
    if (!operations) throw edgeError('malformed_request', 'the field operations is missing')
    return { parameters: operations, release }
  } catch (error) {
    await release()
    throw fileError(error)
  }
}

/** The parts of a request. @throws `malformed_request`, `payload_too_large`. */
async function* partsOf(request: FastifyRequest) {
  try {
    yield* request.parts()
  } catch (error) {
    throw malformed(error)
  }
}

/** What the parser says of a body that it cannot read; one of too many parts is too large. */
const malformed = (error: unknown) =>
  (error as { readonly statusCode?: unknown }).statusCode === 413
    ? edgeError('payload_too_large', 'a multipart request has the fields operations and map, and five files at most')
    : edgeErrorOf('malformed_request', error, `the multipart body is malformed: ${(error as Error).message}`)

function fieldOf<S extends z.ZodType>(name: string, value: unknown, schema: S): z.infer<S> {
  try {
    // A field that says that it is JSON has been parsed.
    return schema.parse(typeof value === 'string' ? JSON.parse(value) : value)
  } catch {
    throw edgeError('malformed_request', `the field ${name} of the multipart request is malformed`)
  }
}

/** Puts content in the place of a null among the variables. */
function put(variables: Record<string, unknown>, path: readonly string[], content: UploadedContent): void {
  const [name = '', ...below] = path
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (below.length === 0 && value === null) variables[name] = content
  else if (below.length > 0 && typeof value === 'object' && value !== null) {
    put(value as Record<string, unknown>, below, content)
  } else throw edgeError('malformed_request', `the map names no null among the variables: ${path.join('.')}`)
}
