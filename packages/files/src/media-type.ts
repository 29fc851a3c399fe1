/** How many bytes of the beginning of a file say what it is. */
export const sampleBytes = 4_100

/** The type of content that is not known: a browser saves it. */
export const unknownType = 'application/octet-stream'

/**
 * Types that a browser may show in place of saving them: pictures, sound and video that hold no script. Anything else
 * (documents, text, HTML, SVG, programs) is saved.
 */
const inline: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/mp4',
  'audio/x-m4a',
  'video/mp4',
  'video/webm',
])

/** Whether content of a type may be shown by a browser under the desk's address. */
export const isShownInline = (mediaType: string): boolean => inline.has(mediaType)

/** Types of pictures that have a preview. */
export const hasPreview = (mediaType: string): boolean => /^image\/(?:png|jpeg|gif|webp|avif)$/.test(mediaType)

/** Endings of names, by the type of content that they promise. */
const promised: Readonly<Record<string, readonly string[]>> = {
  png: ['image/png', 'image/apng'],
  jpg: ['image/jpeg'],
  jpeg: ['image/jpeg'],
  gif: ['image/gif'],
  webp: ['image/webp'],
  avif: ['image/avif'],
  pdf: ['application/pdf'],
  mp3: ['audio/mpeg'],
  ogg: ['audio/ogg', 'video/ogg', 'application/ogg'],
  wav: ['audio/wav'],
  m4a: ['audio/x-m4a', 'audio/mp4', 'video/mp4'],
  aac: ['audio/aac'],
  mp4: ['video/mp4', 'video/x-m4v', 'video/quicktime', 'video/3gpp'],
  webm: ['video/webm', 'audio/webm'],
  zip: ['application/zip'],
}

/** Endings of names of sound, and of films, which may be sound alone. */
const endingsOfSound = /^(?:mp3|ogg|wav|m4a|aac)$/
const endingsOfFilms = /^(?:mp4|webm)$/

/** Whether a name promises sound, which its content is checked for. */
export const isNamedAsSound = (name: string): boolean =>
  promisedBy(name)?.some((type) => type.startsWith('audio/')) ?? false

/** The types of content that the ending of a name promises. */
const promisedBy = (name: string): readonly string[] | undefined => promised[endingOf(name)]

const endingOf = (name: string): string => /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? ''

/** Content that a name does not fit: a program that is named as a picture. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch'
}

/** Programs for a machine, by the beginning of their content. */
const programs = /^application\/(?:x-msdownload|x-elf|x-mach-binary|wasm|x\.ms\.shortcut|java-vm)$/

/** Endings under which programs are known as such; many have none, or the number of their version. */
const endingsOfPrograms =
  /^(?:|\d+|exe|dll|com|scr|sys|cpl|ocx|drv|efi|bin|elf|so|o|a|ko|out|run|appimage|dylib|bundle|node|pyd|wasm|lnk|class)$/

/**
 * The type of content by its first bytes, whatever its sender says: `application/octet-stream` where it is not known,
 * which includes text, HTML and SVG. A picture under the name of another kind of picture is taken for what it is; so are
 * sound under the name of other sound, and sound or a film under the name of a film.
 * @throws TypeMismatch when a name promises a picture, a document, sound or video, and the content is something else;
 * or when the content is a program, and the ending of its name is not one of programs.
 */
export async function mediaTypeOf(name: string, sample: Uint8Array): Promise<string> {
  const mediaType = await typeByContent(name, sample)
  const expected = promisedBy(name)
  const isProgram = programs.test(mediaType)
  if (isProgram && !expected && !endingsOfPrograms.test(endingOf(name))) {
    throw new TypeMismatch(`the content is a program, and a name that ends in .${endingOf(name)} promises none`)
  }
  if (expected && !expected.includes(mediaType) && !isOfTheKindOf(name, mediaType)) {
    const is = isProgram ? 'a program' : mediaType === unknownType ? 'unknown' : mediaType
    throw new TypeMismatch(`a name that ends in .${endingOf(name)} promises ${expected[0]}, and the content is ${is}`)
  }
  return mediaType === 'image/apng' ? 'image/png' : mediaType
}

/** Whether content is of the kind that a name promises, such as another picture than that. A film is no sound. */
function isOfTheKindOf(name: string, mediaType: string): boolean {
  if (mediaType.startsWith('image/')) return promisedBy(name)?.some((type) => type.startsWith('image/')) === true
  if (endingsOfFilms.test(endingOf(name))) return /^(?:audio|video)\//.test(mediaType)
  return endingsOfSound.test(endingOf(name)) && mediaType.startsWith('audio/')
}

async function typeByContent(name: string, sample: Uint8Array): Promise<string> {
  if (sample.length === 0 || isUtf16(sample)) return unknownType
  const fileType = await (await import('file-type')).fileTypeFromBuffer(sample)
  const mediaType = fileType?.mime.split(';')[0] ?? unknownType
  if (endingOf(name) === 'pdf' && isPdf(sample, mediaType)) return 'application/pdf'
  if (endingOf(name) === 'zip' && isZip(sample)) return 'application/zip'
  return isText(sample) && !typesOfText.test(mediaType) ? unknownType : mediaType
}

/** Text in UTF-16 begins with a mark, of which some is also the beginning of a frame of sound that nobody writes. */
const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** Types of content that is written as text. Any other type that a text begins like, such as with `MZ` or `ID3`, is not its own. */
const typesOfText = /^(?:text\/|application\/(?:pdf$|postscript$|eps$|rtf$|xml$|pgp-|x-ndjson$|json$)|.*\+xml$)/

/**
 * Whether bytes may be text in an encoding of single bytes, in UTF-8, or in one of Asia: they hold no control characters but
 * those of texts. The headers of programs, pictures, sound and archives hold some.
 */
const isText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x07 && byte <= 0x0d) || byte === 0x1b)

/** The length of the header that a program for Windows or DOS begins with. Its end says where the program is, in binary. */
const dosHeaderBytes = 64

/**
 * Whether content is a PDF, whose header may have bytes before it, within the first 1,024: nothing else begins like those, or
 * they are text. What begins with `MZ` is a program unless the whole of that header is text too.
 */
function isPdf(sample: Uint8Array, mediaType: string): boolean {
  const at = Buffer.from(sample.subarray(0, 1_024)).indexOf('%PDF-')
  if (at === -1) return false
  if (programs.test(mediaType)) return isText(sample.subarray(0, Math.max(at, dosHeaderBytes)))
  return mediaType === unknownType || isText(sample.subarray(0, at))
}

/** Whether content is an archive in ZIP, as documents, books and programs of Java are as well. */
const isZip = ([p, k, third, fourth]: Uint8Array): boolean =>
  p === 0x50 && k === 0x4b && [0x0304, 0x0506, 0x0708].includes(((third ?? 0) << 8) | (fourth ?? 0))
