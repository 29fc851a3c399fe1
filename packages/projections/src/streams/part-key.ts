/** The key of a part of a stream, such as a message: ids may hold spaces, and none holds a line break. */
export const partKey = (streamId: string, partId: string): string => `${streamId}\n${partId}`
