/** One request to a server that speaks HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for the whole of it. */
  readonly timeoutMs: number
}

export interface HttpReply {
  readonly status: number
  readonly body: string
}

/** Gives the answer whatever its status; rejects, with what the system says as the message, where there is none. */
export type Http = (request: HttpRequest) => Promise<HttpReply>
