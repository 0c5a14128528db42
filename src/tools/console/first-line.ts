import type { ByteSource } from '../../runtime/console.ts'
import { forEachLine, type TakeLine } from './lines.ts'

/** The first line of an input, empty when there is none. */
export async function firstLine(source: ByteSource): Promise<string> {
  let line: string | undefined
  const take: TakeLine = (bytes, start, end) => {
    line ??= bytes.toString('utf8', start, end)
    return undefined
  }
  await forEachLine(
    source,
    take,
    () => line !== undefined,
    () => undefined,
  )
  source.close()
  return line ?? ''
}
