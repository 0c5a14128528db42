import { forEachLine } from '../../tools/console/lines.ts'
import type { Context } from '../context.ts'

/** Takes lines of standard input as a shell does, one after the other; ends with the input, at a signal, or when `take` says `end`. */
export async function converse(
  { console }: Context,
  prompt: () => void,
  take: (line: string) => Promise<'end' | undefined>,
): Promise<void> {
  const input = console.input()
  let ended = false
  const stop = console.onSignal(() => input.close())
  prompt()
  try {
    await forEachLine(
      input,
      async (source, start, end) => {
        if (ended) return
        ended = (await take(source.toString('utf8', start, end))) === 'end'
        if (!ended) prompt()
      },
      () => ended,
      () => undefined,
    )
  } finally {
    stop()
    input.close()
  }
}
