import { DeleteTopics } from '../../../protocol/apis/index.ts'
import type { ResponseInput } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { deleteTopics } from '../../controller/topics.ts'
import type { Access } from '../access/access.ts'
import { withMutationQuota } from '../quotas/silence.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The first version whose senders know what it means that a quota is exceeded (KIP-599). */
const STRICT = 5

type Row = ResponseInput<typeof DeleteTopics>['responses'][number]
type Named = { readonly name: string | null; readonly topicId: string }

export const deleteTopicsHandler = (broker: Pick<BrokerServices, 'controller' | 'image' | 'quotas'>): Handler =>
  handler(DeleteTopics, async (request, requestContext) => {
    const { access } = requestContext
    const all = access.may('DELETE', 'CLUSTER')
    const rows: Row[] = []
    const names = [...request.topicNames, ...request.topics.map(({ name }) => name)]
    // What is named twice is refused for that.
    const isRepeated = (name: string | null) => name !== null && names.indexOf(name) !== names.lastIndexOf(name)
    const isPermitted = (topic: Named): boolean => {
      const row = all || isRepeated(topic.name) ? undefined : refusal(broker, access, topic)
      if (row) rows.push(row)
      return row === undefined
    }
    const asked = {
      ...request,
      topics: request.topics.filter(isPermitted),
      topicNames: request.topicNames.filter((name) => isPermitted({ name, topicId: ZERO_UUID })),
    }
    const { responses, throttleTimeMs } = await withMutationQuota(broker, requestContext, STRICT, ({ take }) =>
      broker.controller.submit((context) => deleteTopics(context, asked, take)),
    )
    return { throttleTimeMs, responses: [...responses, ...rows] }
  })

/** A topic that was named by its id has its name told only to those who may know it. */
function refusal({ image }: Pick<BrokerServices, 'image'>, access: Access, { name, topicId }: Named): Row | undefined {
  const known = name ?? image.topicNames.get(topicId)
  if (known === undefined) return undefined
  const mayKnow = access.may('DESCRIBE', 'TOPIC', known)
  // That it is not there is told to whoever may know.
  if (mayKnow && !image.topics.has(known)) return undefined
  const error = access.refusal('DELETE', 'TOPIC', known)
  if (!error) return undefined
  return { name: mayKnow ? known : name, topicId, errorCode: error.code, errorMessage: error.message }
}
