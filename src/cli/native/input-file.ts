import { MissingFile } from '../client-config.ts'
import type { Context } from '../context.ts'

/** The text of a file, or of standard input for `-`; throws `MissingFile`. */
export async function readText(path: string, { console, runtime }: Context): Promise<string> {
  if (path !== '-') {
    const bytes = runtime.disk.readFile(path)
    if (!bytes) throw new MissingFile(path)
    return bytes.toString()
  }
  const source = console.input()
  const pieces: Buffer[] = []
  for (let piece = await source.next(); piece; piece = await source.next()) pieces.push(Buffer.from(piece))
  source.close()
  return Buffer.concat(pieces).toString()
}
