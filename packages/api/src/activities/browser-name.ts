/** The browsers, and where each names its version. Those that call themselves another one, too, come first. */
const browsers: readonly (readonly [name: string, version: RegExp])[] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d{1,4})/],
  ['Opera', /OP(?:R|T|X)\/(\d{1,4})/],
  ['Samsung Internet', /SamsungBrowser\/(\d{1,4})/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d{1,4})/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d{1,4})/],
  ['Safari', /Version\/(\d{1,4})[.\d]{0,20} (?:Mobile\/\w{1,20} )?Safari\//],
]

/** How much of a header is read, in characters. */
const longest = 500

/** The browser that a header `User-Agent` names, with its major version: `Firefox 140`. Undefined for any other text. */
export function browserName(userAgent: string | undefined): string | undefined {
  const text = userAgent?.slice(0, longest) ?? ''
  for (const [name, version] of browsers) {
    const major = version.exec(text)?.[1]
    if (major !== undefined) return `${name} ${major}`
  }
  return undefined
}
