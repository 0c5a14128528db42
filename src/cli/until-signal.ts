import type { Console } from '../runtime/console.ts'

/** Runs something that a signal asks to stop; gives its result, and the signal if there was one. */
export async function untilSignal<T>(
  console: Console,
  action: (stop: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T; readonly signal: string | undefined }> {
  const stop = new AbortController()
  let signal: string | undefined
  const quiet = console.onSignal((name) => {
    signal = name
    stop.abort()
  })
  try {
    return { result: await action(stop.signal), signal }
  } finally {
    quiet()
  }
}
