import type { Principal } from '../../network/principal.ts'
import { Envelope } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import { type Api, Reader, type RequestOf, type ResponseInput, Writer } from '../../protocol/schema/index.ts'
import { DefaultPrincipalData } from '../../protocol/stored/principal-data.ts'
import { addressBytes } from '../../std/ip-address.ts'
import type { ControllerChannel } from '../membership/controller-channel.ts'
import { everything } from './access/access.ts'
import { refusalOf } from './forwarding-refusals.ts'
import { alterable } from './handlers/alterable-resources.ts'
import { mayAskForTokens } from './handlers/delegation-tokens.ts'
import { configs, plain, tokens } from './handlers/forwarded-apis.ts'
import type { Handler, RequestContext } from './router.ts'
import type { BrokerServices } from './services.ts'

/** How long a controller is looked for; milliseconds, as in Apache's broker. */
const PATIENCE_MS = 60_000

type Services = Pick<BrokerServices, 'certificates' | 'image' | 'config' | 'log'>

/** What a controller decides, on a broker without one of its own: the active controller is asked in the client's name (KIP-590). */
export function forwarding(broker: Services, channel: ControllerChannel): Handler[] {
  const forward = new Forwarder(broker, channel)
  return [
    ...plain.map((api) => forward.handler(api, (request, context) => forward.send(api, request, context))),
    ...tokens.map((api) =>
      forward.handler(api, (request, context) => {
        // How somebody has logged in is known only where they did.
        if (!mayAskForTokens(context.peer.principal)) throw new KafkaError('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
        return forward.send(api, request, context)
      }),
    ),
    ...configs.map((api) => forward.handler(api, (request, context) => forward.configs(api, request, context))),
  ]
}

interface ConfigRequest {
  readonly resources: {
    readonly resourceType: number
    readonly resourceName: string
    readonly configs: { readonly name: string; readonly value: string | null }[]
  }[]
}

class Forwarder {
  constructor(
    private readonly broker: Services,
    private readonly channel: ControllerChannel,
  ) {}

  handler(
    api: Api,
    handle: (request: RequestOf<Api>, context: RequestContext) => Promise<ResponseInput<Api>>,
  ): Handler {
    // What the controller does not know cannot be asked of it here either.
    const offered = () => this.channel.ranges?.get(api.key)
    return { api, handle, offered }
  }

  /** Gives the controller's answer, or what the API has for a request that did not get there. */
  async send(api: Api, request: RequestOf<Api>, context: RequestContext): Promise<ResponseInput<Api>> {
    try {
      const answer = await this.#ask(api, request, context)
      const { throttleTimeMs = 0 } = answer as { throttleTimeMs?: number }
      if (throttleTimeMs > 0) context.peer.mute(throttleTimeMs)
      return answer
    } catch (error) {
      const refusal = error instanceof KafkaError ? refusalOf(api, request, error) : undefined
      if (refusal === undefined) throw error
      return refusal
    }
  }

  async #ask(api: Api, request: RequestOf<Api>, context: RequestContext): Promise<ResponseInput<Api>> {
    const { version, clientId, peer } = context
    const { errorCode, responseData } = await this.channel.send(
      'forwarding',
      Envelope,
      {
        requestData: encodeRequest(api, version, clientId, request),
        requestPrincipal: encodePrincipal(peer.principal),
        clientHostAddress: addressBytes(peer.remoteAddress),
      },
      PATIENCE_MS,
    )
    if (errorCode !== Errors.NONE || !responseData) throw this.#failed(api, errorCode)
    const reader = new Reader(responseData)
    reader.int32()
    if (api.responseHeader(version) >= 1) reader.unsignedVarint()
    return api.responseCodec(version).decode(reader) as ResponseInput<Api>
  }

  /** That this broker may not speak for others is no fault of the client's. */
  #failed(api: Api, code: number): KafkaError {
    this.broker.log(`The controller did not take ${api.name} for a client: ${new KafkaError(code).error}`)
    const isOurs = code === Errors.CLUSTER_AUTHORIZATION_FAILED || code === Errors.NONE
    return new KafkaError(isOurs ? Errors.UNKNOWN_SERVER_ERROR : code)
  }

  /** What is to be altered at this broker it looks at first: whether its listeners can do with the files that are named. */
  async configs(api: Api, request: RequestOf<Api>, context: RequestContext): Promise<ResponseInput<Api>> {
    const { resources } = request as unknown as ConfigRequest
    const { permitted, refused } = await alterable(this.broker, everything, resources)
    if (refused.length === 0) return this.send(api, request, context)
    if (permitted.length === 0) return { throttleTimeMs: 0, responses: refused } as ResponseInput<Api>
    const answer = await this.send(api, { ...request, resources: permitted } as RequestOf<Api>, context)
    const { responses } = answer as unknown as { responses: object[] }
    return { ...answer, responses: [...responses, ...refused] }
  }
}

/** As a client would have sent it, without the length. */
function encodeRequest(api: Api, version: number, clientId: string, request: RequestOf<Api>): Buffer {
  const writer = new Writer(256)
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(0)
  writer.utf8(clientId, false)
  if (api.requestHeader(version) >= 2) writer.unsignedVarint(0)
  api.requestCodec(version).encode(writer, request)
  return writer.concat()
}

/** Version and fields. */
function encodePrincipal({ type, name, byToken: tokenAuthenticated }: Principal): Buffer {
  const version = Buffer.from([0, 0])
  return Buffer.concat([version, DefaultPrincipalData.encode(0, { type, name, tokenAuthenticated })])
}
