import type { Http } from '../http.ts'

export const nodeHttp: Http = async ({ method, url, headers, body, timeoutMs }) => {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, body: await answer.text() }
  } catch (error) {
    throw new Error(causeOf(error as Error), { cause: error })
  }
}

/** `fetch` hides what the system said behind "fetch failed". */
function causeOf(error: Error): string {
  if (error.name === 'TimeoutError') return 'it took too long'
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.message || cause?.code || error.message
}
