/** One request to a server that speaks HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
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

/** Answers one request; what it rejects with is answered as an error of the server. */
export type HttpHandler = (request: Request) => Response | Promise<Response>

export interface HttpListener {
  readonly port: number
  /** Ends what is still being answered, too. */
  close(): Promise<void>
}

/** Serves HTTP. Rejects with a system error (`EADDRINUSE`, ...); an empty host stands for all addresses, port 0 picks a free one. */
export type HttpServe = (host: string, port: number, handler: HttpHandler) => Promise<HttpListener>
