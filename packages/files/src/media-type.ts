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
 * which includes text, HTML and SVG. A picture under the name of another kind of picture is taken for what it is.
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
  const isAnotherPicture = isPicture(mediaType) && expected?.some(isPicture) === true
  if (expected && !expected.includes(mediaType) && !isAnotherPicture) {
    const is = isProgram ? 'a program' : mediaType === unknownType ? 'unknown' : mediaType
    throw new TypeMismatch(`a name that ends in .${endingOf(name)} promises ${expected[0]}, and the content is ${is}`)
  }
  return mediaType === 'image/apng' ? 'image/png' : mediaType
}

const isPicture = (mediaType: string): boolean => mediaType.startsWith('image/')

async function typeByContent(name: string, sample: Uint8Array): Promise<string> {
  if (sample.length === 0 || isUtf16(sample)) return unknownType
  const found = await (await import('file-type')).fileTypeFromBuffer(sample)
  if (found) return found.mime.split(';')[0] ?? unknownType
  return endingOf(name) === 'pdf' && beginsLate(sample) ? 'application/pdf' : unknownType
}

/** Text in UTF-16 begins with a mark, of which some is also the beginning of a frame of sound that nobody writes. */
const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** The header of a PDF may have bytes before it, within the first 1,024. */
const beginsLate = (sample: Uint8Array): boolean =>
  Buffer.from(sample.subarray(0, 1_024)).toString('latin1').includes('%PDF-')
